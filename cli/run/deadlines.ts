/**
 * How long each wait of a run may take, in milliseconds. Each is a multiple of what a busy machine
 * with two cores needed.
 *
 * @module
 */

/** Deadlines by what is waited for. */
export const DEADLINES = {
  /** etcd and API server of the temporary cluster. */
  apiServer: 120_000,
  /** The operator and the CAPI manager of the temporary cluster. */
  management: 300_000,
  /** The target's infrastructure, control plane and workers. */
  provision: 600_000,
  /** The target's own operator and CAPI manager. */
  targetManagement: 300_000,
  /** kind: a cluster, with the download of its image. */
  kind: 600_000,
  /** A cloud's network, load balancer and first control-plane machine. */
  cloudInfrastructure: 1_800_000,
  /** How long a provider may be unreachable, or refuse, before an install gives up. */
  obstacle: 30_000,
  /** The API server of a new cluster, once its address is known. */
  cloudApiServer: 600_000,
  /** Charts and objects of a new cluster. */
  bundle: 900_000,
  /** Control plane and workers of a new cluster, once there is a network. */
  cloudNodes: 1_800_000,
  /** `clusterctl init`, which downloads and waits for its providers. */
  clusterctl: 900_000,
  /** A deletion in a cloud where nothing is known to exist. */
  emptyCleanUp: 20_000,
  /** The LatticeCluster in the cluster that owns it now. */
  selfManaged: 300_000,
  /** One step of a deletion. */
  deletion: 600_000,
  /** A deletion that cleans up after a failure; whoever waits has an error to read. */
  cleanUp: 90_000,
  /** Stopping all processes of a cluster. */
  removal: 120_000,
  /** One look at an API server that may be gone. */
  glance: 5_000,
} as const;
