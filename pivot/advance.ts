/**
 * A move up to hand-over: everything before it can be repeated or undone, and the source owns the objects.
 *
 * @module
 */
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import type { KubeObject } from "@lattice/kube";
import { all, pause } from "./calls.ts";
import { contentText, copyFor, differences, FIELD_MANAGER } from "./content.ts";
import { type Context, type Kinds, readKinds, update, writeBoth } from "./context.ts";
import {
  checkForeign,
  createObjects,
  type Creation,
  holdingsOf,
  refOf,
  removeLeftovers,
  sourceUid,
} from "./creating.ts";
import { displayName } from "./graph.ts";
import type { Journal, PausedFlags } from "./journal.ts";
import { checkServed, type MovableKind } from "./kinds.ts";
import { allPaused, pauseSource, readFlags } from "./pausing.ts";
import { type Plan, planned } from "./plan.ts";
import { checkProvisioned, obstacles, summary, unconfirmed } from "./readiness.ts";
import { ensureNamespace, listObjects, type Snapshot, takeSnapshot } from "./survey.ts";
import type { MovePhase } from "./types.ts";

/** How often the copy is brought up to date when the source still changes. */
const ROUNDS = 5;
const POLL_MS = 250;
const DEFAULT_TIMEOUT_MS = 60_000;

/** A snapshot that has the Cluster. */
interface Found extends Snapshot {
  readonly plan: Plan;
}

/** Where both sides stand at the beginning. */
export interface Start {
  /** Hand-overs so far. */
  readonly epoch: number;
  /** UID of the namespace in the source. */
  readonly sourceNamespace: string;
  /** Digest of a text. */
  readonly digest: (text: string) => string;
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
  const creation = await prepare(context, start, kinds, before);
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

/** Claims both sides: journals first, so that the target is fenced before anything exists there. */
async function prepare(
  context: Context,
  start: Start,
  kinds: Kinds,
  { plan }: Found,
): Promise<Creation> {
  const { calls, options, source, target, attempt } = context;
  const targetNamespace = await ensureTargetNamespaces(context, plan);
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
    verify(plan, creation, listed);
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

function verify(
  plan: Plan,
  creation: Creation,
  listed: Parameters<typeof holdingsOf>[0],
): void {
  // Cluster-wide secrets are not in the listing of the namespace; what their creation returned counts for them.
  const seen = new Map([...creation.holdings, ...holdingsOf(listed)]);
  const present = new Set(holdingsOf(listed).keys());
  const uids = new Map(
    planned(plan).map((node) => [node.uid, seen.get(node.key)?.metadata.uid ?? ""]),
  );
  const wrong = planned(plan).flatMap((node) => {
    const copy = seen.get(node.key);
    const listedHere = node.object.metadata.namespace === plan.cluster.object.metadata.namespace;
    if (!copy || (listedHere && !present.has(node.key))) {
      return [`${displayName(node.object)} is missing`];
    }
    if (node.shared && sourceUid(copy) !== node.uid) return [];
    return differences(copyFor(node, uids), copy).map((path) =>
      `${displayName(node.object)} differs in ${path}`
    );
  });
  if (wrong.length === 0) return;
  throw new LatticeError(
    "conflict",
    `Cannot hand over: the target's copy is not equal to the source: ${summary(wrong)}`,
    { remedy: "check which controller or webhook of the target changes these objects" },
  );
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
    await pause(POLL_MS, context.calls.signal);
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

async function ensureTargetNamespaces(context: Context, plan: Plan): Promise<string> {
  const { namespace } = context.options;
  const namespaces = planned(plan).map((node) => node.object.metadata.namespace ?? namespace);
  const others = new Set(namespaces);
  others.delete(namespace);
  for (const other of others) await ensureNamespace(context.calls, other);
  return await ensureNamespace(context.calls, namespace);
}

async function applyExtras(context: Context): Promise<void> {
  await context.calls.forEach(context.options.extras ?? [], async (extra) => {
    const object = bare(extra);
    await context.calls.call<KubeObject>(
      "target",
      `apply ${displayName(extra)}`,
      (client, options) =>
        client.apply(object, { manager: FIELD_MANAGER, force: true, ...options }),
    );
  });
}

/** An object without what only a server may set. */
function bare(object: KubeObject): KubeObject {
  const { status: _status, metadata, ...body } = object;
  const { name, namespace, labels, annotations, finalizers } = metadata;
  return {
    ...body,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
  };
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

function kindsOf(plan: Plan): MovableKind[] {
  return [...new Set(planned(plan).map((node) => node.kind))];
}

function textOf({ graph, plan }: Found): string {
  return contentText(planned(plan), graph);
}

function lap(context: Context, phase: MovePhase, total: number): void {
  context.stopwatch.lap(phase);
  context.options.onProgress?.({ phase, done: total, total });
}
