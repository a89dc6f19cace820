/**
 * What others do with local clusters. (Signatures.)
 * @module
 */
import type {
  ClusterRecord,
  ComponentId,
  ComponentStatus,
  DesiredRunState,
  ObservedState,
} from "./model.ts";

/** How long to wait, and what ends the wait early. */
export interface WaitOptions {
  /** Deadline in milliseconds. */
  timeoutMs: number;
  /** Ends the wait with its reason. */
  signal?: AbortSignal;
}

/** What is known of a cluster now. */
export interface ClusterStatus {
  /** What the cluster is. */
  record: ClusterRecord;
  /** What is wanted. */
  desired: DesiredRunState;
  /** What it does. */
  state: ObservedState;
  /** One entry a component, in starting order; without pids while nobody supervises. */
  components: ComponentStatus[];
  /** Process ids of the supervisors. */
  supervisor: { active?: number; standby?: number };
}

const todo = (...what: unknown[]): Promise<never> =>
  Promise.reject(new Error(`not built yet: ${what.join(" ")}`));

/** Starts the supervisor pair of a cluster unless one is alive; resolves once one holds the lock. Needs run permission. */
export function startSupervisor(home: string, name: string): Promise<void> {
  return todo(home, name);
}
/** Asks the supervisor of cluster `own` to start the one of `other`; needs no run permission. */
export function requestSupervisor(home: string, own: string, other: string): Promise<void> {
  return todo(home, own, other);
}
/** Changes what is wanted of a cluster. `removed` cannot be taken back (conflict). */
export function setDesiredState(
  home: string,
  name: string,
  state: DesiredRunState,
): Promise<void> {
  return todo(home, name, state);
}
/** The present state of a cluster; NotFoundError if there is none of that name. */
export function clusterStatus(home: string, name: string): Promise<ClusterStatus> {
  return todo(home, name);
}
/** The records of all clusters, by name. */
export function listClusters(home: string): Promise<ClusterRecord[]> {
  return todo(home);
}
/** The record of a cluster, or undefined. */
export function readRecord(home: string, name: string): Promise<ClusterRecord | undefined> {
  return todo(home, name);
}
/** Waits until components are ready; DeadlineError names those that are not, with the end of their logs' path. */
export function waitReady(
  home: string,
  name: string,
  components: readonly ComponentId[],
  options: WaitOptions,
): Promise<void> {
  return todo(home, name, components, options);
}
/** Removes a cluster: waits until processes, directory and ports are gone. False if there was none. Needs run permission only if no supervisor is alive. */
export function removeCluster(home: string, name: string, options: WaitOptions): Promise<boolean> {
  return todo(home, name, options);
}
