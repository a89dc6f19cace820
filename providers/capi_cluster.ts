/**
 * CAPI's Cluster: the object that ties the others together.
 *
 * @module
 */
import { type KubeObject, POD_CIDR, SERVICE_CIDR } from "@lattice/api";
import type { Rendering } from "./rendering.ts";

/** A kind and its API group. */
export interface GroupKind {
  /** API group, without version. */
  apiGroup: string;
  /** Kind. */
  kind: string;
}

/**
 * The CAPI Cluster.
 *
 * @param rendering the run
 * @param controlPlane kind of the control plane
 * @param infrastructure kind of the provider's cluster
 * @returns `cluster.x-k8s.io/v1beta2` Cluster
 */
export function capiCluster(
  rendering: Rendering,
  controlPlane: GroupKind,
  infrastructure: GroupKind,
): KubeObject {
  const { names, labels } = rendering;
  return {
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "Cluster",
    metadata: { name: names.cluster, namespace: names.namespace, labels: { ...labels } },
    spec: {
      clusterNetwork: {
        pods: { cidrBlocks: [POD_CIDR] },
        services: { cidrBlocks: [SERVICE_CIDR] },
      },
      controlPlaneRef: { ...controlPlane, name: names.controlPlane },
      infrastructureRef: { ...infrastructure, name: names.infrastructure },
    },
  };
}
