/**
 * The CustomResourceDefinitions of services, external services and service policies.
 *
 * @module
 */
import {
  API_VERSION,
  EXTERNAL_SERVICE_KIND,
  GROUP,
  MAX_SERVICE_NAME,
  SERVICE_KIND,
  SERVICE_POLICY_KIND,
  VERSION,
} from "./constants.ts";
import { externalServiceSpecSchema, externalServiceStatusSchema } from "./external_schema.ts";
import type { CrdManifest, PrinterColumn } from "./objects.ts";
import { crdManifest } from "./openapi.ts";
import { cel, type CelRule } from "./schema_parts.ts";
import { servicePolicySpecSchema, servicePolicyStatusSchema } from "./service_policy_schema.ts";
import { serviceSpecSchema, serviceStatusSchema } from "./service_schema.ts";

const PHASE: PrinterColumn = { name: "Phase", type: "string", jsonPath: ".status.phase" };
const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

const COMMON = {
  group: GROUP,
  version: VERSION,
  scope: "Namespaced",
  categories: ["lattice"],
} as const;

// A namespace cannot be read by a rule (only name and generateName of the metadata can): the operator and
// the parser refuse system namespaces.
const NAME_RULES: readonly CelRule[] = [
  {
    rule: `self.metadata.name.size() <= ${MAX_SERVICE_NAME} && ` +
      "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    message:
      `metadata.name must be a DNS label of at most ${MAX_SERVICE_NAME} characters that starts with a letter`,
  },
  {
    rule: "!self.metadata.name.matches('-(waypoint(-egress)?|gateway-istio)$') && " +
      "!(self.metadata.name in ['default', 'waypoint'])",
    message: "metadata.name is reserved: default, waypoint and names that end in -waypoint, " +
      "-waypoint-egress or -gateway-istio are identities of the mesh",
  },
];

/**
 * The CRD of `LatticeService`, generated from the same schema that parses files.
 *
 * @returns manifest, ready to apply
 */
export function latticeServiceCrd(): CrdManifest {
  return crdManifest({
    ...COMMON,
    categories: [...COMMON.categories],
    kind: SERVICE_KIND,
    spec: serviceSpecSchema,
    status: serviceStatusSchema,
    description: `A workload, what it calls and who may call it (${API_VERSION})`,
    shortNames: ["ls"],
    rules: cel(...NAME_RULES),
    columns: [
      { name: "Strategy", type: "string", jsonPath: ".spec.deploy.strategy" },
      PHASE,
      AGE,
    ],
  });
}

/**
 * The CRD of `LatticeExternalService`.
 *
 * @returns manifest, ready to apply
 */
export function latticeExternalServiceCrd(): CrdManifest {
  return crdManifest({
    ...COMMON,
    categories: [...COMMON.categories],
    kind: EXTERNAL_SERVICE_KIND,
    spec: externalServiceSpecSchema,
    status: externalServiceStatusSchema,
    description: `Something outside of the cluster, and who may call it (${API_VERSION})`,
    shortNames: ["lext"],
    rules: cel(...NAME_RULES),
    columns: [PHASE, AGE],
  });
}

/**
 * The CRD of `LatticeServicePolicy`.
 *
 * @returns manifest, ready to apply
 */
export function latticeServicePolicyCrd(): CrdManifest {
  return crdManifest({
    ...COMMON,
    categories: [...COMMON.categories],
    kind: SERVICE_POLICY_KIND,
    plural: "latticeservicepolicies",
    spec: servicePolicySpecSchema,
    status: servicePolicyStatusSchema,
    description: `Selects services (${API_VERSION})`,
    shortNames: ["lsp"],
    columns: [
      PHASE,
      { name: "Matched", type: "integer", jsonPath: ".status.matchedServices" },
      AGE,
    ],
  });
}
