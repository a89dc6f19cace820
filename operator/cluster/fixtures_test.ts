/**
 * Builders of what the ClusterController reads, for the tests beside the code. No tests of its own.
 *
 * @module
 */
import { FIELD_MANAGER, FINALIZER, type LatticeCluster, parseCluster } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { renderCluster } from "@lattice/providers";
import type { ClusterWorld } from "./decide.ts";
import {
  type CapiClusterView,
  capiClusterView,
  type MachineDeploymentView,
  machineDeploymentView,
} from "./views.ts";

/** A time for `deletionTimestamp`. */
export const DELETED = "2026-01-01T00:00:00Z";

/** A LatticeCluster `demo` of generation 3 with the given pools. */
export function aLatticeCluster(
  pools: Record<string, unknown> = { general: { replicas: 2 } },
  over: { controlPlane?: number; metadata?: Record<string, unknown>; status?: unknown } = {},
): LatticeCluster {
  const { controlPlane = 1, metadata, status } = over;
  const cluster = parseCluster(JSON.stringify({
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeCluster",
    metadata: { name: "demo" },
    spec: {
      providerRef: "local",
      provider: { kubernetes: { version: "1.35.4" }, config: { local: {} } },
      nodes: { controlPlane, workerPools: pools },
    },
  }));
  return {
    ...cluster,
    metadata: { ...cluster.metadata, generation: 3, finalizers: [FINALIZER], ...metadata },
    ...(status === undefined ? {} : { status: status as NonNullable<LatticeCluster["status"]> }),
  };
}

/** A provisioned Cluster whose control plane has the given number of machines, all ready. */
export function aCapiCluster(
  replicas = 1,
  over: { metadata?: unknown; spec?: unknown; status?: unknown } = {},
): CapiClusterView {
  return capiClusterView.parse({
    metadata: { name: "demo", ...over.metadata as object },
    spec: { controlPlaneEndpoint: { host: "127.0.0.1", port: 20_000 }, ...over.spec as object },
    status: {
      initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
      controlPlane: { replicas, readyReplicas: replicas, upToDateReplicas: replicas },
      ...over.status as object,
    },
  });
}

/** A MachineDeployment of a pool with the given size; by default all of it is ready. */
export function aDeployment(
  pool: string,
  replicas: number,
  ready = replicas,
): MachineDeploymentView {
  return machineDeploymentView.parse({
    metadata: { name: `demo-pool-${pool}`, generation: 1 },
    spec: {
      replicas,
      template: {
        spec: { infrastructureRef: { kind: "LocalMachineTemplate", name: `demo-pool-${pool}` } },
      },
    },
    status: {
      replicas,
      readyReplicas: ready,
      upToDateReplicas: replicas,
      observedGeneration: 1,
    },
  });
}

/** An object as the API server would return it after this manager applied it. */
export function appliedObject(wanted: KubeObject): KubeObject {
  const { labels, annotations } = wanted.metadata;
  const fieldsV1 = fieldsOf({
    ...wanted,
    apiVersion: undefined,
    kind: undefined,
    metadata: labels || annotations ? { labels, annotations } : undefined,
  });
  const managedFields = [{ manager: FIELD_MANAGER, operation: "Apply", fieldsV1 }];
  return { ...wanted, metadata: { ...wanted.metadata, managedFields } };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(([, child]) => child !== undefined)
      .map(([key, child]) => [`f:${key}`, fieldsOf(child)]),
  );
}

/** A world in which everything that a cluster wants is there and healthy; the cluster is *self*. */
export function aWorld(object = aLatticeCluster(), over: Partial<ClusterWorld> = {}): ClusterWorld {
  const pools = Object.entries(object.spec.nodes.workerPools);
  return {
    object,
    problems: [],
    self: true,
    fenced: false,
    moving: false,
    namespaceExists: true,
    isControlPlaneSettled: true,
    cluster: aCapiCluster(object.spec.nodes.controlPlane),
    deployments: pools.map(([id, { replicas }]) => aDeployment(id, replicas)),
    rendered: renderCluster(object).map((wanted) => ({ wanted, live: appliedObject(wanted) })),
    templates: [],
    sets: [],
    ...over,
  };
}
