/**
 * What the ClusterController works with.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";

/** What the ClusterController works with. */
export interface ClusterContext {
  /** Client of the cluster that the operator runs in. */
  readonly client: KubeClient;
  /** Name of that cluster. */
  readonly clusterName: string;
  /** Kubernetes versions that can be installed; a spec with another one is refused. */
  readonly versions: readonly string[];
  /** The present time. */
  now(): Date;
  /** Whether another cluster owns the objects of this namespace. */
  isFenced(namespace: string): Promise<boolean>;
}
