/**
 * Reconciles a LatticeCluster: gathers, decides, acts, reports.
 *
 * @module
 */
import {
  API_VERSION,
  CLUSTER_KIND,
  type LatticeCluster,
  type LatticeClusterStatus,
} from "@lattice/api";
import { type ErrorCode, formatError, LatticeError } from "@lattice/api/errors";
import {
  isApiError,
  type KubeObject,
  type ReconcileContext,
  recordEvent,
  type Request,
  type Result,
  runController,
} from "@lattice/kube";
import { actCluster, refOf, writeStatus } from "./act.ts";
import type { ClusterContext } from "./context.ts";
import { type ClusterPlan, type ClusterWorld, decideCluster } from "./decide.ts";
import { gatherCluster } from "./gather.ts";
import { cachedReads, type Reads } from "./reads.ts";
import { APPLY_FAILED } from "./reasons.ts";
import { mergeConditions, ready, statusOf, type Verdict } from "./status.ts";

/** Name of the controller, in events, logs and metrics. */
export const CONTROLLER = "lattice-cluster";
const LATTICE_CLUSTER = { apiVersion: API_VERSION, kind: CLUSTER_KIND } as const;
/** Reconciles at a time: one that writes waits for the API server most of its time. */
const CONCURRENCY = 32;
/** Milliseconds until the next try while CAPI's webhooks do not answer yet. */
const WEBHOOK_RETRY_MS = 500;

/** Kinds of errors that another try does not cure by itself. */
const LASTING: ReadonlySet<ErrorCode> = new Set(
  ["validation", "forbidden", "not-found", "internal", "prerequisite", "usage"] as const,
);

/** Wraps a reconcile, for metrics. */
export type Observer = <T>(controller: string, run: () => Promise<T>) => Promise<T>;

/**
 * Runs the controller until the signal.
 *
 * @param context What it works with.
 * @param observe Wraps every reconcile.
 * @param signal Ends the controller.
 */
export function runClusterController(
  context: ClusterContext,
  observe: Observer,
  signal: AbortSignal,
): Promise<void> {
  return runController({
    name: CONTROLLER,
    client: context.client,
    for: LATTICE_CLUSTER,
    concurrency: CONCURRENCY,
    resyncMs: 60_000,
    signal,
    reconcile: (request, run) => observe(CONTROLLER, () => reconcileCluster(context, request, run)),
  });
}

/**
 * Reconciles one LatticeCluster: first from the copies that the watches keep, and when those say that something is to be
 * written, once more from what the API server says. A cluster that is as it should be costs no request.
 *
 * @param context What the controller works with.
 * @param request Names the LatticeCluster.
 * @param run Copies and signal.
 */
export async function reconcileCluster(
  context: ClusterContext,
  request: Request,
  { cache, follow, signal }: Pick<ReconcileContext, "cache" | "follow" | "signal">,
): Promise<Result | void> {
  const copy = cache.get<KubeObject>(LATTICE_CLUSTER, request.name);
  if (copy === undefined) return;
  const seen = await guarded(
    context,
    copy,
    signal,
    () => observed(context, cachedReads(follow), copy, signal),
  );
  if (seen.plan.actions.length === 0) return await settle(context, seen, true, signal);
  const raw = await context.client.find(refOf(request.name), { signal });
  if (raw === undefined) return;
  return await guarded(
    context,
    raw,
    signal,
    async () =>
      await carryOut(context, await observed(context, context.client, raw, signal), signal),
  );
}

/** Says in the status when something fails that another try does not cure. */
async function guarded<T>(
  context: ClusterContext,
  raw: KubeObject,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isLasting(error)) await reportFailure(context, raw, error, signal);
    throw error;
  }
}

/** What was read and what follows from it. */
interface Decision {
  readonly world: ClusterWorld;
  readonly plan: ClusterPlan;
}

async function observed(
  context: ClusterContext,
  reads: Reads,
  raw: KubeObject,
  signal: AbortSignal,
): Promise<Decision> {
  const world = await gatherCluster(context, reads, raw, signal);
  return { world, plan: decideCluster(world) };
}

async function carryOut(
  context: ClusterContext,
  { world, plan }: Decision,
  signal: AbortSignal,
): Promise<Result | void> {
  try {
    for (const action of plan.actions) {
      await actCluster(action, context.client, world.object, signal);
    }
  } catch (error) {
    if (!isWebhookDown(error)) throw error;
    await settle(context, { world, plan: { ...plan, events: [] } }, false, signal);
    return { requeueAfterMs: WEBHOOK_RETRY_MS };
  }
  return await settle(context, { world, plan }, false, signal);
}

/** Reports. What was read from copies is only reported if nobody has changed the LatticeCluster since. */
async function settle(
  context: ClusterContext,
  { world, plan }: Decision,
  fromCopies: boolean,
  signal: AbortSignal,
): Promise<Result | void> {
  const { client } = context;
  if (plan.verdict) {
    const status = newStatus(world, plan.verdict, context.now());
    await writeStatus(client, world.object, status, { unchanged: fromCopies, signal });
  }
  for (const event of plan.events) {
    await recordEvent(client, world.object, { ...event, component: CONTROLLER, signal });
  }
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

/** An object that breaks rules keeps what was known of it: only phase, message and conditions are new. */
function newStatus(world: ClusterWorld, verdict: Verdict, now: Date): LatticeClusterStatus {
  if (world.problems.length === 0) return statusOf(world, verdict, now);
  return refusedStatus(world.object, verdict, now);
}

function refusedStatus(
  { metadata, status }: LatticeCluster,
  { phase, message, conditions }: Verdict,
  now: Date,
): LatticeClusterStatus {
  const generation = metadata.generation ?? 0;
  const stated = new Set(conditions.map(({ type }) => type));
  const others = (status?.conditions ?? []).filter(({ type }) => !stated.has(type));
  return {
    ...status,
    phase,
    message,
    conditions: [...mergeConditions(status?.conditions, conditions, generation, now), ...others],
    observedGeneration: generation,
  };
}

/** Whether repeating will probably not help, so that people must see it. */
function isLasting(error: unknown): error is LatticeError {
  return error instanceof LatticeError && LASTING.has(error.code);
}

/** Says in the status and in an event why nothing goes on; all else in the status stays. */
async function reportFailure(
  { client, now }: ClusterContext,
  raw: KubeObject,
  error: LatticeError,
  signal: AbortSignal,
): Promise<void> {
  const object = raw as KubeObject & LatticeCluster;
  const message = formatError(error);
  const conditions = [ready(false, APPLY_FAILED, message)];
  const phase = object.status?.phase ?? "Pending";
  const status = refusedStatus(object, { phase, message, conditions }, now());
  if (!await writeStatus(client, object, status, { unchanged: false, signal })) return;
  const event = { type: "Warning" as const, reason: APPLY_FAILED, message };
  await recordEvent(client, object, { ...event, component: CONTROLLER, signal });
}

/** CAPI's manager starts after the operator: until its webhooks answer, writes of its kinds are refused. */
function isWebhookDown(error: unknown): boolean {
  return isApiError(error) && error.message.includes("failed calling webhook");
}
