/**
 * Reconciles a LocalControlPlane: gathers, decides, acts, reports.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL } from "@lattice/api";
import { type KubeObject, type Request, type Result, runController } from "@lattice/kube";
import { clusterNames } from "@lattice/providers";
import { z } from "zod";
import { ASIDE_MS, type LocalContext, membership } from "../context.ts";
import { clusterNameOf, pausedCondition } from "../lifecycle.ts";
import { CLUSTER, LOCAL_CLUSTER, LOCAL_CONTROL_PLANE, MACHINE } from "../names.ts";
import { writePaused, writeStatus } from "../objects.ts";
import { localControlPlaneView, view } from "../views.ts";
import { actControlPlane } from "./act.ts";
import { decideControlPlane } from "./decide.ts";
import { gatherControlPlane } from "./gather.ts";

/** Name of the controller, in logs and metrics. */
const CONTROLLER = "local-control-plane";
const referring = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({ controlPlaneRef: z.object({ kind: z.string(), name: z.string() }).optional() }),
});
const labelled = z.object({
  metadata: z.object({
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
});

/**
 * Runs the controller until the signal.
 *
 * @param context What the controllers share.
 * @param signal Ends the controller.
 */
export function runControlPlaneController(
  context: LocalContext,
  signal: AbortSignal,
): Promise<void> {
  return runController({
    name: CONTROLLER,
    client: context.client,
    for: LOCAL_CONTROL_PLANE,
    watches: [
      { ...CLUSTER, map: controlPlaneOf },
      { ...LOCAL_CLUSTER, map: ofLocalCluster },
      { ...MACHINE, labelSelector: "cluster.x-k8s.io/control-plane", map: byClusterLabel },
    ],
    resyncMs: 60_000,
    signal,
    reconcile: async (request, { cache, signal }) => {
      // Machines of every provider lead here; most clusters have no such control plane.
      const { name, namespace } = request;
      if (cache.get(LOCAL_CONTROL_PLANE, name, namespace) === undefined) return;
      return await context.observe(
        CONTROLLER,
        () => reconcileControlPlane(context, request, signal),
      );
    },
  });
}

function controlPlaneOf(object: KubeObject): Request[] {
  const { metadata, spec } = view(referring, object);
  if (spec.controlPlaneRef?.kind !== LOCAL_CONTROL_PLANE.kind) return [];
  return [{ name: spec.controlPlaneRef.name, namespace: metadata.namespace }];
}

function ofLocalCluster({ metadata }: KubeObject): Request[] {
  return [{ name: clusterNames(metadata.name).controlPlane, namespace: metadata.namespace }];
}

/** Machines name their cluster; its control plane has the name that Lattice gives. */
function byClusterLabel(object: KubeObject): Request[] {
  const { metadata } = view(labelled, object);
  const cluster = metadata.labels[CAPI_CLUSTER_LABEL];
  if (cluster === undefined) return [];
  return [{ name: clusterNames(cluster).controlPlane, namespace: metadata.namespace }];
}

/**
 * Reconciles one LocalControlPlane.
 *
 * @param context What the controllers share.
 * @param request Names the LocalControlPlane.
 * @param signal Ends the run early.
 */
export async function reconcileControlPlane(
  context: LocalContext,
  request: Request,
  signal: AbortSignal,
): Promise<Result | void> {
  const { client } = context;
  const raw = await client.find({ ...LOCAL_CONTROL_PLANE, ...request }, { signal });
  if (raw === undefined) return;
  const object = view(localControlPlaneView, raw);
  const name = clusterNameOf(object);
  const namespace = request.namespace ?? "";
  const { cluster, gate } = await membership(context, object, namespace, name, signal);
  if (gate === "fenced") return { requeueAfterMs: ASIDE_MS };
  if (gate === "paused") return await writePaused(client, object, context.now(), signal);
  const world = await gatherControlPlane(context, object, cluster, signal);
  const plan = decideControlPlane(world);
  if (name !== undefined) {
    const run = { context, world, cluster: name, signal };
    for (const action of plan.actions) await actControlPlane(action, run);
  }
  if (plan.conditions.length > 0) {
    const stated = [...plan.conditions, pausedCondition(false)];
    await writeStatus(client, object, plan.status, stated, context.now(), signal);
  }
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}
