/**
 * Claiming both sides for a move: the first writes, after everything that could refuse it has been looked at.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { KubeObject } from "@lattice/kube";
import { type Context, type Kinds, lap } from "./context.ts";
import { checkForeign, type Creation, holdingsOf, refOf, sourceUid } from "./creating.ts";
import type { Journal, PausedFlags } from "./journal.ts";
import { readFlags } from "./pausing.ts";
import { type Plan, planned } from "./plan.ts";
import { ensureNamespace, listObjects } from "./survey.ts";

/** The journal lists every object by UID, and a ConfigMap holds one mebibyte. */
const MAX_OBJECTS = 20_000;

/** Where both sides stand at the beginning. */
export interface Start {
  /** Hand-overs so far. */
  readonly epoch: number;
  /** UID of the namespace in the source. */
  readonly sourceNamespace: string;
  /** UID of the namespace in the target; undefined when it is to be made. */
  readonly targetNamespace: string | undefined;
  /** Digest of a text. */
  readonly digest: (text: string) => string;
}

/**
 * Writes both journals, before anything is paused or created: from here on the target is fenced.
 *
 * @param context The call; both journals were read.
 * @param start Where both sides stand.
 * @param kinds Kinds of both sides.
 * @param plan What moves.
 * @returns What the target holds, for the creation.
 * @throws {LatticeError} `conflict` when the target holds foreign objects, or another mover is at work.
 */
export async function claim(
  context: Context,
  start: Start,
  kinds: Kinds,
  plan: Plan,
): Promise<Creation> {
  const { calls, options, source, target, attempt } = context;
  checkAmount(planned(plan).length);
  const targetNamespace = await ensureTargetNamespaces(context, start, plan);
  const holdings = holdingsOf(
    await listObjects(calls, "target", kinds.movable, options.namespace),
  );
  checkForeign(plan, holdings);
  const common = { ...blank(context, start.epoch), attempt, objects: planned(plan).length };
  const ours = source.journal;
  const resuming = ours?.role === "source";
  const flags = originalFlags(plan, ours);
  await source.write({
    ...common,
    role: "source",
    peer: targetNamespace,
    flags,
    ...previous(resuming ? ours?.previous : ours),
  });
  const theirs = target.journal;
  const resumingThere = theirs?.role === "target";
  await target.write({
    ...common,
    role: "target",
    peer: start.sourceNamespace,
    flags,
    preexisting: resumingThere ? theirs.preexisting : movedBefore(holdings.values()),
    extras: extrasOf(context),
    ...previous(resumingThere ? theirs.previous : theirs),
  });
  lap(context, "Prepared", planned(plan).length);
  let done = 0;
  const total = planned(plan).length;
  return {
    calls,
    holdings,
    onObject: () =>
      context.options.onProgress?.({ phase: "Created", done: Math.min(++done, total), total }),
  };
}

function checkAmount(amount: number): void {
  if (amount <= MAX_OBJECTS) return;
  throw new LatticeError(
    "conflict",
    `Cannot move ${amount} objects at once: the journal holds at most ${MAX_OBJECTS}`,
    { remedy: "delete Machines that are not needed, or split the cluster" },
  );
}

async function ensureTargetNamespaces(
  context: Context,
  start: Start,
  plan: Plan,
): Promise<string> {
  const { namespace } = context.options;
  const namespaces = planned(plan).map((node) => node.object.metadata.namespace ?? namespace);
  const others = new Set(namespaces);
  others.delete(namespace);
  for (const other of others) await ensureNamespace(context.calls, other);
  return start.targetNamespace ?? await ensureNamespace(context.calls, namespace);
}

function extrasOf(context: Context): Journal["extras"] {
  return (context.options.extras ?? []).map(refOf);
}

function movedBefore(objects: Iterable<KubeObject>): string[] {
  return [...objects].filter((object) => sourceUid(object) !== undefined)
    .map((object) => object.metadata.uid ?? "");
}

function previous(journal: Journal | undefined): Pick<Journal, "previous"> {
  if (!journal) return {};
  return { previous: { ...journal, previous: undefined, moved: [] } };
}

/** Flags as users set them: what a move paused, and did not unpause yet, is in its journal. */
function originalFlags(plan: Plan, journal: Journal | undefined): PausedFlags {
  const pausedByMove = journal && (journal.role === "source" || journal.phase === "HandedOver");
  return { ...readFlags(plan), ...(pausedByMove ? journal.flags : {}) };
}

function blank(context: Context, epoch: number): Omit<Journal, "role" | "peer"> {
  const { runId, cluster } = context.options;
  return {
    phase: "Prepared",
    epoch,
    runId,
    attempt: context.attempt,
    cluster,
    objects: 0,
    digest: "",
    moved: [],
    kept: [],
    preexisting: [],
    extras: [],
    stale: false,
  };
}
