/**
 * Reconciles a LocalCluster: gathers, decides, acts, reports.
 *
 * @module
 */
import { type KubeObject, type Request, type Result, runController } from "@lattice/kube";
import { clusterNames } from "@lattice/providers";
import { readRecord, releasePorts, reservePorts } from "@lattice/providers/local/host";
import { z } from "zod";
import { ASIDE_MS, type LocalContext, membership } from "../context.ts";
import { clusterNameOf, pausedCondition } from "../lifecycle.ts";
import { isInitialized } from "../control_plane/status.ts";
import {
  CLUSTER,
  CLUSTER_FINALIZER,
  LOCAL_CLUSTER,
  LOCAL_CONTROL_PLANE,
  MANAGER,
} from "../names.ts";
import { keptFields, refOf, setFinalizer, writePaused, writeStatus } from "../objects.ts";
import { type LocalClusterView, localClusterView, localControlPlaneView, view } from "../views.ts";
import { decideLocalCluster, type LocalClusterAction } from "./decide.ts";

/** Name of the controller, in logs and metrics. */
const CONTROLLER = "local-cluster";
const referring = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({
    infrastructureRef: z.object({ kind: z.string(), name: z.string() }).optional(),
  }),
});

/**
 * Runs the controller until the signal.
 *
 * @param context What the controllers share.
 * @param signal Ends the controller.
 */
export function runClusterController(context: LocalContext, signal: AbortSignal): Promise<void> {
  return runController({
    name: CONTROLLER,
    client: context.client,
    for: LOCAL_CLUSTER,
    watches: [
      { ...CLUSTER, map: infrastructureOf },
      { ...LOCAL_CONTROL_PLANE, map: clusterOf },
    ],
    signal,
    reconcile: (request, { signal }) =>
      context.observe(CONTROLLER, () => reconcileLocalCluster(context, request, signal)),
  });
}

function infrastructureOf(object: KubeObject): Request[] {
  const { metadata, spec } = view(referring, object);
  if (spec.infrastructureRef?.kind !== LOCAL_CLUSTER.kind) return [];
  return [{ name: spec.infrastructureRef.name, namespace: metadata.namespace }];
}

/** Cluster and LocalCluster have the same name. */
function clusterOf(object: KubeObject): Request[] {
  const { metadata } = view(localControlPlaneView, object);
  const name = clusterNameOf({ metadata });
  return name === undefined ? [] : [{ name, namespace: metadata.namespace }];
}

/**
 * Reconciles one LocalCluster. Its name is the name of the cluster in the state directory.
 *
 * @param context What the controllers share.
 * @param request Names the LocalCluster.
 * @param signal Ends the run early.
 */
export async function reconcileLocalCluster(
  context: LocalContext,
  request: Request,
  signal: AbortSignal,
): Promise<Result | void> {
  const { client } = context;
  const raw = await client.find({ ...LOCAL_CLUSTER, ...request }, { signal });
  if (raw === undefined) return;
  const object = view(localClusterView, raw);
  const name = clusterNameOf(object);
  const namespace = request.namespace ?? "";
  const { cluster, gate } = await membership(context, object, namespace, name, signal);
  if (gate === "fenced") return { requeueAfterMs: ASIDE_MS };
  if (gate === "paused") return await writePaused(client, object, context.now(), signal);
  const planned = await readRecord(context.home, object.metadata.name) !== undefined;
  const serving = name !== undefined && await isServing(context, namespace, name, signal);
  const plan = decideLocalCluster({ object, cluster, planned, serving });
  for (const action of plan.actions) await act(action, context, object, signal);
  if (plan.ready) {
    const stated = [plan.ready, pausedCondition(false)];
    const fields = plan.status ?? keptFields(object);
    await writeStatus(client, object, fields, stated, context.now(), signal);
  }
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

async function isServing(
  { client }: LocalContext,
  namespace: string,
  cluster: string,
  signal: AbortSignal,
): Promise<boolean> {
  const name = clusterNames(cluster).controlPlane;
  const raw = await client.find({ ...LOCAL_CONTROL_PLANE, namespace, name }, { signal });
  return raw !== undefined && isInitialized(view(localControlPlaneView, raw));
}

async function act(
  action: LocalClusterAction,
  context: LocalContext,
  object: LocalClusterView,
  signal: AbortSignal,
): Promise<void> {
  const { client, home } = context;
  switch (action) {
    case "add-finalizer":
      return await setFinalizer(client, object, CLUSTER_FINALIZER, true, signal);
    case "remove-finalizer":
      return await setFinalizer(client, object, CLUSTER_FINALIZER, false, signal);
    case "release-ports":
      await releasePorts(home, object.metadata.name);
      return;
    case "reserve-endpoint": {
      const port = await reservePorts(home, object.metadata.name);
      const body = { spec: { controlPlaneEndpoint: { host: "127.0.0.1", port } } };
      await client.patch(refOf(object), { type: "merge", body, manager: MANAGER, signal });
    }
  }
}
