/**
 * `CloudProvider`: its CRD, and the rules that look at more than one of its fields.
 *
 * @module
 */
import { cloudProviderSpecSchema, cloudProviderStatusSchema } from "./cloud_provider_schema.ts";
import type { CloudProvider } from "./cloud_provider_types.ts";
import { API_VERSION, CLOUD_PROVIDER_KIND, GROUP, VERSION } from "./constants.ts";
import type { Problem } from "./errors.ts";
import type { CrdManifest } from "./objects.ts";
import { crdManifest } from "./openapi.ts";
import { nameProblems, PROVIDER_NAME_RULES } from "./provider_name.ts";
import { cel } from "./schema_parts.ts";

/** Blocks of the spec that belong to one type each. */
const BLOCKS = ["aws", "openstack", "proxmox"] as const;

/**
 * The CRD of `CloudProvider`, generated from the same schema that parses files.
 *
 * @returns manifest, ready to apply
 */
export function cloudProviderCrd(): CrdManifest {
  return crdManifest({
    group: GROUP,
    version: VERSION,
    kind: CLOUD_PROVIDER_KIND,
    scope: "Namespaced",
    spec: cloudProviderSpecSchema,
    status: cloudProviderStatusSchema,
    description: `An account at a provider of machines (${API_VERSION})`,
    shortNames: ["cp"],
    categories: ["lattice"],
    rules: cel(...PROVIDER_NAME_RULES),
    columns: [
      { name: "Type", type: "string", jsonPath: ".spec.type" },
      { name: "Region", type: "string", jsonPath: ".spec.region" },
      { name: "Phase", type: "string", jsonPath: ".status.phase" },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ],
  });
}

/**
 * Checks the rules that the schema cannot express.
 *
 * Credentials may be absent here: `lattice install` takes them from the environment and writes the
 * reference itself.
 *
 * @param provider a CloudProvider that has the right shape
 * @returns problems; empty when it is valid
 */
export function validateCloudProvider(provider: CloudProvider): Problem[] {
  const { spec, metadata } = provider;
  const strangers = BLOCKS.filter((block) => spec[block] !== undefined && block !== spec.type);
  return [
    ...nameProblems(metadata.name, CLOUD_PROVIDER_KIND),
    ...strangers.map((block) => ({
      field: `spec.${block}`,
      reason: `is for accounts of type ${block}, but spec.type is ${spec.type}`,
      remedy: `leave it out, or set spec.type: ${block}`,
    })),
    ...(spec.aws?.subnetIds && spec.aws.vpcId === undefined
      ? [{
        field: "spec.aws.subnetIds",
        reason: "names subnets of no VPC",
        remedy: "write spec.aws.vpcId, or leave subnetIds out",
      }]
      : []),
    ...(spec.type === "docker" && spec.credentialsSecretRef
      ? [{
        field: "spec.credentialsSecretRef",
        reason: "names credentials, but docker has none",
        remedy: "leave it out",
      }]
      : []),
  ];
}
