/**
 * The processes of local clusters: planning them, starting and stopping them, seeing how they are.
 * @module
 */
export { stateHome } from "./home.ts";
export { clusterPaths, isClusterName, PORT_OFFSETS, type PortName, portOf } from "./layout.ts";
export type { ClusterPaths } from "./layout.ts";
export type {
  ClusterRecord,
  ClusterRole,
  ComponentId,
  ComponentStatus,
  CoreComponentId,
  DesiredRunState,
  Flavour,
  ManagerId,
  ObservedState,
} from "./model.ts";
export {
  type ManagerCommand,
  type ManagerEndpoint,
  managerEndpoint,
  type ManagerPlace,
} from "./managers.ts";
export { type OperatorCommand, planCluster, type PlanOptions, type PlanTools } from "./plan.ts";
export { releasePorts, reservePorts } from "./ports.ts";
export {
  type ClusterStatus,
  clusterStatus,
  removeCluster,
  requestSupervisor,
  startSupervisor,
  type WaitOptions,
  waitReady,
} from "./control.ts";
export { listClusters, readRecord, setDesiredState } from "./records.ts";
