/**
 * The zod schema of `SecretsProvider`. The CRD is generated from it.
 *
 * @module
 */
import { z } from "zod";
import { httpUrl, providerStatusShape, secretReferenceSchema } from "./cloud_provider_schema.ts";
import { metadataSchema } from "./cluster_schema.ts";
import { API_VERSION, SECRETS_PROVIDER_KIND } from "./constants.ts";
import { cel, text } from "./schema_parts.ts";
import type {
  SecretsProvider,
  SecretsProviderSpec,
  SecretsProviderStatus,
} from "./secrets_provider_types.ts";

const mount = (description: string) =>
  text(description).regex(/^[^/\s]([^\s]*[^/\s])?$/, {
    error: "is not a mount; write a path without slashes at its ends, e.g. secret",
  });

/** `spec` of a SecretsProvider. */
export const secretsProviderSpecSchema: z.ZodType<SecretsProviderSpec> = z.strictObject({
  server: httpUrl("URL of the Vault"),
  path: mount("Mount of the key-value engine, version 2").default("secret"),
  authMethod: z.enum(["token", "kubernetes", "appRole"]).default("token")
    .describe("How clusters log in"),
  credentialsSecretRef: secretReferenceSchema.exactOptional(),
  kubernetesMountPath: mount("Mount of the Kubernetes auth method").default("kubernetes"),
  kubernetesRole: text("Role of the Kubernetes auth method").default("external-secrets"),
  approleMountPath: mount("Mount of the AppRole auth method").default("approle"),
  namespace: text("Namespace, in editions of Vault that have them").exactOptional(),
  caBundle: z.string().max(131_072).regex(/^\s*-----BEGIN CERTIFICATE-----/, {
    error: "is not PEM; write the certificate between its BEGIN and END lines",
  }).describe("PEM of the authority that signed the Vault's certificate").exactOptional(),
}).describe("What is wanted of a source of secrets").meta(cel(
  {
    rule: "self.authMethod == 'kubernetes' || has(self.credentialsSecretRef)",
    message: "the auth methods token and appRole need credentialsSecretRef",
    fieldPath: ".credentialsSecretRef",
  },
  {
    rule: "self.authMethod != 'kubernetes' || !has(self.credentialsSecretRef)",
    message: "the auth method kubernetes takes no credentialsSecretRef",
    fieldPath: ".credentialsSecretRef",
  },
));

/** `status` of a SecretsProvider. */
export const secretsProviderStatusSchema: z.ZodType<SecretsProviderStatus> = z.object(
  providerStatusShape,
).describe("What was seen of a source of secrets");

/** A SecretsProvider, as a person writes it or an API server returns it; fills in defaults. */
export const secretsProviderSchema: z.ZodType<SecretsProvider> = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(SECRETS_PROVIDER_KIND),
  metadata: metadataSchema,
  spec: secretsProviderSpecSchema,
  status: secretsProviderStatusSchema.exactOptional(),
});
