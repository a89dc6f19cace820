/**
 * `SecretsProvider`: its CRD, and the rules that look at more than one of its fields.
 *
 * @module
 */
import { API_VERSION, GROUP, SECRETS_PROVIDER_KIND, VERSION } from "./constants.ts";
import type { Problem } from "./errors.ts";
import type { CrdManifest } from "./objects.ts";
import { crdManifest } from "./openapi.ts";
import { nameProblems, PROVIDER_NAME_RULES } from "./provider_name.ts";
import { cel } from "./schema_parts.ts";
import {
  secretsProviderSpecSchema,
  secretsProviderStatusSchema,
} from "./secrets_provider_schema.ts";
import type { SecretsProvider } from "./secrets_provider_types.ts";

/** Keys that the Secret of each method has. */
const KEYS = { token: "token", appRole: "role_id and secret_id" } as const;

/**
 * The CRD of `SecretsProvider`, generated from the same schema that parses files.
 *
 * @returns manifest, ready to apply
 */
export function secretsProviderCrd(): CrdManifest {
  return crdManifest({
    group: GROUP,
    version: VERSION,
    kind: SECRETS_PROVIDER_KIND,
    scope: "Namespaced",
    spec: secretsProviderSpecSchema,
    status: secretsProviderStatusSchema,
    description: `A Vault from which clusters take secrets (${API_VERSION})`,
    shortNames: ["sp"],
    categories: ["lattice"],
    rules: cel(...PROVIDER_NAME_RULES),
    columns: [
      { name: "Server", type: "string", jsonPath: ".spec.server" },
      { name: "Auth", type: "string", jsonPath: ".spec.authMethod" },
      { name: "Phase", type: "string", jsonPath: ".status.phase" },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ],
  });
}

/**
 * Checks the rules that the schema cannot express.
 *
 * @param provider a SecretsProvider that has the right shape
 * @returns problems; empty when it is valid
 */
export function validateSecretsProvider(provider: SecretsProvider): Problem[] {
  const { authMethod, credentialsSecretRef } = provider.spec;
  const field = "spec.credentialsSecretRef";
  const problems = nameProblems(provider.metadata.name, SECRETS_PROVIDER_KIND);
  if (authMethod === "kubernetes" && credentialsSecretRef) {
    const remedy = "leave it out, or set spec.authMethod to token or appRole";
    problems.push({
      field,
      reason: "names credentials that method kubernetes never reads",
      remedy,
    });
  }
  if (authMethod !== "kubernetes" && !credentialsSecretRef) {
    problems.push({
      field,
      reason: `is missing: method ${authMethod} needs credentials`,
      remedy: `name a Secret with ${KEYS[authMethod]}, or set spec.authMethod: kubernetes`,
    });
  }
  return problems;
}
