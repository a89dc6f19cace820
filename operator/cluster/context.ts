/**
 * What the ClusterController works with.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";
import type { renderCluster } from "@lattice/providers";
import type { Reads } from "./reads.ts";

/** What the ClusterController works with. */
export interface ClusterContext {
  /** Client of the cluster that the operator runs in. */
  readonly client: KubeClient;
  /** Name of that cluster. */
  readonly clusterName: string;
  /** Kubernetes versions that local clusters can have; a spec with another one is refused. */
  readonly versions: readonly string[];
  /** The present time. */
  now(): Date;
  /** Renders a cluster: `renderCluster` of `@lattice/providers`, or what a test puts in its place. */
  readonly render: typeof renderCluster;
  /** Whether another cluster owns the objects of this namespace, as far as these reads tell. */
  isFenced(namespace: string, reads: Pick<Reads, "find">): Promise<boolean>;
}
