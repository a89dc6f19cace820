/**
 * The zod schemas of the local provider's kinds; the CRDs are generated from them.
 *
 * Specs are strict. Statuses drop what they do not know, so that a newer operator's status can be read.
 *
 * @module
 */
import { cel, conditionsSchema, metadataSchema, type Schema } from "@lattice/api";
import { z } from "zod";
import type {
  LocalCluster,
  LocalClusterSpec,
  LocalClusterStatus,
  LocalControlPlane,
  LocalControlPlaneSpec,
  LocalControlPlaneStatus,
  LocalMachine,
  LocalMachineSpec,
  LocalMachineStatus,
  LocalMachineTemplate,
} from "./types.ts";

const conditions = zod(conditionsSchema);
const metadata = zod(metadataSchema);
const text = (description: string, max: number) => z.string().min(1).max(max).describe(description);
const amount = (description: string) => z.int().min(0).max(100_000).describe(description);
const seconds = (description: string) => z.int().min(0).max(86_400).describe(description);

const endpoint = z.strictObject({
  host: text("Host name or address", 512),
  port: z.int().min(1).max(65535).describe("Port"),
}).describe("Where the API server answers");

const labels = z.record(z.string(), z.string());
const templateMeta = z.strictObject({
  labels: labels.describe("Labels").exactOptional(),
  annotations: labels.describe("Annotations").exactOptional(),
}).describe("Labels and annotations of what is made from the template");

const provisioned = z.object({
  provisioned: z.boolean().describe("Whether it is there; never false again").exactOptional(),
}).describe("Progress of the first provisioning (CAPI contract)");

const clusterSpec = z.strictObject({
  controlPlaneEndpoint: endpoint.exactOptional(),
}).describe("Infrastructure of a cluster of local processes");

const clusterStatus = z.object({
  initialization: provisioned.exactOptional(),
  conditions: conditions.exactOptional(),
}).describe("What was seen");

const machineSpec = z.strictObject({
  providerID: text("local:///CLUSTER/MACHINE, equal to that of the Node", 512).exactOptional(),
}).describe("A simulated machine");

const machineStatus = z.object({
  initialization: provisioned.exactOptional(),
  addresses: z.array(z.object({
    type: z.enum(["Hostname", "ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS"])
      .describe("Kind of address"),
    address: text("The address", 256),
  })).max(32).describe("Addresses of the Node").exactOptional(),
  conditions: conditions.exactOptional(),
}).describe("What was seen");

const templateSpec = z
  .strictObject({
    template: z.strictObject({
      metadata: templateMeta.exactOptional(),
      spec: z.strictObject({}).describe("Nothing can be chosen"),
    }).describe("What machines look like"),
  }).describe("What machines are made from")
  .meta(cel({ rule: "self == oldSelf", message: "a machine template cannot be changed" }));

const taint = z.strictObject({
  key: text("Key", 317),
  value: z.string().max(63).describe("Value").exactOptional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).describe("Effect"),
  propagation: z.enum(["Always", "OnInitialization"]).describe("Whether CAPI keeps the taint"),
});

const machineTemplate = z.strictObject({
  metadata: templateMeta.exactOptional(),
  spec: z.strictObject({
    infrastructureRef: z.strictObject({
      apiGroup: text("API group", 253),
      kind: text("Kind", 63),
      name: text("Name", 253),
    }).describe("The machine template"),
    deletion: z.strictObject({
      nodeDrainTimeoutSeconds: seconds("Longest drain; 0: no limit").exactOptional(),
      nodeVolumeDetachTimeoutSeconds: seconds("Longest wait for volumes; 0: no limit")
        .exactOptional(),
      nodeDeletionTimeoutSeconds: seconds("Longest try to delete the Node; 0: no limit")
        .exactOptional(),
    }).describe("How a Machine is taken down").exactOptional(),
    taints: z.array(taint).max(64).describe("Taints of the Nodes").meta({
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key", "effect"],
    }).exactOptional(),
  }).describe("Spec of the Machines"),
}).describe("What control-plane machines look like");

const controlPlaneSpec = z.strictObject({
  replicas: amount("Number of control-plane machines"),
  version: z.string().max(256).regex(/^v[0-9]+\.[0-9]+\.[0-9]+([-+][-0-9a-zA-Z_.+]*)?$/)
    .describe("Kubernetes version with v"),
  flavour: z.enum(["kubeadm", "rke2"]).default("kubeadm")
    .describe("Which distribution's habits the API server follows"),
  certSANs: z.array(text("DNS name or IP address", 253)).max(128)
    .describe("Further names and addresses in the API server's certificate").exactOptional(),
  machineTemplate,
}).describe("Control plane of a cluster of local processes");

const controlPlaneStatus = z.object({
  initialization: z.object({
    controlPlaneInitialized: z.boolean()
      .describe("Whether the API server answered; never false again").exactOptional(),
  }).describe("Progress of the first provisioning (CAPI contract)").exactOptional(),
  selector: z.string().max(1024).describe("Label selector of the machines").exactOptional(),
  replicas: amount("Machines").exactOptional(),
  readyReplicas: amount("Machines that are ready").exactOptional(),
  availableReplicas: amount("Machines that are available").exactOptional(),
  upToDateReplicas: amount("Machines that look as the spec wants").exactOptional(),
  version: z.string().max(256).describe("Version that the API server runs").exactOptional(),
  observedGeneration: z.int().min(0).describe("Generation that the status is about")
    .exactOptional(),
  conditions: conditions.exactOptional(),
}).describe("What was seen");

/** `spec` of LocalCluster. */
export const localClusterSpecSchema: Schema<LocalClusterSpec> = clusterSpec;
/** `status` of LocalCluster. */
export const localClusterStatusSchema: Schema<LocalClusterStatus> = clusterStatus;
/** `spec` of LocalMachine. */
export const localMachineSpecSchema: Schema<LocalMachineSpec> = machineSpec;
/** `status` of LocalMachine. */
export const localMachineStatusSchema: Schema<LocalMachineStatus> = machineStatus;
/** `spec` of LocalMachineTemplate. */
export const localMachineTemplateSpecSchema: Schema<LocalMachineTemplate["spec"]> = templateSpec;
/** `spec` of LocalControlPlane. */
export const localControlPlaneSpecSchema: Schema<LocalControlPlaneSpec> = controlPlaneSpec;
/** `status` of LocalControlPlane. */
export const localControlPlaneStatusSchema: Schema<LocalControlPlaneStatus> = controlPlaneStatus;

/** LocalCluster, as an API server returns it. */
export const localClusterSchema: Schema<LocalCluster> = z.object({
  apiVersion: z.literal("infrastructure.lattice.dev/v1alpha1"),
  kind: z.literal("LocalCluster"),
  metadata,
  spec: clusterSpec,
  status: clusterStatus.exactOptional(),
});

/** LocalMachine, as an API server returns it. */
export const localMachineSchema: Schema<LocalMachine> = z.object({
  apiVersion: z.literal("infrastructure.lattice.dev/v1alpha1"),
  kind: z.literal("LocalMachine"),
  metadata,
  spec: machineSpec.default({}),
  status: machineStatus.exactOptional(),
});

/** LocalMachineTemplate, as an API server returns it. */
export const localMachineTemplateSchema: Schema<LocalMachineTemplate> = z.object({
  apiVersion: z.literal("infrastructure.lattice.dev/v1alpha1"),
  kind: z.literal("LocalMachineTemplate"),
  metadata,
  spec: templateSpec,
});

/** LocalControlPlane, as an API server returns it. */
export const localControlPlaneSchema: Schema<LocalControlPlane> = z.object({
  apiVersion: z.literal("controlplane.lattice.dev/v1alpha1"),
  kind: z.literal("LocalControlPlane"),
  metadata,
  spec: controlPlaneSpec,
  status: controlPlaneStatus.exactOptional(),
});

// The schemas of `@lattice/api` are zod's behind their published type.
function zod<T>(schema: Schema<T>): z.ZodType<T> {
  if (!(schema instanceof z.ZodType)) {
    throw new TypeError("Cannot embed a schema that is not zod's");
  }
  return schema as unknown as z.ZodType<T>;
}
