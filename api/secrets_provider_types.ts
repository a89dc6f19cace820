/**
 * Types of `SecretsProvider`: a Vault from which the clusters take secrets.
 *
 * @module
 */
import type { ProviderPhase, SecretReference } from "./cloud_provider_types.ts";
import type { Condition, ObjectMeta } from "./objects.ts";

/** How a cluster proves to a Vault who it is. */
export type SecretsAuthMethod = "token" | "kubernetes" | "appRole";

/** A Vault with secrets. Namespaced; clusters use those in `lattice-system`. */
export interface SecretsProvider {
  /** Always `lattice.dev/v1alpha1`. */
  apiVersion: "lattice.dev/v1alpha1";
  /** Always `SecretsProvider`. */
  kind: "SecretsProvider";
  /** Metadata; `parseDocuments` fills in the namespace `lattice-system`. */
  metadata: ObjectMeta;
  /** What is wanted. */
  spec: SecretsProviderSpec;
  /** What was seen; written by the operator only. */
  status?: SecretsProviderStatus;
}

/** What is wanted of a source of secrets. */
export interface SecretsProviderSpec {
  /** URL of the Vault, e.g. `https://vault.example.com:8200`. */
  server: string;
  /** Mount of the key-value engine, version 2. Default: `secret`. */
  path: string;
  /** How clusters log in. Default: token. */
  authMethod: SecretsAuthMethod;
  /**
   * Credentials: key `token` with method token, keys `role_id` and `secret_id` with method appRole; none
   * with method kubernetes.
   */
  credentialsSecretRef?: SecretReference;
  /** Mount of the Kubernetes auth method. Default: `kubernetes`. */
  kubernetesMountPath: string;
  /** Role of the Kubernetes auth method. Default: `external-secrets`. */
  kubernetesRole: string;
  /** Mount of the AppRole auth method. Default: `approle`. */
  approleMountPath: string;
  /** Namespace, in editions of Vault that have them. */
  namespace?: string;
  /** PEM of the authority that signed the Vault's certificate. */
  caBundle?: string;
}

/** What was seen of a source of secrets. */
export interface SecretsProviderStatus {
  /** Where it is in its life. */
  phase?: ProviderPhase;
  /** Sentence for people. */
  message?: string;
  /** When it was looked at last, RFC 3339. */
  lastValidated?: string;
  /** Observed aspects. */
  conditions?: Condition[];
  /** Generation that the status is about. */
  observedGeneration?: number;
}
