/**
 * The CustomResourceDefinitions of the local provider.
 *
 * The label `cluster.x-k8s.io/v1beta2` tells CAPI which version follows its contract; the label of clusterctl makes
 * a move take the kinds along.
 *
 * @module
 */
import {
  type CrdManifest,
  crdManifest,
  LOCAL_CONTROL_PLANE_GROUP,
  LOCAL_INFRASTRUCTURE_GROUP,
  LOCAL_VERSION,
  type PrinterColumn,
} from "@lattice/api";
import {
  localClusterSpecSchema,
  localClusterStatusSchema,
  localControlPlaneSpecSchema,
  localControlPlaneStatusSchema,
  localMachineSpecSchema,
  localMachineStatusSchema,
  localMachineTemplateSpecSchema,
} from "./schemas.ts";

const LABELS = {
  "cluster.x-k8s.io/v1beta2": LOCAL_VERSION,
  "cluster.x-k8s.io/provider": "infrastructure-lattice-local",
  "clusterctl.cluster.x-k8s.io": "",
};

const CLUSTER: PrinterColumn = {
  name: "Cluster",
  type: "string",
  jsonPath: ".metadata.labels['cluster\\.x-k8s\\.io/cluster-name']",
};
const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
const common = {
  version: LOCAL_VERSION,
  scope: "Namespaced",
  labels: LABELS,
  categories: ["cluster-api", "lattice"],
} as const;

/**
 * The CRDs of LocalCluster, LocalMachine, LocalMachineTemplate and LocalControlPlane.
 *
 * @returns manifests, ready to apply
 */
export function localCrds(): CrdManifest[] {
  return [
    crdManifest({
      ...mutable(common),
      group: LOCAL_INFRASTRUCTURE_GROUP,
      kind: "LocalCluster",
      specOptional: true,
      spec: localClusterSpecSchema,
      status: localClusterStatusSchema,
      description: "Infrastructure of a cluster of local processes",
      shortNames: ["loccl"],
      columns: [
        CLUSTER,
        { name: "Ready", type: "boolean", jsonPath: ".status.initialization.provisioned" },
        { name: "Host", type: "string", jsonPath: ".spec.controlPlaneEndpoint.host" },
        { name: "Port", type: "integer", jsonPath: ".spec.controlPlaneEndpoint.port" },
        AGE,
      ],
    }),
    crdManifest({
      ...mutable(common),
      group: LOCAL_INFRASTRUCTURE_GROUP,
      kind: "LocalMachine",
      specOptional: true,
      spec: localMachineSpecSchema,
      status: localMachineStatusSchema,
      description: "A simulated machine",
      shortNames: ["locm"],
      columns: [
        CLUSTER,
        { name: "Ready", type: "boolean", jsonPath: ".status.initialization.provisioned" },
        { name: "ProviderID", type: "string", jsonPath: ".spec.providerID", priority: 1 },
        AGE,
      ],
    }),
    crdManifest({
      ...mutable(common),
      group: LOCAL_INFRASTRUCTURE_GROUP,
      kind: "LocalMachineTemplate",
      spec: localMachineTemplateSpecSchema,
      description: "What simulated machines are made from",
      shortNames: ["locmt"],
      columns: [CLUSTER, AGE],
    }),
    controlPlaneCrd(),
  ];
}

function controlPlaneCrd(): CrdManifest {
  return crdManifest({
    ...mutable(common),
    labels: { ...LABELS, "cluster.x-k8s.io/provider": "control-plane-lattice-local" },
    group: LOCAL_CONTROL_PLANE_GROUP,
    kind: "LocalControlPlane",
    spec: localControlPlaneSpecSchema,
    status: localControlPlaneStatusSchema,
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    },
    description: "Control plane of a cluster of local processes",
    shortNames: ["loccp"],
    columns: [
      CLUSTER,
      {
        name: "Initialized",
        type: "boolean",
        jsonPath: ".status.initialization.controlPlaneInitialized",
      },
      { name: "Desired", type: "integer", jsonPath: ".spec.replicas" },
      { name: "Ready", type: "integer", jsonPath: ".status.readyReplicas" },
      { name: "Version", type: "string", jsonPath: ".spec.version" },
      AGE,
    ],
  });
}

function mutable(options: typeof common): {
  version: string;
  scope: "Namespaced";
  labels: Record<string, string>;
  categories: string[];
} {
  return { ...options, categories: [...options.categories] };
}
