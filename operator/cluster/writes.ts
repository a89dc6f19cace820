/**
 * Which objects of a cluster to write and which to delete. Pure.
 *
 * @module
 */
import { FIELD_MANAGER } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { clusterNames, isAutoscaled } from "@lattice/providers";
import type { ClusterAction, ClusterWorld } from "./decide.ts";
import { needsApply } from "./difference.ts";
import { isPoolName, poolsOf, removedPools, wantedReplicas } from "./pools.ts";
import { templateNames } from "./views.ts";

/** CAPI's MachineDeployment. */
export const MACHINE_DEPLOYMENT = {
  apiVersion: "cluster.x-k8s.io/v1beta2",
  kind: "MachineDeployment",
} as const;
/** CAPI's Cluster. */
export const CAPI_CLUSTER = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster" } as const;

/**
 * The writes that bring every rendered object to what is wanted. The size of an autoscaled pool is written when the pool
 * is made, and raised to its minimum; otherwise it is the autoscaler's.
 *
 * @param world What was read.
 */
export function writes(world: ClusterWorld): ClusterAction[] {
  const pools = new Map(
    poolsOf(world.object, world.deployments)
      .map((
        pool,
      ) => [clusterNames(world.object.metadata.name).pool(pool.id).machineDeployment, pool]),
  );
  return world.rendered.flatMap(({ wanted, live }): ClusterAction[] => {
    const pool = wanted.kind === "MachineDeployment" ? pools.get(wanted.metadata.name) : undefined;
    if (pool === undefined) return applied(wanted, live);
    if (awaitsControlPlane(world, wanted, live)) return [];
    if (!isAutoscaled(pool.spec)) return applied(wanted, live);
    const replicas = wantedReplicas(pool);
    if (live === undefined) return applied(withReplicas(wanted, replicas), live);
    return [
      ...applied(withReplicas(wanted, undefined), live),
      ...((pool.deployment?.spec.replicas ?? replicas) < replicas
        ? [{ do: "scale" as const, deployment: wanted.metadata.name, replicas }]
        : []),
    ];
  });
}

function applied(wanted: KubeObject, live: KubeObject | undefined): ClusterAction[] {
  // What is on its way out cannot be kept; it is made anew when it is gone.
  if (live?.metadata.deletionTimestamp !== undefined) return [];
  return needsApply(wanted, live, FIELD_MANAGER) ? [{ do: "apply", object: wanted }] : [];
}

/**
 * Workers never run a newer version than the control plane: a pool waits until that has finished its change. A new pool
 * waits for the first version, since CAPI would look again only a quarter of a minute after finding none.
 */
function awaitsControlPlane(
  world: ClusterWorld,
  wanted: KubeObject,
  live: KubeObject | undefined,
): boolean {
  const next = versionOf(wanted);
  if (live !== undefined && versionOf(live) === next) return false;
  const { controlPlane } = clusterNames(world.object.metadata.name);
  const owner = world.rendered.find(({ wanted: { kind, metadata } }) =>
    kind.endsWith("ControlPlane") && metadata.name === controlPlane
  );
  const present = at(owner?.live, "status", "version");
  return live === undefined ? present === undefined : present !== next;
}

function versionOf(deployment: KubeObject): unknown {
  return at(deployment, "spec", "template", "spec", "version");
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (here, key) =>
      typeof here === "object" && here !== null
        ? (here as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function withReplicas(deployment: KubeObject, replicas: number | undefined): KubeObject {
  const { replicas: _, ...spec } = deployment["spec"] as Record<string, unknown>;
  return { ...deployment, spec: replicas === undefined ? spec : { ...spec, replicas } };
}

/**
 * The deletions of MachineDeployments whose pools are gone, and of templates that nothing refers to any more.
 *
 * @param world What was read.
 */
export function prunes(world: ClusterWorld): ClusterAction[] {
  const { object, deployments, templates, rendered } = world;
  const { namespace } = clusterNames(object.metadata.name);
  const leaving = removedPools(object, deployments)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const used = new Set([
    ...rendered.map(({ wanted }) => wanted.metadata.name),
    ...deployments.flatMap(templateNames),
    ...world.usedTemplates,
  ]);
  const unused = templates.filter(({ metadata }) =>
    isPoolName(object, metadata.name) && !used.has(metadata.name) &&
    metadata.deletionTimestamp === undefined
  );
  return [
    ...leaving.map(({ metadata }) => ({
      do: "delete" as const,
      ref: { ...MACHINE_DEPLOYMENT, namespace, name: metadata.name },
    })),
    ...unused.map(({ apiVersion, kind, metadata }) => ({
      do: "delete" as const,
      ref: { apiVersion, kind, namespace, name: metadata.name },
    })),
  ];
}
