/**
 * Reconciles a LatticeCluster: gathers, decides, acts, reports.
 *
 * @module
 */
import {
  API_VERSION,
  CAPI_CLUSTER_LABEL,
  CLUSTER_KIND,
  CLUSTER_LABEL,
  type LatticeCluster,
  type LatticeClusterStatus,
} from "@lattice/api";
import { type ErrorCode, formatError, LatticeError } from "@lattice/api/errors";
import {
  isApiError,
  type KubeObject,
  recordEvent,
  type Request,
  type Result,
  runController,
} from "@lattice/kube";
import { actCluster, refOf, writeStatus } from "./act.ts";
import type { ClusterContext } from "./context.ts";
import { type ClusterPlan, type ClusterWorld, decideCluster } from "./decide.ts";
import { gatherCluster } from "./gather.ts";
import { APPLY_FAILED } from "./reasons.ts";
import { mergeConditions, ready, statusOf, type Verdict } from "./status.ts";
import { CAPI_CLUSTER, MACHINE_DEPLOYMENT } from "./writes.ts";

/** Name of the controller, in events, logs and metrics. */
export const CONTROLLER = "lattice-cluster";
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
    for: { apiVersion: API_VERSION, kind: CLUSTER_KIND },
    watches: [
      { ...CAPI_CLUSTER, map: ownerOf },
      { ...MACHINE_DEPLOYMENT, map: ownerOf },
    ],
    resyncMs: 60_000,
    signal,
    reconcile: (request, { signal }) =>
      observe(CONTROLLER, () => reconcileCluster(context, request, signal)),
  });
}

function ownerOf({ metadata: { labels } }: KubeObject): Request[] {
  const name = labels?.[CLUSTER_LABEL] ?? labels?.[CAPI_CLUSTER_LABEL];
  return name === undefined ? [] : [{ name }];
}

/**
 * Reconciles one LatticeCluster.
 *
 * @param context What the controller works with.
 * @param request Names the LatticeCluster.
 * @param signal Ends the run early.
 */
export async function reconcileCluster(
  context: ClusterContext,
  request: Request,
  signal: AbortSignal,
): Promise<Result | void> {
  const raw = await context.client.find(refOf(request.name), { signal });
  if (raw === undefined) return;
  try {
    return await reconcileFound(context, raw, signal);
  } catch (error) {
    if (isLasting(error)) await reportFailure(context, raw, error, signal);
    throw error;
  }
}

async function reconcileFound(
  context: ClusterContext,
  raw: KubeObject,
  signal: AbortSignal,
): Promise<Result | void> {
  const { client } = context;
  const world = await gatherCluster(context, raw, signal);
  const plan = decideCluster(world);
  try {
    for (const action of plan.actions) await actCluster(action, client, world.object, signal);
  } catch (error) {
    if (!isWebhookDown(error)) throw error;
    await report(context, world, { ...plan, events: [] }, signal);
    return { requeueAfterMs: WEBHOOK_RETRY_MS };
  }
  await report(context, world, plan, signal);
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

async function report(
  context: ClusterContext,
  world: ClusterWorld,
  plan: ClusterPlan,
  signal: AbortSignal,
): Promise<void> {
  const { client } = context;
  if (plan.verdict) {
    const status = newStatus(world, plan.verdict, context.now());
    await writeStatus(client, world.object, status, signal);
  }
  for (const event of plan.events) {
    await recordEvent(client, world.object, { ...event, component: CONTROLLER, signal });
  }
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
  if (!await writeStatus(client, object, status, signal)) return;
  const event = { type: "Warning" as const, reason: APPLY_FAILED, message };
  await recordEvent(client, object, { ...event, component: CONTROLLER, signal });
}

/** CAPI's manager starts after the operator: until its webhooks answer, writes of its kinds are refused. */
function isWebhookDown(error: unknown): boolean {
  return isApiError(error) && error.message.includes("failed calling webhook");
}
