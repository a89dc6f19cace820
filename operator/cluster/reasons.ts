/**
 * Reason words of the conditions and events that the ClusterController writes, each with its meaning.
 *
 * @module
 */

/** The cluster manages itself and everything in it is ready. */
export const CLUSTER_READY = "ClusterReady";
/** Everything is ready, but another cluster still manages it. */
export const AWAITING_PIVOT = "AwaitingPivot";
/** The objects of the cluster are moving to another cluster. */
export const PIVOTING = "Pivoting";
/** Another cluster manages the objects now. */
export const PIVOT_COMPLETE = "PivotComplete";
/** Something is not ready yet; the other conditions say what. */
export const NOT_READY = "NotReady";
/** The infrastructure is there. */
export const INFRA_READY = "InfraReady";
/** The infrastructure is not there yet. */
export const INFRA_PENDING = "InfraPending";
/** Every control-plane node is ready. */
export const CONTROL_PLANE_RUNNING = "ControlPlaneRunning";
/** The API server has not answered yet. */
export const CONTROL_PLANE_PENDING = "ControlPlanePending";
/** Control-plane nodes are added, removed, replaced or not ready. */
export const CONTROL_PLANE_SCALING = "ControlPlaneScaling";
/** Every worker is ready. */
export const WORKERS_RUNNING = "WorkersRunning";
/** Workers are added, removed, replaced or not ready. */
export const WORKERS_SCALING = "WorkersScaling";
/** The spec breaks a rule. */
export const VALIDATION_FAILED = "ValidationFailed";
/** The Kubernetes version of the spec cannot follow the one that runs; the condition says which can. */
export const VERSION_REFUSED = "VersionRefused";
/** The Kubernetes version of the spec follows when a change that is under way is over. */
export const AWAITING_UPGRADE = "AwaitingUpgrade";
/** The objects of the cluster could not be applied. */
export const APPLY_FAILED = "ApplyFailed";
/** The infrastructure is being deleted. */
export const DELETING_CLUSTER = "DeletingCluster";
/** A cluster that manages itself cannot be deleted from within. */
export const USE_UNINSTALL = "UseUninstall";

/** Event: a worker pool was removed from the spec. */
export const POOL_REMOVED = "PoolRemoved";
/** Event: a worker pool was below its minimum. */
export const RAISED_TO_MINIMUM = "RaisedToMinimum";
/** Event: objects of the cluster were written. */
export const APPLIED = "Applied";
/** Event: the cluster entered a phase. */
export const PHASE_CHANGED = "PhaseChanged";
