/**
 * A move after hand-over: the target owns the objects; what is left is to let it work and to clear the source.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { type Context, report, update } from "./context.ts";
import { removeObject } from "./deleting.ts";
import { buildGraph, displayName, type Graph, type Listed } from "./graph.ts";
import { type Journal, reached } from "./journal.ts";
import { type MovableKind, movableKinds } from "./kinds.ts";
import { restoreFlags } from "./pausing.ts";
import { makePlan, orderLayers, planned } from "./plan.ts";
import { listObjects, readCrds } from "./survey.ts";
import type { MoveReport } from "./types.ts";

/**
 * Ends a move after hand-over with both clusters at hand: activates the target, then clears the source.
 *
 * @param context The call; the source's journal says that it handed over.
 * @param ours The source's journal.
 */
export async function finishBoth(context: Context, ours: Journal): Promise<MoveReport> {
  await activate(context, ours);
  if (!reached(ours.phase, "Unpaused")) await update(context.source, { phase: "Unpaused" });
  context.stopwatch.lap("Unpaused");
  const cleared = await clearSource(context, ours);
  // The source's journal decides what a rerun does: it says Done only when nothing is left to do anywhere.
  if (context.target.journal?.phase !== "Done") await update(context.target, { phase: "Done" });
  await update(context.source, { phase: "Done" });
  context.stopwatch.lap("Done");
  const { runId, epoch, objects, kept } = ours;
  return report(context, { runId, epoch, moved: objects, kept, ...cleared });
}

/**
 * Ends a move after hand-over from the target's journal alone: the source is gone, or has nothing left.
 *
 * @param context The call.
 * @param theirs The target's journal, which says that it was handed to.
 */
export async function finishAlone(context: Context, theirs: Journal): Promise<MoveReport> {
  await activate(context, theirs);
  if (theirs.phase !== "Done") await update(context.target, { phase: "Done" });
  const { runId, epoch, objects } = theirs;
  return report(context, { runId, epoch, moved: objects, sourceGone: true });
}

/** Records the hand-over in the target, which lifts its fence, and restores the paused flags there. */
async function activate(context: Context, journal: Journal): Promise<void> {
  const theirs = context.target.journal;
  if (!theirs) {
    throw new LatticeError(
      "conflict",
      `Cannot finish the move: the target has lost its journal (run ${journal.runId})`,
      { remedy: "restore ConfigMap lattice-move in the target's namespace" },
    );
  }
  if (reached(theirs.phase, "Unpaused")) return;
  if (!reached(theirs.phase, "HandedOver")) {
    await update(context.target, { phase: "HandedOver", epoch: journal.epoch });
  }
  const crds = await readCrds(context.calls, "target");
  await restoreFlags(
    context.calls,
    "target",
    journal.flags ?? theirs.flags ?? {},
    movableKinds(crds, crds),
  );
  context.stopwatch.unpausedAt = performance.now();
  await update(context.target, { phase: "Unpaused" });
  context.options.onProgress?.({
    phase: "Unpaused",
    done: journal.objects,
    total: journal.objects,
  });
}

/** Deletes from the source exactly what was verified in the target, dependents first. */
async function clearSource(
  context: Context,
  ours: Journal,
): Promise<{ deleted: number; stragglers: string[] }> {
  const crds = await readCrds(context.calls, "source");
  const kinds = movableKinds(crds, crds);
  const moved = new Set(ours.moved);
  const graph = buildGraph(await listSource(context, kinds));
  const stragglers = stragglersOf(context, graph, moved, new Set(ours.kept));
  const remaining = new Map([...graph.nodes].filter(([uid]) => moved.has(uid)));
  let deleted = 0;
  for (const layer of orderLayers(remaining).toReversed()) {
    await context.calls.forEach(layer, async (node) => {
      if (await removeObject(context.calls, "source", node.object)) deleted++;
      context.options.onProgress?.({ phase: "Done", done: deleted, total: remaining.size });
    });
  }
  return { deleted, stragglers };
}

async function listSource(context: Context, kinds: readonly MovableKind[]): Promise<Listed[]> {
  return await listObjects(context.calls, "source", kinds, context.options.namespace);
}

/** What belongs to the cluster, but was not there when the copy was verified. */
function stragglersOf(
  context: Context,
  graph: Graph,
  moved: ReadonlySet<string>,
  kept: ReadonlySet<string>,
): string[] {
  try {
    const plan = makePlan(graph, context.options);
    if (!plan) return [];
    return planned(plan).filter((node) => !moved.has(node.uid))
      .map((node) => displayName(node.object)).filter((name) => !kept.has(name));
  } catch (error) {
    // What is left after a crash may have lost owners; then there is nothing to compare with.
    if (error instanceof LatticeError) return [];
    throw error;
  }
}
