/**
 * The mover, as a runbook.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { loadCrypto } from "@lattice/crypto";
import { releaseSource } from "./abort.ts";
import { all } from "./calls.ts";
import { advance } from "./advance.ts";
import type { Start } from "./claiming.ts";
import { type Context, makeContext, report, update } from "./context.ts";
import { finishAlone, finishBoth } from "./finish.ts";
import { decide, type Decision, type Journal, owns, type SideState } from "./journal.ts";
import { CAPI_GROUP, kindName, movableKinds } from "./kinds.ts";
import { listObjects, namespaceUid, readCrds } from "./survey.ts";
import type { MoveOptions, MoveReport, Side } from "./types.ts";

/** What both sides say before anything is done. */
interface View {
  readonly decision: Decision;
  readonly source: SideState;
  readonly target: SideState;
}

/**
 * Moves the CAPI objects of one cluster from one API server to another, without touching its infrastructure. May be
 * called again with the same clusters at any time, after any crash: it goes on from where the journals say.
 *
 * Status does not move; controllers rebuild it. Original paused flags, secret bytes, labels, annotations, finalizers,
 * owner references and the owners of fields do.
 *
 * When it fails before hand-over, the source gets its paused flags back, as far as it can be reached, so that it is not
 * left without anybody who reconciles.
 *
 * @param options Both clusters and what to move.
 * @returns What was done.
 * @throws {LatticeError} `conflict` when a side is busy with another move, holds foreign objects of the same names,
 * changes all the time or is an old copy; `not-found` without such a Cluster; `prerequisite` when the target lacks
 * kinds; `timeout` when the source does not settle or pause in time; `unavailable` when a side cannot be reached.
 *
 * @example
 * ```ts
 * import { move } from "@lattice/pivot";
 * import { connect } from "@lattice/kube";
 *
 * export async function pivot(from: string, to: string): Promise<number> {
 *   using source = await connect({ kubeconfig: from });
 *   using target = await connect({ kubeconfig: to });
 *   const { moved } = await move({
 *     source,
 *     target,
 *     namespace: "capi-prod",
 *     cluster: "prod",
 *     runId: "install-1",
 *   });
 *   return moved;
 * }
 * ```
 */
export async function move(options: MoveOptions): Promise<MoveReport> {
  const context = makeContext(options);
  const [view, library] = await all([look(context), loadCrypto()]);
  const digest = (text: string) => library.sha256(new TextEncoder().encode(text)).toHex();
  const resumedFrom = resumed(view.decision);
  const result = await follow(context, view, digest);
  return resumedFrom === undefined ? result : { ...result, resumedFrom };
}

async function follow(
  context: Context,
  view: View,
  digest: (text: string) => string,
): Promise<MoveReport> {
  const { decision } = view;
  switch (decision.kind) {
    case "advance":
      await advanceOrRelease(context, {
        epoch: decision.epoch,
        sourceNamespace: view.source.namespaceUid ?? "",
        targetNamespace: view.target.namespaceUid,
        digest,
      });
      return await finishBoth(context, written(context.source.journal));
    case "finish":
      return decision.journal.role === "source"
        ? await finishBoth(context, decision.journal)
        : await finishAlone(context, decision.journal);
    case "done": {
      const { runId, epoch, objects, kept } = decision.journal;
      return report(context, { runId, epoch, moved: objects, kept });
    }
    case "stale":
      return await refuseStale(context, decision.epoch);
  }
}

async function look(context: Context): Promise<View> {
  // Both sides at the same time: on a long line this is half of what a small move takes.
  const [there, here] = await Promise.allSettled([
    lookAt(context, "target"),
    lookAt(context, "source"),
  ]);
  if (there.status === "rejected") throw there.reason;
  const target = there.value;
  const theirs = target.journal;
  if (here.status === "rejected") {
    // Without the source, only a target that was already handed to can go on.
    if (!isGone(here.reason) || theirs?.role !== "target" || !owns(theirs)) throw here.reason;
    return { decision: decide({}, target, false), source: {}, target };
  }
  const source = here.value;
  return { decision: decide(source, target, source.hasCluster), source, target };
}

async function lookAt(context: Context, side: Side): Promise<SideState & { hasCluster: boolean }> {
  const { calls, options } = context;
  // One reading of all that the server serves, instead of one for each group.
  await calls.once(side, "discover", (client) => client.resources());
  const [journal, uid, hasCluster] = await all([
    context[side].read(),
    namespaceUid(calls, side, options.namespace),
    findCluster(context, side),
  ]);
  return { journal, namespaceUid: uid, hasCluster };
}

function isGone(error: unknown): boolean {
  return error instanceof LatticeError && error.code === "unavailable";
}

async function findCluster(context: Context, side: Side): Promise<boolean> {
  const { calls, options } = context;
  // The target's kinds are wanted later; its Clusters are not.
  const crds = await readCrds(calls, side);
  if (side === "target") return false;
  const kind = movableKinds(crds, []).find((one) => kindName(one) === `Cluster.${CAPI_GROUP}`);
  if (!kind) return false;
  const listed = await listObjects(calls, side, [kind], options.namespace);
  return listed.some(({ object }) => object.metadata.name === options.cluster);
}

async function advanceOrRelease(context: Context, start: Start): Promise<void> {
  try {
    await advance(context, start);
  } catch (error) {
    // The first failure is the one to report; if the source cannot be released, the rerun will find it paused.
    await releaseSource(context).catch(() => undefined);
    throw error;
  }
}

/** Fences a source that is an old copy, so that its controllers stop, and refuses. */
async function refuseStale(context: Context, epoch: number): Promise<never> {
  const { source, target, options } = context;
  if (source.journal?.stale !== true) {
    const base = target.journal;
    if (base) {
      await source.write({
        ...base,
        role: "source",
        phase: "HandedOver",
        epoch,
        runId: options.runId,
        stale: true,
        previous: undefined,
      }, "stale");
    } else await update(source, { stale: true });
  }
  throw new LatticeError(
    "conflict",
    `Cannot move: the source is an old copy, the target has owned the objects since epoch ${epoch}; the source is fenced`,
    {
      remedy:
        "delete the namespace of the old copy without its infrastructure, or do not restore it",
    },
  );
}

function resumed(decision: Decision): MoveReport["resumedFrom"] {
  switch (decision.kind) {
    case "advance":
      return decision.resumed;
    case "finish":
    case "done":
      return decision.journal.phase;
    case "stale":
      return undefined;
  }
}

function written(journal: Journal | undefined): Journal {
  if (!journal) throw new Error("The source's journal must exist after hand-over");
  return journal;
}
