/**
 * Secrets: ExternalSecrets that bring them into the namespace, and references to their keys.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { makeObject } from "./objects.ts";
import { checkParams, secretParams } from "./params.ts";
import { compact, derivedName, fingerprint, sortedEntries } from "./text.ts";
import type { Part, SecretRef } from "./template.ts";
import type { Rendering, Resource } from "./types.ts";

/** API version that the pinned External Secrets Operator serves. */
export const EXTERNAL_SECRETS = "external-secrets.io/v1";

/** Where a secret comes from. */
export interface SecretSource {
  /** Name of the SecretsProvider, which is also that of its ClusterSecretStore. */
  readonly provider: string;
  /** Path in the store. */
  readonly path: string;
  /** Keys that are read; absent: all that are there. */
  readonly keys?: readonly string[];
  /** How often it is read again, e.g. `1h`; absent: as the operator does. */
  readonly refreshInterval?: string;
}

/**
 * Reads the source of a secret.
 *
 * @param resource a resource of type `secret`
 * @returns the source, or undefined when it is incomplete
 */
export function secretSource(resource: Resource): SecretSource | undefined {
  const params = secretParams(resource.params);
  if (params === undefined || resource.id === undefined) return undefined;
  return {
    provider: params.provider,
    path: resource.id,
    ...(params.keys && { keys: [...new Set(params.keys)].sort() }),
    ...(params.refreshInterval && { refreshInterval: params.refreshInterval }),
  };
}

/**
 * Name of the Secret, and of the ExternalSecret, of a resource.
 *
 * @param service name of the service
 * @param key key of the resource
 */
export function secretName(service: string, key: string): string {
  return derivedName(service, key, "resource");
}

/**
 * Renders one ExternalSecret for each secret of a service.
 *
 * @param rendering the service
 */
export function renderSecrets(rendering: Rendering): KubeObject[] {
  const { findings } = rendering;
  return sortedEntries(rendering.spec.resources).flatMap(([key, resource]) => {
    if (resource.type !== "secret") return [];
    const field = `spec.resources.${key}`;
    checkParams("secret", resource.params, `${field}.params`, findings);
    if (resource.id === undefined) {
      findings.block(`${field}.id`, "is missing", "write the path of the secret in its store");
    }
    const source = secretSource(resource);
    if (source === undefined) return [];
    const name = secretName(rendering.name, key);
    const content = source.keys === undefined
      ? { dataFrom: [{ extract: { key: source.path } }] }
      : { data: source.keys.map((each) => entry(each, source.path, each)) };
    return [externalSecret(rendering, name, source, content)];
  });
}

/**
 * Renders an ExternalSecret whose Secret holds texts with the values of secrets in them.
 *
 * @param rendering the service
 * @param name name of the ExternalSecret and its Secret
 * @param texts the texts by key of the Secret
 * @returns the object; undefined when a source is incomplete, which is reported elsewhere
 */
export function renderSecretTexts(
  rendering: Rendering,
  name: string,
  texts: Readonly<Record<string, readonly Part[]>>,
): KubeObject | undefined {
  const found = refsOf(Object.values(texts).flat());
  const sources = found.map((ref) => {
    const resource = rendering.spec.resources?.[ref.resource];
    return { ref, source: resource && secretSource(resource) };
  });
  const first = sources[0]?.source;
  if (first === undefined) return undefined;
  const data = sources.flatMap(({ ref, source }) => {
    if (source === undefined) return [];
    const other = source.provider !== first.provider;
    const storeRef = { storeRef: { name: source.provider, kind: "ClusterSecretStore" } };
    return [{
      ...entry(alias(ref), source.path, ref.key),
      ...(other && { sourceRef: storeRef }),
    }];
  });
  const template = Object.fromEntries(
    sortedEntries(texts).map(([key, parts]) => [key, parts.map(goTemplate).join("")]),
  );
  return externalSecret(rendering, name, first, { data }, {
    template: { engineVersion: "v2", data: template },
  });
}

/**
 * The references among parts, each once, sorted.
 *
 * @param parts parts of one or more templates
 */
export function refsOf(parts: readonly Part[]): SecretRef[] {
  const refs = new Map<string, SecretRef>();
  for (const part of parts) if (typeof part !== "string") refs.set(alias(part), part);
  return sortedEntries(Object.fromEntries(refs)).map(([, ref]) => ref);
}

/**
 * A name for a reference that is an identifier for Go templates and environment variables alike.
 *
 * @param ref the reference
 */
export function alias({ resource, key }: SecretRef): string {
  const readable = `${resource}_${key}`.replace(/[^A-Za-z0-9]/g, "_");
  return `LATTICE_${readable}_${fingerprint(`${resource}\n${key}`).slice(0, 8)}`;
}

// Text of the user must stay text, whatever it looks like to Go's templates.
function goTemplate(part: Part): string {
  if (typeof part !== "string") return `{{ .${alias(part)} }}`;
  // A brace at the end would join those of the reference that follows.
  return part.replace(/\{{2,}|\{$/g, (braces) => `{{ "${braces}" }}`);
}

function entry(secretKey: string, path: string, property: string): Record<string, unknown> {
  return { secretKey, remoteRef: { key: path, property } };
}

function externalSecret(
  rendering: Rendering,
  name: string,
  source: SecretSource,
  content: Readonly<Record<string, unknown>>,
  target: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return makeObject(rendering, {
    apiVersion: EXTERNAL_SECRETS,
    kind: "ExternalSecret",
    name,
    body: {
      spec: compact({
        refreshInterval: source.refreshInterval,
        secretStoreRef: { name: source.provider, kind: "ClusterSecretStore" },
        target: { name, ...target },
        ...content,
      }),
    },
  });
}
