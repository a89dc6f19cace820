/**
 * What `lattice get` shows of a cluster, in the field names of its JSON output.
 *
 * @module
 */

import type { LocalPlace } from "./contexts.ts";
import { bareVersion, type LatticeCluster, providerOf, type WorkerPool } from "@lattice/api";

/** One condition, as `-o json` prints it. */
export interface ConditionInfo {
  /** Type of the condition; the underscore is part of the output format. */
  type_: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** Word for programs. */
  reason: string;
  /** Sentence for people. */
  message: string;
  /** RFC 3339 time of the last change. */
  last_transition_time: string;
}

/** One worker pool, as `-o json` prints it. */
export interface PoolInfo {
  /** Wanted size. */
  desired_replicas: number;
  /** Ready nodes. */
  ready_replicas: number;
  /** Whether the autoscaler owns the size. */
  autoscaling_enabled: boolean;
  /** Smallest size, when autoscaled. */
  min?: number;
  /** Largest size, when autoscaled. */
  max?: number;
  /** Sentence for people. */
  message?: string;
}

/** One cluster, as `-o json` prints it. */
export interface ClusterInfo {
  name: string;
  phase: string;
  provider: string;
  k8s_version: string;
  control_plane_ready: number;
  control_plane_total: number;
  workers_ready: number;
  workers_total: number;
  is_parent: boolean;
  connected: boolean;
  endpoint: string | null;
  creation_timestamp: string | null;
  message: string | null;
  pivot_complete: boolean;
  bootstrap_complete: boolean;
  conditions: ConditionInfo[];
  worker_pools: Record<string, PoolInfo>;
  /** Context in which the cluster was seen. */
  context: string;
  /** Names of the clusters below it that were seen with it. */
  children: string[];
}

/**
 * Builds the view of one LatticeCluster.
 *
 * @param object As read from an API server.
 * @param context Context in which it was read.
 * @param children Clusters below it.
 */
export function clusterInfo(
  object: LatticeCluster,
  context: string,
  children: readonly string[],
): ClusterInfo {
  const { metadata, spec, status } = object;
  const pools = Object.entries(spec.nodes.workerPools ?? {})
    .map(([name, pool]) => [name, poolInfo(name, pool, object)] as const);
  const conditions = status?.conditions ?? [];
  return {
    name: metadata.name,
    // A parent calls a child "Pivoted" that calls itself "Ready"; users see one word.
    phase: status?.phase === "Pivoted" ? "Ready" : status?.phase ?? "Pending",
    provider: providerOf(object),
    k8s_version: bareVersion(spec.provider.kubernetes.version),
    control_plane_ready: status?.readyControlPlane ?? 0,
    control_plane_total: spec.nodes.controlPlane,
    workers_ready: status?.readyWorkers ?? 0,
    workers_total: pools.reduce((sum, [, pool]) => sum + pool.desired_replicas, 0),
    is_parent: spec.parentConfig !== undefined,
    connected: !conditions.some(({ type, status }) =>
      type === "AgentConnected" && status === "False"
    ),
    endpoint: status?.endpoint ?? null,
    creation_timestamp: metadata.creationTimestamp ?? null,
    message: status?.message ?? null,
    pivot_complete: status?.pivotComplete ?? false,
    bootstrap_complete: status?.bootstrapComplete ?? false,
    conditions: conditions.map((each) => ({
      type_: each.type,
      status: each.status,
      reason: each.reason,
      message: each.message,
      last_transition_time: each.lastTransitionTime,
    })),
    worker_pools: Object.fromEntries(pools),
    context,
    children: [...children].sort(),
  };
}

/**
 * Builds the view of a local cluster whose API server does not answer.
 *
 * @param local What its record says.
 * @param context Context in which it would have been read.
 */
export function unknownInfo(local: LocalPlace, context: string): ClusterInfo {
  return {
    name: local.name,
    phase: "Unknown",
    provider: "local",
    k8s_version: local.version,
    control_plane_ready: 0,
    control_plane_total: 0,
    workers_ready: 0,
    workers_total: 0,
    is_parent: false,
    connected: false,
    endpoint: null,
    creation_timestamp: local.createdAt,
    message: "the API server does not answer; see 'lattice local status'",
    pivot_complete: false,
    bootstrap_complete: false,
    conditions: [],
    worker_pools: {},
    context,
    children: [],
  };
}

function poolInfo(name: string, pool: WorkerPool, { status }: LatticeCluster): PoolInfo {
  const seen = status?.workerPools?.[name];
  const autoscaled = pool.min !== undefined && pool.max !== undefined;
  return {
    // The number in the file is only the first size of an autoscaled pool.
    desired_replicas: autoscaled ? seen?.desiredReplicas ?? pool.replicas : pool.replicas,
    ready_replicas: seen?.readyReplicas ?? 0,
    autoscaling_enabled: autoscaled,
    ...(autoscaled && { min: pool.min, max: pool.max }),
    ...(seen?.message && { message: seen.message }),
  };
}
