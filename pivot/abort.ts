/**
 * Giving a move up before hand-over.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { isApiError, type KubeObject } from "@lattice/kube";
import { all } from "./calls.ts";
import { type Context, makeContext, readKinds, update } from "./context.ts";
import { sourceUid } from "./creating.ts";
import { removeObject } from "./deleting.ts";
import { buildGraph } from "./graph.ts";
import { type Journal, owns } from "./journal.ts";
import type { JournalStore } from "./journal_store.ts";
import type { MovableKind } from "./kinds.ts";
import { restoreFlags } from "./pausing.ts";
import { orderLayers } from "./plan.ts";
import { listObjects } from "./survey.ts";
import type { AbortOptions, AbortReport } from "./types.ts";

/** How long a failed or interrupted move may take to let the source work again. */
const GRACE_MS = 5_000;

/**
 * Gives up a move that has not handed over yet: the target's copies are deleted (without touching infrastructure), the
 * source's objects get their paused flags back, and both journals are as they were before the move. A rerun after a
 * crash converges, and so does a move that is started instead.
 *
 * @param options The two clusters and the place.
 * @returns Whether there was a move, and how much was deleted.
 * @throws {LatticeError} `conflict` when the move has handed over: then the way back is a move in the other direction.
 *
 * @example
 * ```ts
 * import { abort } from "@lattice/pivot";
 * import { connect } from "@lattice/kube";
 *
 * export async function giveUp(from: string, to: string): Promise<void> {
 *   using source = await connect({ kubeconfig: from });
 *   using target = await connect({ kubeconfig: to });
 *   await abort({ source, target, namespace: "capi-prod", cluster: "prod" });
 * }
 * ```
 */
export async function abort(options: AbortOptions): Promise<AbortReport> {
  const context = makeContext({ ...options, runId: "" });
  const [ours, theirs] = await all([context.source.read(), context.target.read()]);
  if (ours && !owns(ours)) throw tooLate(ours);
  const moving = ours?.role === "source" && !ours.stale;
  const receiving = theirs?.role === "target" && !owns(theirs);
  if (!moving && !receiving) return { aborted: false, deleted: 0 };
  // A new mark in the source's journal: a mover that is still at work cannot hand over any more.
  if (moving) {
    await update(context.source, { phase: "Prepared", attempt: context.attempt }, "abort");
  }
  const { movable } = await readKinds(context);
  const deleted = theirs && receiving ? await clearTarget(context, theirs, movable) : 0;
  if (moving) await restoreFlags(context.calls, "source", ours.flags ?? {}, movable);
  if (receiving) await rewind(context.target);
  if (moving) await rewind(context.source);
  return { aborted: true, deleted };
}

/**
 * Lets the source work again after a move failed before hand-over; what was copied stays in the target, fenced, for the
 * rerun. A move whose hand-over may have happened is left alone.
 *
 * @param context The failed call.
 */
export async function releaseSource(context: Context): Promise<void> {
  const ours = context.source.journal;
  if (ours?.attempt !== context.attempt || !owns(ours) || ours.flags === undefined) return;
  context.calls.grantGrace(GRACE_MS);
  // This write fails if hand-over took place, whatever the answer to it said.
  await update(context.source, { phase: "Prepared", attempt: context.attempt }, "release");
  const { movable } = await readKinds(context);
  await restoreFlags(context.calls, "source", ours.flags, movable);
  await update(context.source, { flags: undefined }, "released");
}

async function clearTarget(
  context: Context,
  theirs: Journal,
  kinds: readonly MovableKind[],
): Promise<number> {
  const listed = await listObjects(context.calls, "target", kinds, context.options.namespace);
  const preexisting = new Set(theirs.preexisting);
  const graph = buildGraph(listed);
  const copies = new Map(
    [...graph.nodes].filter(([uid, { object, kind }]) =>
      kind.namespaced && sourceUid(object) !== undefined && !preexisting.has(uid)
    ),
  );
  let deleted = 0;
  const remove = async (object: KubeObject) => {
    if (await removeObject(context.calls, "target", object)) deleted++;
  };
  for (const layer of orderLayers(copies).toReversed()) {
    await context.calls.forEach(layer, (node) => remove(node.object));
  }
  for (const extra of theirs.extras) {
    const found = await context.calls.call(
      "target",
      `get ${extra.kind}/${extra.name}`,
      (client, options) => client.find<KubeObject>(extra, options),
    );
    if (found) await remove(found);
  }
  return deleted;
}

async function rewind(store: JournalStore): Promise<void> {
  const before = store.journal?.previous;
  try {
    if (before) await store.write(before, "rewind");
    else await store.remove();
  } catch (error) {
    if (!isApiError(error, 404)) throw error;
  }
}

function tooLate(ours: Journal): LatticeError {
  return new LatticeError(
    "conflict",
    `Cannot abort the move: it handed over (run ${ours.runId}, epoch ${ours.epoch})`,
    { remedy: "finish it by running the same command again; then move back if you must" },
  );
}
