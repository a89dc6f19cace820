/**
 * What a SecretsProvider becomes: the ClusterSecretStore through which the ExternalSecrets of services read a Vault.
 *
 * @module
 */
import {
  type KubeObject,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  SECRETS_PROVIDER_LABEL,
  type SecretsProvider,
  type SecretsProviderSpec,
  SYSTEM_NAMESPACE,
} from "@lattice/api";
import { z } from "zod";
import { EXTERNAL_SECRETS } from "./secrets.ts";
import { compact } from "./text.ts";

/** The kind of a store. */
export interface SecretStoreKind {
  /** Group and version. */
  readonly apiVersion: string;
  /** Kind; its objects have no namespace. */
  readonly kind: string;
  /** Name of its CustomResourceDefinition. */
  readonly crd: string;
}

/** The kind of a store, as the pinned External Secrets Operator serves it. */
export const SECRET_STORE: SecretStoreKind = {
  apiVersion: EXTERNAL_SECRETS,
  kind: "ClusterSecretStore",
  crd: "clustersecretstores.external-secrets.io",
};

/** Identity of the External Secrets Operator, which logs in for everybody. */
const SERVICE_ACCOUNT = { name: "external-secrets", namespace: "external-secrets" } as const;

/**
 * Renders the store of a SecretsProvider, which has its name. It names credentials and holds none.
 *
 * A store without conditions is open to every namespace; this one is never without.
 *
 * @param provider a valid SecretsProvider with its defaults
 * @param namespaces namespaces that may read through it beside `lattice-system`, in any order
 */
export function renderSecretStore(
  { metadata: { name }, spec }: SecretsProvider,
  namespaces: readonly string[],
): KubeObject {
  const { apiVersion, kind } = SECRET_STORE;
  const vault = compact({
    server: spec.server,
    path: spec.path,
    version: "v2",
    namespace: spec.namespace,
    caBundle: spec.caBundle === undefined ? undefined : base64(spec.caBundle),
    auth: authOf(spec),
  });
  return {
    apiVersion,
    kind,
    metadata: { name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [SECRETS_PROVIDER_LABEL]: name } },
    spec: {
      conditions: [{ namespaces: [...new Set([SYSTEM_NAMESPACE, ...namespaces])].sort() }],
      provider: { vault },
    },
  };
}

function authOf(spec: SecretsProviderSpec): Record<string, unknown> {
  const key = (name: string) => ({ ...spec.credentialsSecretRef, key: name });
  switch (spec.authMethod) {
    case "token":
      return { tokenSecretRef: key("token") };
    case "appRole":
      return {
        appRole: {
          path: spec.approleMountPath,
          roleRef: key("role_id"),
          secretRef: key("secret_id"),
        },
      };
    case "kubernetes":
      return {
        kubernetes: {
          mountPath: spec.kubernetesMountPath,
          role: spec.kubernetesRole,
          serviceAccountRef: SERVICE_ACCOUNT,
        },
      };
  }
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

const declared = z.object({
  spec: z.object({ resources: z.record(z.string(), z.unknown()) }),
});
const secretResource = z.object({
  type: z.literal("secret"),
  params: z.object({ provider: z.string().min(1) }),
});

/**
 * The SecretsProviders that a service names.
 *
 * @param service a LatticeService as an API server has it; what is malformed in it is left out
 * @returns their names, each once, sorted
 */
export function secretsProvidersOf(service: unknown): string[] {
  const { data } = declared.safeParse(service);
  const named = Object.values(data?.spec.resources ?? {}).flatMap((resource) =>
    secretResource.safeParse(resource).data?.params.provider ?? []
  );
  return [...new Set(named)].sort();
}
