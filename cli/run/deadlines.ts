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
