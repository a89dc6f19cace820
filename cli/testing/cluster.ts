/**
 * LatticeClusters for tests, by the field.
 *
 * @module
 */

import type { LatticeCluster, LatticeClusterStatus, WorkerPool } from "@lattice/api";

/** What a test wants to differ from the ordinary. */
export interface ClusterTraits {
  /** Worker pools; one of two workers when left out. */
  readonly pools?: Record<string, WorkerPool>;
  /** What the operator saw. */
  readonly status?: LatticeClusterStatus;
  /** Whether it can have children. */
  readonly parent?: boolean;
  /** RFC 3339 time. */
  readonly created?: string;
  /** Annotations. */
  readonly annotations?: Record<string, string>;
}

/**
 * Makes a local cluster.
 *
 * @param name Its name.
 * @param traits What differs.
 */
export function aCluster(name: string, traits: ClusterTraits = {}): LatticeCluster {
  const { pools, status, parent, created, annotations } = traits;
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeCluster",
    metadata: {
      name,
      generation: 1,
      ...(created !== undefined && { creationTimestamp: created }),
      ...(annotations !== undefined && { annotations }),
    },
    spec: {
      providerRef: "local",
      provider: {
        kubernetes: { version: "1.35.4", bootstrap: "kubeadm" },
        config: { local: {} },
      },
      nodes: { controlPlane: 1, workerPools: pools ?? { general: { replicas: 2 } } },
      ...(parent && {
        parentConfig: {
          grpcPort: 50051,
          bootstrapPort: 8443,
          proxyPort: 8081,
          service: { type: "LoadBalancer" },
        },
      }),
    },
    ...(status !== undefined && { status }),
  };
}

/** The text of a valid LatticeCluster file; line numbers in tests count on it. */
export const CLUSTER_YAML: string = `apiVersion: lattice.dev/v1alpha1
kind: LatticeCluster
metadata:
  name: mgmt
spec:
  providerRef: local
  provider:
    kubernetes:
      version: "1.35.4"
      bootstrap: kubeadm
    config:
      local: {}
  nodes:
    controlPlane: 1
    workerPools:
      general:
        replicas: 2
`;
