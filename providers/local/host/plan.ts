/**
 * Plans a local cluster. (Signatures.)
 * @module
 */
import type { ClusterRecord, ClusterRole, ComponentId, Flavour } from "./model.ts";

/** Where the component binaries are; what `tools/locate.ts` returns fits. */
export interface PlanTools {
  /** Folder of the binaries. */
  readonly dir: string;
  /** Absolute path of a program. */
  bin(name: Exclude<ComponentId, "operator">): string;
  /** Absolute path of a manifest file. */
  manifest(name: "kwok-stages.yaml"): string;
}

/** How to start the operator of a cluster. */
export interface OperatorCommand {
  /** Program (absolute path) and arguments. The cluster's directory is appended as one more argument. */
  argv: string[];
  /** Environment besides what the plan itself sets: LATTICE_CLUSTER_NAME, KUBECONFIG, LATTICE_HOME, LATTICE_TOOLS_DIR, LATTICE_HEALTH_PORT. */
  env: Record<string, string>;
}

/** What {@linkcode planCluster} needs to know. */
export interface PlanOptions {
  /** State directory, absolute. */
  home: string;
  /** Name of the cluster, a DNS label. */
  name: string;
  /** Bootstrap clusters get no scheduler, no nodes, and few controllers. */
  role: ClusterRole;
  /** Kubernetes version to record, without a leading `v`. */
  version: string;
  /** Distribution that the control plane imitates. */
  flavour: Flavour;
  /** Extra DNS names and IP addresses for the API server's certificate. */
  certSANs: readonly string[];
  /** Run that plans the cluster. */
  runId: string;
  /** Where the binaries are. */
  tools: PlanTools;
  /** How to start the operator; left out, a known cluster keeps its operator and a new one gets none (and no CAPI manager). */
  operator?: OperatorCommand;
  /** Base of the block that was reserved for this name before; left out, one is found. */
  base?: number;
}

/** Plans a cluster, idempotently. Needs no run permission. A known cluster keeps ports, keys and its desired state. */
export function planCluster(options: PlanOptions): Promise<ClusterRecord> {
  return Promise.reject(new Error(`not built yet: ${options.name}`));
}
