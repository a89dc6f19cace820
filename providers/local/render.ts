/**
 * Rendering for the local provider: processes instead of machines.
 *
 * There is no bootstrap configuration: machines name an empty Secret as their bootstrap data, and what a kubelet would
 * tell the API server about its node travels on the Machine (labels as an annotation, taints as CAPI's own field).
 *
 * @module
 */
import {
  type Bootstrap,
  type KubeObject,
  LOCAL_CONTROL_PLANE_GROUP,
  LOCAL_INFRASTRUCTURE_GROUP,
  LOCAL_VERSION,
  NODE_LABELS_ANNOTATION,
  type Taint,
} from "@lattice/api";
import { capiCluster } from "../capi_cluster.ts";
import { isAutoscaled, machineDeployment, type NamedPool, nodeLabels, poolsOf } from "../pools.ts";
import { certSANs, type Rendering } from "../rendering.ts";
import type {
  ContractReference,
  LocalCluster,
  LocalControlPlane,
  LocalMachineTemplate,
  MachineDeletion,
  MachineTaint,
} from "./types.ts";

/** Nothing runs on a simulated node that is worth a long wait; a person waits for the scale-down. */
const DELETION: MachineDeletion = { nodeDrainTimeoutSeconds: 10, nodeDeletionTimeoutSeconds: 10 };
const INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type";

const CONTROL_PLANE_LABELS: Readonly<Record<Bootstrap, Record<string, string>>> = {
  kubeadm: {
    "node-role.kubernetes.io/control-plane": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
  },
  rke2: {
    "node-role.kubernetes.io/control-plane": "true",
    "node-role.kubernetes.io/etcd": "true",
    [INSTANCE_TYPE_LABEL]: "rke2",
  },
};

const CONTROL_PLANE_TAINTS: Readonly<Record<Bootstrap, readonly Taint[]>> = {
  kubeadm: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
  rke2: [
    { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
    { key: "node-role.kubernetes.io/etcd", effect: "NoExecute" },
  ],
};

/**
 * Renders a local cluster.
 *
 * @param rendering the run
 * @returns Cluster, LocalCluster, LocalControlPlane, its template, then MachineDeployment and template a pool
 */
export function renderLocal(rendering: Rendering): KubeObject[] {
  return [
    capiCluster(
      rendering,
      { apiGroup: LOCAL_CONTROL_PLANE_GROUP, kind: "LocalControlPlane" },
      { apiGroup: LOCAL_INFRASTRUCTURE_GROUP, kind: "LocalCluster" },
    ),
    { ...localCluster(rendering) },
    { ...localControlPlane(rendering) },
    { ...machineTemplate(rendering, rendering.names.controlPlaneTemplate) },
    ...poolsOf(rendering).flatMap((pool) => [
      localDeployment(rendering, pool),
      { ...machineTemplate(rendering, rendering.names.pool(pool.id).machineTemplate) },
    ]),
  ];
}

function localCluster({ names, labels }: Rendering): LocalCluster {
  return {
    apiVersion: `${LOCAL_INFRASTRUCTURE_GROUP}/${LOCAL_VERSION}`,
    kind: "LocalCluster",
    metadata: { name: names.infrastructure, namespace: names.namespace, labels: { ...labels } },
    spec: {},
  };
}

function localControlPlane(rendering: Rendering): LocalControlPlane {
  const { cluster, names, labels, version } = rendering;
  const { bootstrap } = cluster.spec.provider.kubernetes;
  const sans = certSANs(cluster, ["127.0.0.1", "localhost"]);
  const taints = hasWorkers(rendering) ? CONTROL_PLANE_TAINTS[bootstrap].map(kept) : [];
  return {
    apiVersion: `${LOCAL_CONTROL_PLANE_GROUP}/${LOCAL_VERSION}`,
    kind: "LocalControlPlane",
    metadata: { name: names.controlPlane, namespace: names.namespace, labels: { ...labels } },
    spec: {
      replicas: cluster.spec.nodes.controlPlane,
      version,
      flavour: bootstrap,
      certSANs: sans,
      machineTemplate: {
        metadata: {
          annotations: {
            [NODE_LABELS_ANNOTATION]: JSON.stringify(CONTROL_PLANE_LABELS[bootstrap]),
          },
        },
        spec: {
          infrastructureRef: templateRef(names.controlPlaneTemplate),
          deletion: { ...DELETION },
          ...(taints.length > 0 ? { taints } : {}),
        },
      },
    },
  };
}

// Without a worker the control plane is the only place for pods.
function hasWorkers(rendering: Rendering): boolean {
  return poolsOf(rendering).some(({ pool }) => pool.replicas > 0 || isAutoscaled(pool));
}

function kept(taint: Taint): MachineTaint {
  return { ...taint, propagation: "Always" };
}

function templateRef(name: string): ContractReference {
  return { apiGroup: LOCAL_INFRASTRUCTURE_GROUP, kind: "LocalMachineTemplate", name };
}

function machineTemplate({ names, labels }: Rendering, name: string): LocalMachineTemplate {
  return {
    apiVersion: `${LOCAL_INFRASTRUCTURE_GROUP}/${LOCAL_VERSION}`,
    kind: "LocalMachineTemplate",
    metadata: { name, namespace: names.namespace, labels: { ...labels } },
    spec: { template: { spec: {} } },
  };
}

function localDeployment(rendering: Rendering, named: NamedPool): KubeObject {
  const { cluster, names } = rendering;
  const { bootstrap } = cluster.spec.provider.kubernetes;
  const taints = (named.pool.taints ?? []).map(kept);
  const type = named.pool.nodeClass ?? (bootstrap === "rke2" ? "rke2" : undefined);
  const labels = { ...(type ? { [INSTANCE_TYPE_LABEL]: type } : {}), ...nodeLabels(named) };
  return machineDeployment(rendering, named, {
    bootstrap: { dataSecretName: names.bootstrapSecret },
    infrastructureRef: { ...templateRef(names.pool(named.id).machineTemplate) },
    machineAnnotations: { [NODE_LABELS_ANNOTATION]: JSON.stringify(labels) },
    machineSpec: { deletion: { ...DELETION }, ...(taints.length > 0 ? { taints } : {}) },
  });
}
