/**
 * Sizes of worker pools: what is wanted, what is seen, who owns the number. Pure.
 *
 * @module
 */
import type { LatticeCluster, WorkerPool, WorkerPoolStatus } from "@lattice/api";
import { clusterNames, isAutoscaled } from "@lattice/providers";
import { isRolledOut, type MachineDeploymentView } from "./views.ts";

/** A pool and the MachineDeployment that carries it. */
export interface Pool {
  /** Id of the pool. */
  readonly id: string;
  /** What is wanted. */
  readonly spec: WorkerPool;
  /** Its MachineDeployment, when it exists. */
  readonly deployment: MachineDeploymentView | undefined;
}

/**
 * The pools of a cluster with their MachineDeployments, sorted by id.
 *
 * @param cluster The cluster.
 * @param deployments MachineDeployments of the cluster.
 */
export function poolsOf(
  cluster: LatticeCluster,
  deployments: readonly MachineDeploymentView[],
): Pool[] {
  const names = clusterNames(cluster.metadata.name);
  const byName = new Map(deployments.map((one) => [one.metadata.name, one]));
  return Object.entries(cluster.spec.nodes.workerPools)
    .map(([id, spec]) => ({ id, spec, deployment: byName.get(names.pool(id).machineDeployment) }))
    .sort((a, b) => a.id.localeCompare(b.id));
}

/**
 * MachineDeployments of pools that the spec no longer has.
 *
 * @param cluster The cluster.
 * @param deployments MachineDeployments of the cluster.
 */
export function removedPools(
  cluster: LatticeCluster,
  deployments: readonly MachineDeploymentView[],
): MachineDeploymentView[] {
  const names = clusterNames(cluster.metadata.name);
  const wanted = new Set(
    Object.keys(cluster.spec.nodes.workerPools).map((id) => names.pool(id).machineDeployment),
  );
  return deployments.filter(({ metadata }) =>
    isPoolName(cluster, metadata.name) && !wanted.has(metadata.name)
  );
}

/**
 * Tells whether a name is one that Lattice gives to objects of a pool.
 *
 * @param cluster The cluster.
 * @param name Name of an object.
 */
export function isPoolName(cluster: LatticeCluster, name: string): boolean {
  return name.startsWith(`${cluster.metadata.name}-pool-`);
}

/**
 * The number of workers that a pool should have now. The autoscaler owns it within the bounds; the first size is that
 * of the spec, and nothing else raises a pool to its minimum.
 *
 * @param pool The pool.
 */
export function wantedReplicas({ spec, deployment }: Pool): number {
  if (!isAutoscaled(spec)) return spec.replicas;
  const [min, max] = [spec.min ?? 0, spec.max ?? spec.replicas];
  const present = deployment?.spec.replicas ?? spec.replicas;
  return deployment === undefined ? Math.min(Math.max(present, min), max) : Math.max(present, min);
}

/**
 * What the status says of a pool.
 *
 * @param pool The pool.
 */
export function poolStatus(pool: Pool): WorkerPoolStatus {
  const { spec, deployment } = pool;
  const autoscaled = isAutoscaled(spec);
  const outside = autoscaled &&
    (spec.replicas < (spec.min ?? 0) || spec.replicas > (spec.max ?? 0));
  return {
    desiredReplicas: wantedReplicas(pool),
    currentReplicas: deployment?.status.replicas ?? 0,
    readyReplicas: deployment?.status.readyReplicas ?? 0,
    ...(autoscaled ? { autoscalingEnabled: true } : {}),
    ...(outside
      ? { message: `replicas ${spec.replicas} is outside ${spec.min}..${spec.max} and is ignored` }
      : {}),
  };
}

/**
 * Tells whether a pool has exactly the ready workers of the wanted shape.
 *
 * @param pool The pool.
 * @param sets MachineSets of the cluster.
 */
export function isPoolReady(pool: Pool, sets: readonly MachineDeploymentView[]): boolean {
  const { deployment } = pool;
  if (deployment === undefined || !isRolledOut(deployment, sets)) return false;
  const { replicas, readyReplicas, upToDateReplicas, observedGeneration } = deployment.status;
  const wanted = wantedReplicas(pool);
  return observedGeneration >= deployment.metadata.generation && replicas === wanted &&
    readyReplicas === wanted && upToDateReplicas === wanted;
}
