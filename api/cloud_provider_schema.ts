/**
 * The zod schema of `CloudProvider`, from which its CRD is generated, and the pieces that
 * `SecretsProvider` shares.
 *
 * @module
 */
import { z } from "zod";
import { metadataSchema } from "./cluster_schema.ts";
import type {
  CloudProvider,
  CloudProviderSpec,
  CloudProviderStatus,
  SecretReference,
} from "./cloud_provider_types.ts";
import { API_VERSION, CLOUD_PROVIDER_KIND, SYSTEM_NAMESPACE } from "./constants.ts";
import { cel, type CelRule, LABEL_VALUE, QUALIFIED_NAME, text } from "./schema_parts.ts";
import { conditionsSchema } from "./status_schema.ts";

/** `http` or `https`, a host, no user, no query: secrets have no place in a URL. */
const HTTP_URL = /^https?:\/\/[A-Za-z0-9.\-[\]:]+(\/[^\s@?#]*)?$/;

/**
 * The URL of an API.
 *
 * @param description for the CRD
 * @returns schema
 */
export function httpUrl(description: string): z.ZodString {
  return z.string().max(2048).regex(HTTP_URL, {
    error: "is not a URL of an API; write https://HOST[:PORT][/PATH], without user and query",
  }).describe(description);
}

/** Names a Secret; its namespace defaults to Lattice's own. */
export const secretReferenceSchema: z.ZodType<SecretReference> = z.strictObject({
  name: text("Name of the Secret"),
  namespace: text("Namespace of the Secret", 63).default(SYSTEM_NAMESPACE),
}).describe("Secret with the credentials");

/** Fields that the statuses of both kinds have. */
export const providerStatusShape = {
  phase: z.enum(["Pending", "Ready", "Failed"]).describe("Where it is in its life")
    .exactOptional(),
  message: z.string().describe("Sentence for people").exactOptional(),
  lastValidated: z.string().describe("When it was looked at last").meta({ format: "date-time" })
    .exactOptional(),
  conditions: conditionsSchema.exactOptional(),
  observedGeneration: z.int().min(0).describe("Generation that the status is about")
    .exactOptional(),
};

const blockRule = (type: string): CelRule => ({
  rule: `!has(self.${type}) || self.type == '${type}'`,
  message: `${type} is for accounts of type ${type} only`,
  fieldPath: `.${type}`,
});

/** `spec` of a CloudProvider. */
export const cloudProviderSpecSchema: z.ZodType<CloudProviderSpec> = z.strictObject({
  type: z.enum(["aws", "docker", "openstack", "proxmox"]).describe("Type of the provider"),
  region: text("Region").exactOptional(),
  credentialsSecretRef: secretReferenceSchema.exactOptional(),
  aws: z.strictObject({
    vpcId: text("VPC that clusters of this account share").exactOptional(),
    subnetIds: z.array(text("Id of a subnet")).max(64).describe("Subnets of the VPC")
      .exactOptional(),
    sshKeyName: text("Key pair of the machines").exactOptional(),
    roleArn: text("Role that is assumed with the credentials", 2048).exactOptional(),
  }).describe("What AWS needs beside credentials").exactOptional(),
  proxmox: z.strictObject({
    serverUrl: httpUrl("URL of the API, https://HOST:8006"),
    node: text("Node that machines are cloned on").exactOptional(),
    storage: text("Storage for disks").exactOptional(),
  }).describe("What Proxmox needs beside credentials").exactOptional(),
  openstack: z.strictObject({
    authUrl: httpUrl("URL of Keystone, https://HOST:5000/v3"),
    networkId: text("Network of the machines").exactOptional(),
    floatingIpPool: text("Pool of floating IP addresses").exactOptional(),
  }).describe("What OpenStack needs beside credentials").exactOptional(),
  labels: z.record(
    z.string().max(317).regex(QUALIFIED_NAME, {
      error: "is not a label key; write name or prefix/name",
    }),
    z.string().max(63).regex(LABEL_VALUE, {
      error: "is not a label value; use up to 63 letters, digits, '-', '_' and '.'",
    }),
  ).describe("Labels for people and selectors").exactOptional(),
}).describe("What is wanted of an account").meta(cel(
  {
    rule: "self.type == oldSelf.type",
    message: "the type of an account cannot be changed",
    fieldPath: ".type",
  },
  blockRule("aws"),
  blockRule("proxmox"),
  blockRule("openstack"),
  {
    rule: "!has(self.aws) || !has(self.aws.subnetIds) || has(self.aws.vpcId)",
    message: "subnetIds need a vpcId",
    fieldPath: ".aws",
  },
));

/** `status` of a CloudProvider. */
export const cloudProviderStatusSchema: z.ZodType<CloudProviderStatus> = z.object({
  ...providerStatusShape,
  clusterCount: z.int().min(0).describe("Number of clusters that refer to it").exactOptional(),
}).describe("What was seen of an account");

/** A CloudProvider, as a person writes it or an API server returns it; fills in defaults. */
export const cloudProviderSchema: z.ZodType<CloudProvider> = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(CLOUD_PROVIDER_KIND),
  metadata: metadataSchema,
  spec: cloudProviderSpecSchema,
  status: cloudProviderStatusSchema.exactOptional(),
});
