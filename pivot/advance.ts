/**
 * A move up to hand-over: everything before it can be repeated or undone, and the source owns the objects.
 *
 * @module
 */
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { backoffMs, sleep } from "@lattice/kube";
import { all } from "./calls.ts";
import { claim, type Start } from "./claiming.ts";
import { contentText } from "./content.ts";
import { type Context, type Kinds, lap, readKinds, update, writeBoth } from "./context.ts";
import { createObjects, type Creation, removeLeftovers } from "./creating.ts";
import { applyExtras } from "./extras.ts";
import { displayName } from "./graph.ts";
import { checkServed, type MovableKind } from "./kinds.ts";
import { allPaused, pauseSource } from "./pausing.ts";
import { type Plan, planned } from "./plan.ts";
import { checkProvisioned, obstacles, summary, unconfirmed } from "./readiness.ts";
import { listObjects, type Snapshot, takeSnapshot } from "./survey.ts";
import { verify } from "./verifying.ts";

/** How often the copy is brought up to date when the source still changes. */
const ROUNDS = 5;
const POLL_MS = 250;
const DEFAULT_TIMEOUT_MS = 60_000;

/** A snapshot that has the Cluster. */
interface Found extends Snapshot {
  readonly plan: Plan;
}

/**
 * Brings a move from wherever it stands to hand-over.
 *
 * @param context The call; both journals were read.
 * @param start Where both sides stand.
 */
export async function advance(context: Context, start: Start): Promise<void> {
  const kinds = await readKinds(context);
  const before = await settled(context, kinds);
  const creation = await claim(context, start, kinds, before.plan);
  const snapshot = await pauseAll(context, kinds, before.plan);
  const last = await copyAndVerify(context, kinds, creation, snapshot, start.digest);
  await handOver(context, start, last);
}

/** Waits until nothing stands in the way, and refuses what cannot move; writes nothing. */
async function settled(context: Context, kinds: Kinds): Promise<Found> {
  const timeoutMs = context.options.timeouts?.settleMs ?? DEFAULT_TIMEOUT_MS;
  const found = await poll(context, kinds, timeoutMs, "the source to settle", obstacles);
  checkServed(planned(found.plan).map((node) => node.kind), kinds.target);
  if (!context.options.allowUnprovisioned) checkProvisioned(found.plan);
  return found;
}

async function pauseAll(context: Context, kinds: Kinds, plan: Plan): Promise<Found> {
  context.stopwatch.pausedAt = performance.now();
  if (!allPaused(plan)) await pauseSource(context.calls, plan);
  const timeoutMs = context.options.timeouts?.pauseMs ?? DEFAULT_TIMEOUT_MS;
  const what = "every controller of the source to pause";
  const paused = await poll(context, kinds, timeoutMs, what, (now) => [
    ...obstacles(now),
    ...unconfirmed(now),
    ...(allPaused(now) ? [] : ["the Cluster was unpaused"]),
  ]);
  await writeBoth(context, { phase: "Paused" });
  lap(context, "Paused", planned(paused.plan).length);
  return paused;
}

/** Copies and verifies until the source is seen unchanged after its copy was found good. */
async function copyAndVerify(
  context: Context,
  kinds: Kinds,
  creation: Creation,
  first: Found,
  digestOf: (text: string) => string,
): Promise<Plan> {
  const preexisting = new Set(context.target.journal?.preexisting ?? []);
  let snapshot = first;
  for (let round = 0; round < ROUNDS; round++) {
    const { plan } = snapshot;
    refuseObstacles(plan);
    await createObjects(creation, plan);
    await removeLeftovers(creation, plan, preexisting);
    await applyExtras(context);
    await writeBoth(context, { phase: "Created", objects: planned(plan).length });
    lap(context, "Created", planned(plan).length);
    const held = kindsOf(plan);
    const [listed, again] = await all([
      listObjects(context.calls, "target", held, context.options.namespace),
      snapshotOf(context, held),
    ]);
    verify(plan, creation.holdings, listed);
    refuseObstacles(again.plan);
    const digest = digestOf(textOf(snapshot));
    if (digestOf(textOf(again)) === digest) {
      await recordVerified(context, plan, digest);
      return plan;
    }
    snapshot = await snapshotOf(context, kinds.movable);
  }
  throw new LatticeError("conflict", "Cannot move: the source's objects keep changing", {
    remedy: "stop whoever edits them, then run the same command again",
  });
}

function refuseObstacles(plan: Plan): void {
  const found = obstacles(plan);
  if (found.length === 0) return;
  throw new LatticeError("conflict", `Cannot move: ${summary(found)}`, {
    remedy: "wait until that is over, then run the same command again",
  });
}

async function recordVerified(context: Context, plan: Plan, digest: string): Promise<void> {
  const objects = planned(plan);
  await writeBoth(context, { phase: "Verified", objects: objects.length, digest }, {
    source: {
      moved: objects.filter((node) => !node.shared).map((node) => node.uid),
      kept: objects.filter((node) => node.shared).map((node) => displayName(node.object)),
    },
  });
  lap(context, "Verified", objects.length);
}

/** The one write that changes the owner: whoever loses this compare-and-swap does not own the objects. */
async function handOver(context: Context, start: Start, plan: Plan): Promise<void> {
  await update(context.source, { phase: "HandedOver", epoch: start.epoch + 1 });
  lap(context, "HandedOver", planned(plan).length);
}

async function poll(
  context: Context,
  kinds: Kinds,
  timeoutMs: number,
  what: string,
  waitFor: (plan: Plan) => string[],
): Promise<Found> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const found = await snapshotOf(context, kinds.movable);
    const missing = waitFor(found.plan);
    if (missing.length === 0) return found;
    if (performance.now() >= deadline) {
      throw new DeadlineError(`Waited ${timeoutMs} ms for ${what}: ${summary(missing)}`, {
        remedy: "remove the cause, then run the same command again",
      });
    }
    await sleep(backoffMs(0, { baseMs: POLL_MS, maxMs: POLL_MS }), context.calls.signal);
  }
}

async function snapshotOf(context: Context, kinds: readonly MovableKind[]): Promise<Found> {
  const { graph, plan } = await takeSnapshot(context.calls, kinds, context.options);
  if (plan) return { graph, plan };
  const { namespace, cluster } = context.options;
  throw new LatticeError("not-found", `There is no Cluster ${namespace}/${cluster} in the source`, {
    remedy: "check the name, and who deleted it",
  });
}

function kindsOf(plan: Plan): MovableKind[] {
  return [...new Set(planned(plan).map((node) => node.kind))];
}

function textOf({ graph, plan }: Found): string {
  return contentText(planned(plan), graph);
}
