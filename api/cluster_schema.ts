/**
 * The zod schema of `LatticeCluster`: the one place where shapes, bounds and defaults are written down.
 *
 * The CRD is generated from it (`cluster_crd.ts`). Rules that look at several fields are in
 * `validate.ts`, and beside it as CEL in the metadata here.
 *
 * @module
 */
import { z } from "zod";
import {
  cel,
  count,
  HOST_NAME,
  ipv4Cidr,
  KUBERNETES_VERSION,
  LABEL_VALUE,
  QUALIFIED_NAME,
  text,
} from "./schema_parts.ts";
import { LABEL_RULES, SPEC_RULES, TAINT_KEY_RULE } from "./cluster_rules.ts";
import { VERSION_RULES } from "./cluster_version.ts";
import { providerConfigSchema } from "./provider_schemas.ts";
import { statusSchema } from "./status_schema.ts";
import { API_VERSION, CLUSTER_KIND, SYSTEM_NAMESPACE } from "./constants.ts";
import type { LatticeCluster, LatticeClusterSpec, WorkerPool } from "./cluster_types.ts";
import type { ObjectMeta, OwnerReference } from "./objects.ts";

const port = (description: string) => count(description, 1, 65535);

const host = (description: string) =>
  z.string().max(253).regex(HOST_NAME, {
    error: "is not a DNS name or an IP address; write it without a scheme, a port or a path",
  }).describe(description);

const labelValue = z.string().max(63).regex(LABEL_VALUE, {
  error: "is not a label value; use up to 63 letters, digits, '-', '_' and '.'",
});
const qualifiedName = z.string().max(317).regex(QUALIFIED_NAME, {
  error: "is not a label key; write name or prefix/name with letters, digits, '-', '_' and '.'",
});

const kubernetesSchema = z.strictObject({
  version: z.string().max(64).regex(KUBERNETES_VERSION, {
    error: 'is not a Kubernetes version; write 1.MINOR.PATCH, e.g. "1.35.4"',
  }).describe("Kubernetes version; a leading v is tolerated"),
  certSANs: z.array(host("DNS name or IP address")).max(64)
    .describe("Further names and addresses in the API server's certificate").exactOptional(),
  bootstrap: z.enum(["kubeadm", "rke2"]).default("kubeadm")
    .describe("What turns a machine into a node"),
}).describe("Kubernetes itself").meta(cel(
  {
    rule: "self.bootstrap == oldSelf.bootstrap",
    message: "the bootstrap provider of a cluster cannot be changed",
    fieldPath: ".bootstrap",
  },
  {
    rule: "self.bootstrap == 'rke2' || !self.version.contains('+')",
    message: "an RKE2 revision needs bootstrap rke2",
    fieldPath: ".version",
  },
  ...VERSION_RULES,
));

const taintSchema = z.strictObject({
  key: qualifiedName.describe("Key").meta(cel(TAINT_KEY_RULE)),
  value: labelValue.describe("Value").exactOptional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
    .describe("What happens to pods that do not tolerate the taint"),
});

/** A pool of workers. */
export const workerPoolSchema: z.ZodType<WorkerPool> = z.strictObject({
  displayName: text("Name for people").exactOptional(),
  replicas: count("Number of workers; with min and max the first number only", 0, 5000),
  nodeClass: text("Shape of the machines: instance type, flavor, or on Proxmox CORESxMIB[xGB]")
    .exactOptional(),
  labels: z.record(qualifiedName, labelValue).describe("Node labels")
    .meta({ maxProperties: 64, ...cel(...LABEL_RULES) }).exactOptional(),
  taints: z.array(taintSchema).max(64).describe("Node taints")
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key", "effect"] })
    .exactOptional(),
  min: count("Smallest number; with max the autoscaler owns the number", 1, 5000).exactOptional(),
  max: count("Largest number", 1, 5000).exactOptional(),
}).describe("Workers of one shape").meta(cel(
  { rule: "has(self.min) == has(self.max)", message: "min and max must be set together" },
  {
    rule: "!has(self.min) || !has(self.max) || self.min <= self.max",
    message: "min must not be above max",
    fieldPath: ".min",
  },
  {
    rule: "!has(self.min) || !has(self.max) || self.min > self.max || " +
      "(self.replicas >= self.min && self.replicas <= self.max)",
    message: "replicas must lie within min and max",
    fieldPath: ".replicas",
  },
));

const nodesSchema = z.strictObject({
  controlPlane: count("Number of control-plane machines; odd", 1, 9)
    .meta(cel({ rule: "self % 2 == 1", message: "controlPlane must be odd" })),
  workerPools: z.record(z.string(), workerPoolSchema).default({}).describe("Worker pools by id")
    .meta({
      maxProperties: 64,
      ...cel({
        rule: "self.all(id, id.size() <= 40 && id.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$'))",
        message: "the id of a pool must be a DNS label of at most 40 characters",
      }),
    }),
}).describe("Machines");

const parentSchema = z.strictObject({
  host: host("Address of the load balancer; found out on clouds").exactOptional(),
  grpcPort: port("Port of the agents' stream").default(50051),
  bootstrapPort: port("Port of the bootstrap webhook").default(8443),
  proxyPort: port("Port of the CAPI proxy").default(8081),
  service: z.strictObject({
    type: z.enum(["LoadBalancer", "NodePort", "ClusterIP"]).describe("Type of the Service"),
  }).describe("The Service in front"),
}).describe("Present: the cluster can provision child clusters").meta(cel({
  rule: "self.grpcPort != self.bootstrapPort && self.grpcPort != self.proxyPort && " +
    "self.bootstrapPort != self.proxyPort",
  message: "grpcPort, bootstrapPort and proxyPort must differ",
}));

const secretRefSchema = z.strictObject({
  name: text("Name of the Secret"),
  namespace: text("Namespace of the Secret", 63).default(SYSTEM_NAMESPACE),
}).describe("Overrides the credentials of the CloudProvider for this cluster");

/** `spec` of a LatticeCluster. */
export const clusterSpecSchema: z.ZodType<LatticeClusterSpec> = z.strictObject({
  providerRef: text("Name of the CloudProvider that holds the credentials"),
  provider: z.strictObject({
    kubernetes: kubernetesSchema,
    config: providerConfigSchema,
    credentialsSecretRef: secretRefSchema.exactOptional(),
  }).describe("Kubernetes and the infrastructure below it").meta(cel({
    rule: "self.kubernetes.bootstrap != 'rke2' || !has(self.config.aws) || " +
      "self.config.aws.loadBalancerType != 'classic'",
    message: "loadBalancerType classic needs bootstrap kubeadm",
    fieldPath: ".config.aws.loadBalancerType",
  })),
  nodes: nodesSchema,
  networking: z.strictObject({
    default: z.strictObject({ cidr: ipv4Cidr.describe("Block of addresses") })
      .describe("The default pool").exactOptional(),
  }).describe("Addresses for Services of type LoadBalancer").exactOptional(),
  parentConfig: parentSchema.exactOptional(),
  environment: text("Free text, shown only").exactOptional(),
  region: text("Free text, shown only").exactOptional(),
}).describe("What is wanted of a cluster").meta(cel(...SPEC_RULES));

const ownerSchema: z.ZodType<OwnerReference> = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().exactOptional(),
  blockOwnerDeletion: z.boolean().exactOptional(),
});

/** Metadata of any object, as an API server returns it; fields that Lattice does not use are dropped. */
export const metadataSchema: z.ZodType<ObjectMeta> = z.object({
  name: z.string(),
  namespace: z.string().exactOptional(),
  generateName: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  annotations: z.record(z.string(), z.string()).exactOptional(),
  uid: z.string().exactOptional(),
  resourceVersion: z.string().exactOptional(),
  generation: z.int().exactOptional(),
  creationTimestamp: z.string().exactOptional(),
  deletionTimestamp: z.string().exactOptional(),
  deletionGracePeriodSeconds: z.int().exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
  ownerReferences: z.array(ownerSchema).exactOptional(),
  managedFields: z.array(z.unknown()).exactOptional(),
});

/** A LatticeCluster, as a person writes it or an API server returns it; fills in defaults. */
export const clusterSchema: z.ZodType<LatticeCluster> = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(CLUSTER_KIND),
  metadata: metadataSchema,
  spec: clusterSpecSchema,
  status: statusSchema.exactOptional(),
});
