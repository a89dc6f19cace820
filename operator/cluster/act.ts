/**
 * Carries out what was decided about a LatticeCluster.
 *
 * @module
 */
import {
  API_VERSION,
  CLUSTER_KIND,
  CLUSTER_LABEL,
  FIELD_MANAGER,
  FINALIZER,
  type LatticeCluster,
  type LatticeClusterStatus,
  MANAGED_BY,
  MANAGED_BY_LABEL,
} from "@lattice/api";
import type { KubeClient, KubeObject, Ref } from "@lattice/kube";
import { clusterNames } from "@lattice/providers";
import type { ClusterAction } from "./decide.ts";
import { contains } from "./difference.ts";
import { MACHINE_DEPLOYMENT } from "./writes.ts";

/** Field manager of sizes that the autoscaler may change: not the one that applies, which would take them back. */
const SCALE_MANAGER = `${FIELD_MANAGER}-scale`;

/**
 * Carries out one action. Each is idempotent.
 *
 * @param action The action.
 * @param client Client.
 * @param object The LatticeCluster, as it was read.
 * @param signal Ends it early.
 */
export async function actCluster(
  action: ClusterAction,
  client: KubeClient,
  object: LatticeCluster,
  signal: AbortSignal,
): Promise<void> {
  const { name } = object.metadata;
  const { namespace } = clusterNames(name);
  switch (action.do) {
    case "add-finalizer":
      return await setFinalizer(client, object, true, signal);
    case "remove-finalizer":
      return await setFinalizer(client, object, false, signal);
    case "create-namespace":
      await client.apply(newNamespace(name), { manager: FIELD_MANAGER, force: true, signal });
      return;
    case "delete-namespace":
      await client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace }, { signal });
      return;
    case "apply":
      await client.apply(action.object, { manager: FIELD_MANAGER, force: true, signal });
      return;
    case "scale": {
      const ref = { ...MACHINE_DEPLOYMENT, namespace, name: action.deployment };
      const body = { spec: { replicas: action.replicas } };
      await client.patch(ref, { type: "merge", body, manager: SCALE_MANAGER, signal });
      return;
    }
    case "delete":
      await client.delete(action.ref, { signal });
      return;
  }
}

function newNamespace(cluster: string): KubeObject {
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, [CLUSTER_LABEL]: cluster };
  const metadata = { name: clusterNames(cluster).namespace, labels };
  return { apiVersion: "v1", kind: "Namespace", metadata };
}

/** The write carries the version that was read, so that a finalizer that somebody added in between is kept. */
async function setFinalizer(
  client: KubeClient,
  { metadata }: LatticeCluster,
  present: boolean,
  signal: AbortSignal,
): Promise<void> {
  const others = (metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
  const finalizers = present ? [...others, FINALIZER] : others;
  const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
  await client.patch(refOf(metadata.name), { type: "merge", body, manager: FIELD_MANAGER, signal });
}

/**
 * Writes the status, unless it is the one that is there.
 *
 * @param client Client.
 * @param object The LatticeCluster, as it was read.
 * @param status The whole status; what is left out vanishes.
 * @param options How.
 * @param options.unchanged Refuse with a conflict when somebody has changed the object since it was read.
 * @param options.signal Ends it early.
 * @returns Whether something was written.
 */
export async function writeStatus(
  client: KubeClient,
  object: LatticeCluster,
  status: LatticeClusterStatus,
  { unchanged, signal }: { unchanged: boolean; signal: AbortSignal },
): Promise<boolean> {
  const present = object.status ?? {};
  if (contains(present, status) && contains(status, present)) return false;
  const { name, resourceVersion } = object.metadata;
  const metadata = unchanged && resourceVersion ? { name, resourceVersion } : { name };
  const applied = { apiVersion: API_VERSION, kind: CLUSTER_KIND, metadata, status };
  const options = { manager: FIELD_MANAGER, force: true, subresource: "status", signal };
  await client.apply(applied, options);
  return true;
}

/**
 * Names a LatticeCluster.
 *
 * @param name Its name.
 */
export function refOf(name: string): Ref {
  return { apiVersion: API_VERSION, kind: CLUSTER_KIND, name };
}
