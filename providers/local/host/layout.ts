/**
 * Where everything of the local clusters is on disk, and which port of a block is whose.
 *
 * Only computes paths; nothing here touches the file system.
 * @module
 */

import { join } from "node:path";
import type { ComponentId } from "./model.ts";

/** Number of ports in a reserved block. */
export const PORTS_PER_BLOCK = 16;

/** Offset of each port from the base of its block. */
export const PORT_OFFSETS = {
  apiServer: 0,
  etcdClient: 1,
  etcdPeer: 2,
  controllerManager: 3,
  scheduler: 4,
  kwok: 5,
  capiWebhooks: 6,
  capiHealth: 7,
  capiDiagnostics: 8,
  operatorHealth: 9,
} as const;

/** Name of a port of a block. */
export type PortName = keyof typeof PORT_OFFSETS;

/** Port `name` of the block that begins at `base`. */
export function portOf(base: number, name: PortName): number {
  return base + PORT_OFFSETS[name];
}

/** Folder of all clusters of `home`. */
export function clustersDirectory(home: string): string {
  return join(home, "clusters");
}

/** Folder of the port reservations of `home`. */
export function portsDirectory(home: string): string {
  return join(home, "ports");
}

/** Every path of one cluster. */
export interface ClusterPaths {
  /** `clusters/NAME`. */
  directory: string;
  /** Record: what the cluster is. */
  record: string;
  /** Desired state: what the supervisor brings about. */
  desired: string;
  /** Lock of writers of the desired state. */
  desiredLock: string;
  /** Held by the active supervisor. */
  lock: string;
  /** Held by the standby supervisor; its text is the standby's process id. */
  standbyLock: string;
  /** What the supervisor last saw. */
  status: string;
  /** Requests to start other clusters' supervisors. */
  spawn: string;
  /** Keys and certificates. */
  pki: string;
  /** Data of etcd and the like. */
  data: string;
  /** One log a component. */
  logs: string;
  /** Pid files, locks, status. */
  run: string;
  /** The administrator's kubeconfig. */
  kubeconfig: string;
}

/** The paths of the cluster `name`, which may not exist yet. */
export function clusterPaths(home: string, name: string): ClusterPaths {
  return pathsIn(join(clustersDirectory(home), name));
}

/** The same paths for a cluster whose directory is `directory`, as while it is being staged. */
export function pathsIn(directory: string): ClusterPaths {
  return {
    directory,
    record: join(directory, "cluster.json"),
    desired: join(directory, "desired.json"),
    desiredLock: join(directory, "run", "desired.lock"),
    lock: join(directory, "run", "lock"),
    standbyLock: join(directory, "run", "standby.lock"),
    status: join(directory, "run", "status.json"),
    spawn: join(directory, "spawn"),
    pki: join(directory, "pki"),
    data: join(directory, "data"),
    logs: join(directory, "logs"),
    run: join(directory, "run"),
    kubeconfig: join(directory, "kubeconfig"),
  };
}

/** Pid file of a component. */
export function pidFile(paths: ClusterPaths, component: ComponentId): string {
  return join(paths.run, `${component}.pid`);
}

/** Log of a component or of the supervisor. */
export function logFile(paths: ClusterPaths, component: ComponentId | "supervisor"): string {
  return join(paths.logs, `${component}.log`);
}

/** Kubeconfig of one identity, as `operator.kubeconfig`. */
export function kubeconfigOf(paths: ClusterPaths, identity: string): string {
  return join(paths.directory, `${identity}.kubeconfig`);
}

/** Whether a text can be the name of a cluster (and so of a directory): a DNS label. */
export function isClusterName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}
