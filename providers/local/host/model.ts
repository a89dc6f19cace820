/**
 * The values that are stored in the directory of a local cluster, as plain types.
 *
 * This module has no imports on purpose: the supervisor reads these values in a process that has to
 * stay small, so it cannot afford a schema library. The schemas for the same values are in
 * `schemas.ts`, which the compiler holds against these types.
 * @module
 */

/** Which part a cluster plays. Bootstrap clusters have no scheduler and no simulated nodes. */
export type ClusterRole = "bootstrap" | "workload";

/** Which distribution a local control plane imitates. */
export type Flavour = "kubeadm" | "rke2";

/** Names of the Cluster API managers that a bootstrap cluster may have beside the core one. */
export type ManagerId = `manager-${string}`;

/** Names of the processes that a cluster is made of. */
export type ComponentId = CoreComponentId | ManagerId;

/** Names of the processes that clusters usually have. */
export type CoreComponentId =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kwok"
  | "operator"
  | "capi-manager";

/** What is wanted of all processes of a cluster. `removed` also deletes every trace of it. */
export type DesiredRunState = "running" | "stopped" | "removed";

/**
 * What a cluster does now, in one word.
 *
 * `unsupervised` means that no supervisor holds the lock although the cluster should run, as after
 * a reboot; {@linkcode startSupervisor} brings it back.
 */
export type ObservedState =
  | "starting"
  | "running"
  | "stopping"
  | "stopped"
  | "removing"
  | "unsupervised";

/** What is known of a local cluster for as long as it exists (`cluster.json`). */
export interface ClusterRecord {
  /** Version of this file's format. */
  formatVersion: 1;
  /** Name of the cluster, a DNS label. */
  name: string;
  /** Made up when the cluster was planned; two clusters of one name in turn have different ids. */
  id: string;
  /** Part that the cluster plays. */
  role: ClusterRole;
  /** Run of `lattice install` or `uninstall` that planned it. */
  runId: string;
  /** Distribution that the control plane imitates. */
  flavour: Flavour;
  /** Kubernetes version as its LatticeCluster states it, without a leading `v`. */
  version: string;
  /** Extra DNS names and IP addresses in the API server's certificate. */
  certSANs: string[];
  /** First port of the reserved block. */
  portBase: number;
  /** Token of the block's reservation file; only its holder may release the block. */
  portToken: string;
  /** When the cluster was planned, RFC 3339. */
  createdAt: string;
  /** Folder of the component binaries. */
  toolsDir: string;
  /** The cluster's directory, absolute. */
  directory: string;
  /** URL of the API server, on loopback. */
  server: string;
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Path of the cluster CA's certificate (PEM). */
  caFile: string;
  /** Where the CAPI manager serves its webhooks, and the CA that signed their certificate. */
  webhook: { url: string; caFile: string };
}

/** An HTTP request that is answered 200 once something is as it should be. */
export interface HttpProbe {
  /** `http://127.0.0.1:PORT/path` or `https://...`. */
  url: string;
  /** CA of the server's certificate; needed for https. */
  caFile?: string;
  /** Client certificate, where the server asks for one. */
  certFile?: string;
  /** Key of the client certificate. */
  keyFile?: string;
}

/** One process of a cluster: how it is started, what it needs, how it is watched and stopped. */
export interface ComponentSpec {
  /** Name of the process, also of its pid file and log. */
  name: ComponentId;
  /** Program (absolute path) and its arguments. */
  argv: string[];
  /** Environment besides the few variables that every component gets (PATH, HOME, ...). */
  env: Record<string, string>;
  /** Directory that the process runs in, absolute. */
  cwd: string;
  /** Components that have to be ready before this one starts. */
  dependsOn: ComponentId[];
  /**
   * Has to succeed before the component starts; default nothing. Some components wait ever longer
   * between attempts, or end, while they have no access yet.
   */
  startWhen?: HttpProbe;
  /** How to tell that it is ready. */
  readiness: HttpProbe;
  /** Time between SIGTERM and SIGKILL, in milliseconds. */
  stopGraceMs: number;
}

/** What the supervisor has to bring about (`desired.json`). */
export interface DesiredState {
  /** Version of this file's format. */
  formatVersion: 1;
  /** Name of the cluster. */
  name: string;
  /** The record's id. */
  id: string;
  /** Wanted of all components together. */
  state: DesiredRunState;
  /** First port of the block, for its release. */
  portBase: number;
  /** Token of the block, for its release. */
  portToken: string;
  /** Components, each after those that it depends on. */
  components: ComponentSpec[];
}

/** Identifies a process beyond the reuse of its number and beyond reboots. */
export interface ProcessRef {
  /** Process id. */
  pid: number;
  /** Start time in the words of the operating system; compared only for equality. */
  startTime: string;
  /** Identity of the boot that the process belongs to. */
  bootId: string;
}

/** A pid file (`run/COMPONENT.pid`). */
export interface PidFile extends ProcessRef {
  /** Digest of the component spec that the process was started with. */
  specDigest: string;
  /** When it was started, RFC 3339. */
  startedAt: string;
  /** How often the supervisors restarted the component so far. */
  restarts: number;
}

/** What the supervisor knows of one component. */
export interface ComponentStatus {
  /** Name of the component. */
  name: ComponentId;
  /** Process id, while one runs. */
  pid?: number;
  /** The newest probe succeeded. */
  ready: boolean;
  /** Starts after the first. */
  restarts: number;
  /** Since when pid and readiness are what they are, RFC 3339. */
  since: string;
}

/** What the supervisor last saw (`run/status.json`). */
export interface StatusFile {
  /** Version of this file's format. */
  formatVersion: 1;
  /** State of all components together. */
  state: ObservedState;
  /** Process ids of the pair; the standby is absent while it is being replaced. */
  supervisor: { active: number; standby?: number };
  /** One entry a component, in starting order. */
  components: ComponentStatus[];
  /** When this was written, RFC 3339. */
  writtenAt: string;
}

/** A reserved block of ports (`ports/BASE`). */
export interface PortReservation {
  /** Name of the cluster that the block is for. */
  owner: string;
  /** Random token; the block is released only by whoever knows it. */
  token: string;
  /** When it was made or renewed, RFC 3339. */
  reservedAt: string;
}
