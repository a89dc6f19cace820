/**
 * What a bootstrap provider must say: how machines become nodes.
 *
 * @module
 */
import { bareVersion, isMachineSyncedLabel, type KubeObject } from "@lattice/api";
import type { GroupKind } from "../capi_cluster.ts";
import type { Argument, Infrastructure } from "../infrastructure.ts";
import { type NamedPool, nodeLabels } from "../pools.ts";
import type { Rendering } from "../rendering.ts";

/** API group of the control planes of both bootstrap providers. */
export const CONTROL_PLANE_GROUP = "controlplane.cluster.x-k8s.io";
/** API group of their configuration templates. */
export const BOOTSTRAP_GROUP = "bootstrap.cluster.x-k8s.io";

/** How machines become nodes. */
export interface BootstrapProvider {
  /** Kind of its control plane. */
  controlPlaneKind: GroupKind;
  /** Kind of its configuration templates. */
  configKind: GroupKind;
  /** Control plane of a cluster. */
  controlPlane(rendering: Rendering, provider: Infrastructure): KubeObject;
  /** Configuration template of a pool. */
  poolConfig(rendering: Rendering, provider: Infrastructure, named: NamedPool): KubeObject;
}

/**
 * Arguments of the kubelets of a pool: those of the provider, then labels and taints.
 *
 * Labels that a kubelet may not give its own node are left out: CAPI copies them from the Machine.
 *
 * @param kubeletArgs arguments of every kubelet of the provider
 * @param named the pool
 * @returns arguments
 */
export function poolKubeletArgs(kubeletArgs: readonly Argument[], named: NamedPool): Argument[] {
  const labels = Object.entries(nodeLabels(named))
    .filter(([key]) => !isMachineSyncedLabel(key))
    .map(([key, value]) => `${key}=${value}`);
  const taints = (named.pool.taints ?? [])
    .map(({ key, value, effect }) => (value ? `${key}=${value}:${effect}` : `${key}:${effect}`));
  return [
    ...kubeletArgs,
    ["node-labels", labels.join(",")],
    ...(taints.length > 0 ? [["register-with-taints", taints.join(",")] as const] : []),
  ];
}

/** With this minor the API server lost `--cloud-provider`, and does not start when it is given. */
const FIRST_MINOR_WITHOUT_CLOUD_FLAG = 33;

/**
 * Whether the API server of the cluster's version knows `--cloud-provider`.
 *
 * @param rendering the run
 * @returns true below Kubernetes 1.33
 */
export function hasCloudFlag({ cluster }: Rendering): boolean {
  const [, minor] = bareVersion(cluster.spec.provider.kubernetes.version).split(".");
  return Number(minor) < FIRST_MINOR_WITHOUT_CLOUD_FLAG;
}
