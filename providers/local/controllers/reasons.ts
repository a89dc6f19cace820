/**
 * Reason words of the conditions that the local controllers write, each with its meaning.
 *
 * @module
 */

/** The object waits for CAPI to name the Cluster that owns it. */
export const WAITING_FOR_CLUSTER = "WaitingForCluster";
/** The object waits for CAPI to name the Machine that owns it. */
export const WAITING_FOR_MACHINE = "WaitingForMachine";
/** The infrastructure of the cluster is not ready yet. */
export const WAITING_FOR_INFRASTRUCTURE = "WaitingForInfrastructure";
/** The Machine has no bootstrap data yet. */
export const WAITING_FOR_BOOTSTRAP_DATA = "WaitingForBootstrapData";
/** The control plane does not serve yet. */
export const WAITING_FOR_CONTROL_PLANE = "WaitingForControlPlane";
/** The ports of the cluster are being reserved. */
export const RESERVING_PORTS = "ReservingPorts";
/** The processes of the control plane are being started. */
export const STARTING_PROCESSES = "StartingProcesses";
/** Everything is as it should be. */
export const PROVISIONED = "Provisioned";
/** The API server answers. */
export const AVAILABLE = "Available";
/** The API server does not answer. */
export const NOT_AVAILABLE = "NotAvailable";
/** The API server answered for the first time, and access was granted. */
export const INITIALIZED = "Initialized";
/** The object is being deleted. */
export const DELETING = "Deleting";
/** Deletion waits for the Machines of the control plane. */
export const WAITING_FOR_MACHINES = "WaitingForMachines";
/** Deletion waits for the processes to stop. */
export const STOPPING_PROCESSES = "StoppingProcesses";
/** A cluster cannot remove the processes that it runs on. */
export const SELF_MANAGED = "SelfManaged";
/** CAPI's word: the object, or its Cluster, is paused. */
export const PAUSED = "Paused";
/** CAPI's word: nothing is paused. */
export const NOT_PAUSED = "NotPaused";
/** CAPI's word: more machines are being made. */
export const SCALING_UP = "ScalingUp";
/** CAPI's word: machines are being removed. */
export const SCALING_DOWN = "ScalingDown";
/** CAPI's word: no more machines are needed. */
export const NOT_SCALING_UP = "NotScalingUp";
/** CAPI's word: no machine is too many. */
export const NOT_SCALING_DOWN = "NotScalingDown";
/** CAPI's word: every machine has the wanted version. */
export const UP_TO_DATE = "UpToDate";
/** CAPI's word: some machine has another version than the wanted one. */
export const NOT_UP_TO_DATE = "NotUpToDate";
