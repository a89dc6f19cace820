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
import { isPoolName, type Pool, poolsOf, removedPools, wantedReplicas } from "./pools.ts";
import { controlPlaneView, isSettled, templateKey, templatesOf, view } from "./views.ts";

/** CAPI's MachineDeployment. */
export const MACHINE_DEPLOYMENT = {
  apiVersion: "cluster.x-k8s.io/v1beta2",
  kind: "MachineDeployment",
} as const;
/** CAPI's Cluster. */
export const CAPI_CLUSTER = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster" } as const;

/** What the objects of a cluster are part of. */
export type Part = "control plane" | "workers";

/** What one rendered object needs. */
export interface Step {
  /** What it is part of; infrastructure counts as control plane. */
  readonly part: Part;
  /** Writes that it needs now. */
  readonly actions: readonly ClusterAction[];
  /** Whether it is not yet as it is wanted, or was not until now. */
  readonly isPending: boolean;
}

/**
 * The writes that bring every rendered object to what is wanted. The size of an autoscaled pool is written when the pool
 * is made, and raised to its minimum; otherwise it is the autoscaler's.
 *
 * @param world What was read.
 * @returns One step an object, in application order.
 */
export function steps(world: ClusterWorld): Step[] {
  const { object, deployments } = world;
  const names = clusterNames(object.metadata.name);
  const pools = new Map(
    poolsOf(object, deployments).map((pool) => [names.pool(pool.id).machineDeployment, pool]),
  );
  return world.rendered.map(({ wanted, live }): Step => {
    const part = isPoolName(object, wanted.metadata.name) ? "workers" : "control plane";
    const pool = wanted.kind === "MachineDeployment" ? pools.get(wanted.metadata.name) : undefined;
    if (pool && awaitsControlPlane(world, wanted, live)) {
      return { part, actions: [], isPending: true };
    }
    const actions = pool ? poolWrites(pool, wanted, live) : applied(wanted, live);
    return { part, actions, isPending: actions.length > 0 };
  });
}

function poolWrites(pool: Pool, wanted: KubeObject, live: KubeObject | undefined): ClusterAction[] {
  if (!isAutoscaled(pool.spec)) return applied(wanted, live);
  const replicas = wantedReplicas(pool);
  if (live === undefined) return applied(withReplicas(wanted, replicas), live);
  return [
    ...applied(withReplicas(wanted, undefined), live),
    ...((pool.deployment?.spec.replicas ?? replicas) < replicas
      ? [{ do: "scale" as const, deployment: wanted.metadata.name, replicas }]
      : []),
  ];
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
  const present = at(liveControlPlane(world), "status", "version");
  return live === undefined ? present === undefined : present !== next;
}

/**
 * Whether an object is the control plane of a cluster.
 *
 * @param object A rendered object.
 */
export function isControlPlane({ kind }: KubeObject): boolean {
  return kind.endsWith("ControlPlane");
}

/**
 * The control plane as it is.
 *
 * @param world What was read.
 * @returns Undefined while there is none.
 */
export function liveControlPlane(
  { rendered }: Pick<ClusterWorld, "rendered">,
): KubeObject | undefined {
  return rendered.find(({ wanted }) => isControlPlane(wanted))?.live;
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
  const { object, deployments } = world;
  const { namespace } = clusterNames(object.metadata.name);
  const leaving = removedPools(object, deployments)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return [
    ...leaving.map(({ metadata }) => ({
      do: "delete" as const,
      ref: { ...MACHINE_DEPLOYMENT, namespace, name: metadata.name },
    })),
    ...unusedTemplates(world).map(({ apiVersion, kind, metadata }) => ({
      do: "delete" as const,
      ref: { apiVersion, kind, namespace, name: metadata.name },
    })),
  ];
}

function unusedTemplates(world: ClusterWorld): KubeObject[] {
  const { object, deployments, sets, templates, rendered } = world;
  const used = new Set([
    ...rendered.map(({ wanted: { kind, metadata } }) => templateKey(kind, metadata.name)),
    // A MachineSet that is still being replaced needs its old template.
    ...[...deployments, ...sets].flatMap(templatesOf),
  ]);
  const unused = templates.filter(({ kind, metadata }) =>
    !used.has(templateKey(kind, metadata.name)) && metadata.deletionTimestamp === undefined
  );
  const { controlPlaneTemplate } = clusterNames(object.metadata.name);
  const controlPlane = liveControlPlane(world);
  const settled = controlPlane !== undefined && isSettled(view(controlPlaneView, controlPlane));
  return unused.filter(({ metadata: { name } }) =>
    isPoolName(object, name) || (settled && isNamedAfter(name, controlPlaneTemplate))
  );
}

/** Whether a name is this one, or this one with the hash of another content. */
function isNamedAfter(name: string, plain: string): boolean {
  return name === plain ||
    /^-[0-9a-f]{8}$/.test(name.slice(plain.length)) && name.startsWith(plain);
}
