/**
 * The objects of a cluster as Cluster API and the local provider leave them, made without any controller.
 *
 * @module
 */
import type { KubeClient, KubeObject, OwnerReference, Ref } from "@lattice/kube";

/** How large a fleet is. */
export interface FleetSize {
  /** MachineDeployments; each has one MachineSet. Default 1. */
  readonly pools?: number;
  /** Machines a pool; each has an infrastructure machine. Default 2. */
  readonly machines?: number;
  /** Whether Machines carry server-side apply ownership, as those that a MachineSet made. Default true. */
  readonly applied?: boolean;
}

/** A fleet to make. */
export interface Fleet extends FleetSize {
  /** Namespace; it is made, too. */
  readonly namespace: string;
  /** Name of the cluster. */
  readonly name: string;
}

const CAPI = "cluster.x-k8s.io/v1beta2";
const INFRASTRUCTURE = "infrastructure.lattice.dev/v1alpha1";
const CONTROL_PLANE = "controlplane.lattice.dev/v1alpha1";

/** An object to be made; `status` goes through the subresource. */
interface Draft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly owner?: KubeObject | undefined;
  readonly finalizers?: string[];
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly body?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
  /** Field manager of a server-side apply; default: plain creation. */
  readonly appliedBy?: string | undefined;
  /** Without the cluster's label. */
  readonly unlabelled?: boolean;
}

/**
 * Makes a fleet.
 *
 * @param client The cluster.
 * @param fleet What to make.
 * @returns How many objects belong to it.
 */
export async function makeFleet(client: KubeClient, fleet: Fleet): Promise<number> {
  const { namespace, name, pools = 1, machines = 2 } = fleet;
  const make = maker(client, fleet);
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const cluster = await make(clusterDraft(name));
  await Promise.all([
    make({
      apiVersion: INFRASTRUCTURE,
      kind: "LocalCluster",
      name,
      owner: cluster,
      finalizers: ["localcluster.infrastructure.lattice.dev"],
      body: { spec: { controlPlaneEndpoint: { host: "127.0.0.1", port: 20000 } } },
      appliedBy: "lattice-controller",
    }),
    make(templateDraft(`${name}-control-plane`, cluster)),
    make({ ...secretDraft(`${name}-sa`), unlabelled: true }),
    make({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "kube-root-ca.crt",
      body: { data: { "ca.crt": "stays" } },
      unlabelled: true,
    }),
    make({ ...secretDraft("somebody-elses"), unlabelled: true }),
  ]);
  const controlPlane = await make(controlPlaneDraft(name, cluster));
  await Promise.all([
    make({ ...secretDraft(`${name}-kubeconfig`), owner: controlPlane }),
    make({ ...secretDraft(`${name}-ca`), owner: controlPlane }),
    make({ ...secretDraft(`${name}-bootstrap`), owner: controlPlane }),
    ...Array.from({ length: pools }, (_, pool) => makePool(make, fleet, cluster, pool)),
  ]);
  return 8 + pools * (3 + 2 * machines);
}

type Make = (draft: Draft) => Promise<KubeObject>;

async function makePool(
  make: Make,
  fleet: Fleet,
  cluster: KubeObject,
  pool: number,
): Promise<void> {
  const { name, machines = 2, applied = true } = fleet;
  const poolName = `${name}-pool-${pool}`;
  await make(templateDraft(poolName, cluster));
  const selector = { matchLabels: { "cluster.x-k8s.io/deployment-name": poolName } };
  const template = {
    metadata: { labels: selector.matchLabels },
    spec: machineSpec(name, poolName, `${name}-bootstrap`, undefined),
  };
  const deployment = await make({
    apiVersion: CAPI,
    kind: "MachineDeployment",
    name: poolName,
    owner: cluster,
    finalizers: ["cluster.x-k8s.io/machinedeployment"],
    body: { spec: { clusterName: name, replicas: machines, selector, template } },
    appliedBy: "lattice-controller",
  });
  const set = await make({
    apiVersion: CAPI,
    kind: "MachineSet",
    name: `${poolName}-x7k2p`,
    owner: deployment,
    finalizers: ["cluster.x-k8s.io/machineset"],
    annotations: { "machinedeployment.clusters.x-k8s.io/revision": "1" },
    body: { spec: { clusterName: name, replicas: machines, selector, template } },
    appliedBy: applied ? "capi-machinedeployment" : undefined,
  });
  await forEachOf(machines, async (index) => {
    const machineName = `${poolName}-${String(index).padStart(4, "0")}`;
    const machine = await make({
      apiVersion: CAPI,
      kind: "Machine",
      name: machineName,
      owner: set,
      finalizers: ["machine.cluster.x-k8s.io"],
      labels: selector.matchLabels,
      body: { spec: machineSpec(name, machineName, `${name}-bootstrap`, machineName) },
      status: {
        nodeRef: { name: machineName },
        initialization: { infrastructureProvisioned: true, bootstrapDataSecretCreated: true },
      },
      appliedBy: applied ? "capi-machineset" : undefined,
    });
    await make({
      apiVersion: INFRASTRUCTURE,
      kind: "LocalMachine",
      name: machineName,
      owner: machine,
      finalizers: ["localmachine.infrastructure.lattice.dev"],
      body: { spec: { providerID: `local:///${name}/${machineName}` } },
      appliedBy: applied ? "capi-machineset" : undefined,
    });
  });
}

/** Does something for 0, 1, 2, ... with a bounded number at a time. */
async function forEachOf(amount: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < amount; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: 24 }, worker));
}

function maker(client: KubeClient, fleet: Fleet): Make {
  return async (draft) => {
    const object = objectOf(draft, fleet);
    const made = draft.appliedBy === undefined
      ? await client.create<KubeObject>(object, { fieldManager: "fleet" })
      : await client.apply<KubeObject>(object, { manager: draft.appliedBy, force: true });
    if (!draft.status) return made;
    const ref: Ref = { ...draft, namespace: fleet.namespace };
    return await client.patch<KubeObject>(ref, {
      type: "merge",
      subresource: "status",
      body: { status: draft.status },
    });
  };
}

function objectOf(draft: Draft, fleet: Fleet): KubeObject {
  const labels = draft.unlabelled ? {} : { "cluster.x-k8s.io/cluster-name": fleet.name };
  return {
    apiVersion: draft.apiVersion,
    kind: draft.kind,
    metadata: {
      name: draft.name,
      namespace: fleet.namespace,
      labels: { ...labels, ...draft.labels },
      ...(draft.annotations ? { annotations: draft.annotations } : {}),
      ...(draft.finalizers ? { finalizers: draft.finalizers } : {}),
      ...(draft.owner ? { ownerReferences: [ownerOf(draft.owner)] } : {}),
    },
    ...draft.body,
  };
}

function ownerOf(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata: { name, uid = "" } } = owner;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function clusterDraft(name: string): Draft {
  return {
    apiVersion: CAPI,
    kind: "Cluster",
    name,
    finalizers: ["cluster.cluster.x-k8s.io"],
    body: {
      spec: {
        controlPlaneEndpoint: { host: "127.0.0.1", port: 20000 },
        infrastructureRef: { apiGroup: "infrastructure.lattice.dev", kind: "LocalCluster", name },
        controlPlaneRef: {
          apiGroup: "controlplane.lattice.dev",
          kind: "LocalControlPlane",
          name: `${name}-control-plane`,
        },
      },
    },
    status: {
      initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
      conditions: [{
        type: "ControlPlaneInitialized",
        status: "True",
        reason: "Initialized",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      }],
    },
    appliedBy: "lattice-controller",
  };
}

function controlPlaneDraft(name: string, owner: KubeObject): Draft {
  return {
    apiVersion: CONTROL_PLANE,
    kind: "LocalControlPlane",
    name: `${name}-control-plane`,
    owner,
    finalizers: ["localcontrolplane.controlplane.lattice.dev"],
    body: {
      spec: {
        replicas: 1,
        version: "v1.35.4",
        flavour: "kubeadm",
        machineTemplate: {
          spec: {
            infrastructureRef: {
              apiGroup: "infrastructure.lattice.dev",
              kind: "LocalMachineTemplate",
              name: `${name}-control-plane`,
            },
          },
        },
      },
    },
    appliedBy: "lattice-controller",
  };
}

function templateDraft(name: string, owner: KubeObject): Draft {
  return {
    apiVersion: INFRASTRUCTURE,
    kind: "LocalMachineTemplate",
    name,
    owner,
    body: { spec: { template: { spec: {} } } },
    appliedBy: "lattice-controller",
  };
}

function secretDraft(name: string): Draft {
  return {
    apiVersion: "v1",
    kind: "Secret",
    name,
    body: {
      type: "cluster.x-k8s.io/secret",
      data: { value: btoa(`bytes of ${name}\u0000\u00ff`) },
    },
  };
}

function machineSpec(
  cluster: string,
  infrastructure: string,
  bootstrap: string,
  machine: string | undefined,
): Record<string, unknown> {
  return {
    clusterName: cluster,
    bootstrap: { dataSecretName: bootstrap },
    infrastructureRef: {
      apiGroup: "infrastructure.lattice.dev",
      kind: machine === undefined ? "LocalMachineTemplate" : "LocalMachine",
      name: infrastructure,
    },
    version: "v1.35.4",
    ...(machine === undefined ? {} : { providerID: `local:///${cluster}/${machine}` }),
  };
}
