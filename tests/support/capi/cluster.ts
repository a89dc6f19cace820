/**
 * LatticeClusters of the docker provider for tests, and what is looked at of them.
 *
 * @module
 */
import { API_VERSION, CLUSTER_KIND } from "@lattice/api";
import type { KubeClient, KubeObject, Ref } from "@lattice/kube";
import { clusterNames } from "@lattice/providers";
import { z } from "zod";

/** Kind of a LatticeCluster. */
export const LATTICE_CLUSTER = { apiVersion: API_VERSION, kind: CLUSTER_KIND } as const;
const CAPI = "cluster.x-k8s.io/v1beta2";
/** CAPI's kinds that tests count. */
export const CAPI_KINDS = {
  cluster: { apiVersion: CAPI, kind: "Cluster" },
  machine: { apiVersion: CAPI, kind: "Machine" },
  deployment: { apiVersion: CAPI, kind: "MachineDeployment" },
  controlPlane: {
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta2",
    kind: "KubeadmControlPlane",
  },
  configTemplate: {
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta2",
    kind: "KubeadmConfigTemplate",
  },
  machineTemplate: {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1beta2",
    kind: "DevMachineTemplate",
  },
} as const;

/** What a cluster should look like. */
export interface Shape {
  /** Kubernetes version, without a leading `v`. */
  readonly version: string;
  /** Machines of the control plane. */
  readonly controlPlane: number;
  /** Worker pools by id, as in the LatticeCluster. */
  readonly pools: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * A LatticeCluster of the docker provider with kubeadm.
 *
 * @param name its name
 * @param shape what it should look like
 */
export function latticeCluster(name: string, shape: Shape): KubeObject {
  return {
    ...LATTICE_CLUSTER,
    metadata: { name },
    spec: {
      providerRef: "docker",
      provider: {
        kubernetes: { version: shape.version, bootstrap: "kubeadm" },
        config: { docker: {} },
      },
      nodes: { controlPlane: shape.controlPlane, workerPools: shape.pools },
    },
  };
}

const conditions = z.array(z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
  observedGeneration: z.number().optional(),
})).default([]);
const observed = z.object({
  metadata: z.object({ generation: z.number() }),
  status: z.object({ conditions, observedGeneration: z.number().optional() })
    .default({ conditions: [] }),
});

/** Conditions that hold before the objects of a cluster may move into it; `Ready` is for clusters that own themselves. */
const HEALTHY = ["InfrastructureReady", "ControlPlaneReady", "WorkersReady"];

/**
 * Whether a LatticeCluster that its parent manages has everything that its spec asks for.
 *
 * @param raw the LatticeCluster
 * @returns true when infrastructure, control plane and workers are ready at the present generation
 */
export function isHealthy(raw: KubeObject | undefined): boolean {
  if (raw === undefined) return false;
  const { metadata: { generation }, status } = observed.parse(raw);
  return HEALTHY.every((wanted) =>
    status.conditions.some(({ type, status, observedGeneration }) =>
      type === wanted && status === "True" && observedGeneration === generation
    )
  );
}

/**
 * Whether CAPI calls a Cluster available.
 *
 * @param raw the Cluster
 */
export function isAvailable(raw: KubeObject | undefined): boolean {
  return raw !== undefined && observed.parse(raw).status.conditions
    .some(({ type, status }) => type === "Available" && status === "True");
}

/**
 * What the conditions of an object say, for messages of failed tests.
 *
 * @param raw the object
 */
export function conditionsOf(raw: KubeObject | undefined): string {
  if (raw === undefined) return "absent";
  return observed.parse(raw).status.conditions
    .map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`)
    .join("\n");
}

/** The objects that tests look at, by name. */
export class ClusterUnderTest {
  /** The LatticeCluster. */
  readonly ref: Ref;
  /** Namespace of its CAPI objects. */
  readonly namespace: string;
  readonly #client: KubeClient;
  readonly #name: string;

  /** Names a cluster; nothing is read. */
  constructor(client: KubeClient, name: string) {
    this.#client = client;
    this.#name = name;
    this.ref = { ...LATTICE_CLUSTER, name };
    this.namespace = clusterNames(name).namespace;
  }

  /** Makes the LatticeCluster, or changes it to this shape. */
  async shape(shape: Shape): Promise<void> {
    await this.#client.apply(latticeCluster(this.#name, shape), {
      manager: "lattice-test",
      force: true,
      fieldValidation: "Strict",
    });
  }

  /** Waits until everything is ready at the present generation. */
  async untilHealthy(timeoutMs: number): Promise<KubeObject> {
    const healthy = await this.#client.wait<KubeObject>(this.ref, isHealthy, {
      timeoutMs,
      what: `LatticeCluster ${this.#name} to be healthy`,
    });
    return healthy as KubeObject;
  }

  /** Waits until CAPI itself calls the cluster available. */
  async untilAvailable(timeoutMs: number): Promise<void> {
    const ref = { ...CAPI_KINDS.cluster, namespace: this.namespace, name: this.#name };
    await this.#client.wait<KubeObject>(ref, isAvailable, {
      timeoutMs,
      what: `Cluster ${this.#name} to be Available`,
    });
  }

  /** Objects of one of CAPI's kinds. */
  async list<T = KubeObject>(kind: keyof typeof CAPI_KINDS): Promise<T[]> {
    const { items } = await this.#client.list<T>(CAPI_KINDS[kind], { namespace: this.namespace });
    return items;
  }

  /** One object of one of CAPI's kinds. */
  async find(kind: keyof typeof CAPI_KINDS, name: string): Promise<KubeObject | undefined> {
    return await this.#client.find({ ...CAPI_KINDS[kind], namespace: this.namespace, name });
  }
}
