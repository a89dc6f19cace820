/**
 * What the three controllers share: the client, the state directory, the clients of workload clusters.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";
import type { OperatorCommand, PlanTools } from "@lattice/providers/local/host";
import { type Gate, gate } from "./lifecycle.ts";
import { CLUSTER } from "./names.ts";
import type { ClusterView } from "./views.ts";
import { clusterView, view } from "./views.ts";
import type { WorkloadClients } from "./workload_clients.ts";

/** Milliseconds after which a fenced (or for machines: paused) object is looked at again. */
export const ASIDE_MS = 5_000;

/** What the controllers work with; one for all of them. */
export interface LocalContext {
  /** Client of the cluster that holds the CAPI objects. */
  readonly client: KubeClient;
  /** State directory. */
  readonly home: string;
  /** Name of the cluster that these controllers run in. */
  readonly clusterName: string;
  /** Where the components are. */
  readonly tools: PlanTools;
  /** How the operator of a new cluster is started. */
  operatorCommand(): Promise<OperatorCommand>;
  /** Clients of workload clusters. */
  readonly workloads: WorkloadClients;
  /** Wraps every reconcile, for metrics. */
  observe<T>(controller: string, run: () => Promise<T>): Promise<T>;
  /** The present time. */
  now(): Date;
  /** Whether another cluster owns the objects of this namespace. */
  isFenced(namespace: string): Promise<boolean>;
}

/** The Cluster of an object, and whether the object may be worked on. */
export interface Membership {
  /** The Cluster, when it exists. */
  readonly cluster: ClusterView | undefined;
  /** Whether to work on the object. */
  readonly gate: Gate;
}

/**
 * Reads the Cluster that an object belongs to and asks the fence.
 *
 * @param context What the controllers share.
 * @param object The object.
 * @param object.metadata Its metadata.
 * @param namespace Its namespace.
 * @param clusterName Name of the Cluster; absent when the object does not say yet.
 * @param signal Ends the reads early.
 */
export async function membership(
  context: LocalContext,
  object: { metadata: { annotations: Record<string, string> } },
  namespace: string,
  clusterName: string | undefined,
  signal: AbortSignal,
): Promise<Membership> {
  const [raw, fenced] = await Promise.all([
    clusterName === undefined
      ? undefined
      : context.client.find({ ...CLUSTER, namespace, name: clusterName }, { signal }),
    context.isFenced(namespace),
  ]);
  const cluster = raw === undefined ? undefined : view(clusterView, raw);
  return { cluster, gate: gate(object, cluster, fenced) };
}
