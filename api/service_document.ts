/**
 * From the data of one object that lives in a namespace to its type, or to what is wrong with it.
 *
 * @module
 */
import { validateCloudProvider } from "./cloud_provider.ts";
import { cloudProviderSchema } from "./cloud_provider_schema.ts";
import type { CloudProvider } from "./cloud_provider_types.ts";
import { metadataSchema } from "./cluster_schema.ts";
import {
  API_VERSION,
  CLOUD_PROVIDER_KIND,
  CLUSTER_KIND,
  EXTERNAL_SERVICE_KIND,
  GROUP,
  SECRETS_PROVIDER_KIND,
  SERVICE_KIND,
  SERVICE_POLICY_KIND,
  SYSTEM_NAMESPACE,
} from "./constants.ts";
import type { Problem } from "./errors.ts";
import { latticeExternalServiceSchema } from "./external_schema.ts";
import type { LatticeExternalService } from "./external_types.ts";
import type { ObjectMeta } from "./objects.ts";
import { type SchemaNode, structuralSchema } from "./openapi.ts";
import { fieldPath, type LocatedProblem, problemsOf } from "./problems.ts";
import { type Schema, zodOf } from "./schema.ts";
import { validateSecretsProvider } from "./secrets_provider.ts";
import { secretsProviderSchema } from "./secrets_provider_schema.ts";
import type { SecretsProvider } from "./secrets_provider_types.ts";
import { latticeServicePolicySchema } from "./service_policy_schema.ts";
import type { LatticeServicePolicy } from "./service_policy_types.ts";
import { latticeServiceSchema } from "./service_schema.ts";
import type { LatticeService } from "./service_types.ts";
import {
  validateExternalService,
  validateService,
  validateServicePolicy,
} from "./service_validate.ts";
import { nearestName } from "./suggest.ts";

/** The objects of the mesh. */
export type MeshObject = LatticeService | LatticeExternalService | LatticeServicePolicy;

/** The objects that live in namespaces. */
export type NamespacedObject = MeshObject | CloudProvider | SecretsProvider;

/** An object, or what is wrong with it. */
export interface ReadObject {
  /** The object with defaults; absent exactly when there are problems. */
  readonly object?: NamespacedObject;
  /** What is wrong. */
  readonly problems: readonly LocatedProblem[];
}

const KINDS: Readonly<Record<string, Schema<NamespacedObject>>> = {
  [SERVICE_KIND]: latticeServiceSchema,
  [EXTERNAL_SERVICE_KIND]: latticeExternalServiceSchema,
  [SERVICE_POLICY_KIND]: latticeServicePolicySchema,
  [CLOUD_PROVIDER_KIND]: cloudProviderSchema,
  [SECRETS_PROVIDER_KIND]: secretsProviderSchema,
};
/** Kinds that belong to the cluster as a whole: where none is written, their namespace is Lattice's own. */
const SYSTEM_KINDS: readonly unknown[] = [CLOUD_PROVIDER_KIND, SECRETS_PROVIDER_KIND];
/** Kinds of the group that have no schema here. */
const OTHER_KINDS = ["OIDCProvider", "CedarPolicy"];
const METADATA_FIELDS = new Set([
  ...Object.keys(structuralSchema(metadataSchema).properties ?? {}),
  "selfLink",
]);

/**
 * Whether data is an object of another system, or of a kind that is read elsewhere.
 *
 * @param data anything
 * @returns true when it is to be left out, false when it is, or was perhaps meant to be, one of ours
 */
export function isForeign(data: unknown): boolean {
  if (!isMapping(data)) return false;
  const { apiVersion, kind } = data;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return false;
  if (OTHER_KINDS.includes(kind)) return true;
  const isOurs = apiVersion.split("/")[0] === GROUP || kind === CLUSTER_KIND ||
    Object.hasOwn(KINDS, kind);
  return !isOurs;
}

/**
 * Reads one object that lives in a namespace, from a file or from an API server.
 *
 * @param data plain data
 * @returns the object with metadata and status as they are; where no namespace is written, with `default`, or
 *   `lattice-system` for a CloudProvider or SecretsProvider; or problems
 */
export function readObject(data: unknown): ReadObject {
  const wrongKind = kindProblems(data);
  if (wrongKind.length > 0) return { problems: wrongKind };
  const input = withNamespace(data as Record<string, unknown>);
  const kind = String(input.kind);
  const schema = KINDS[kind] as Schema<NamespacedObject>;
  const result = zodOf(schema).safeParse(input, { reportInput: true });
  const problems = [
    ...metadataProblems(input),
    ...(result.success ? [] : problemsOf(result.error.issues, inputSchema(kind, schema))),
  ];
  if (problems.length > 0 || !result.success) return { problems };
  const semantic = validate(result.data).map(withPath);
  return semantic.length > 0 ? { problems: semantic } : { object: result.data, problems: [] };
}

/**
 * The key of an object.
 *
 * @param object anything with metadata
 * @returns `namespace/name`; the namespace is `default` where none is written
 */
export function objectKey(object: { metadata: Pick<ObjectMeta, "name" | "namespace"> }): string {
  return `${object.metadata.namespace ?? "default"}/${object.metadata.name}`;
}

/**
 * Whether a value is a mapping.
 *
 * @param value anything
 * @returns false for lists, dates and null, too
 */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function validate(object: NamespacedObject): Problem[] {
  switch (object.kind) {
    case "LatticeService":
      return validateService(object);
    case "LatticeExternalService":
      return validateExternalService(object);
    case "LatticeServicePolicy":
      return validateServicePolicy(object);
    case "CloudProvider":
      return validateCloudProvider(object);
    case "SecretsProvider":
      return validateSecretsProvider(object);
  }
}

const schemas = new Map<string, SchemaNode>();

function inputSchema(kind: string, schema: Schema<unknown>): SchemaNode {
  const known = schemas.get(kind);
  if (known) return known;
  const made = structuralSchema(schema);
  schemas.set(kind, made);
  return made;
}

function kindProblems(data: unknown): LocatedProblem[] {
  if (!isMapping(data)) {
    return [problem([], "is not a mapping", `write a ${SERVICE_KIND}`)];
  }
  const { apiVersion, kind } = data;
  const names = [CLUSTER_KIND, ...Object.keys(KINDS)];
  const problems: LocatedProblem[] = [];
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    const meant = typeof kind === "string" ? nearestName(kind, names) : undefined;
    problems.push(problem(
      ["kind"],
      kind === undefined || kind === null ? "is missing" : `${JSON.stringify(kind)} is unknown`,
      meant ? `did you mean ${meant}?` : `write ${names.join(", ")}`,
    ));
  }
  if (apiVersion !== API_VERSION) {
    problems.push(problem(
      ["apiVersion"],
      apiVersion === undefined || apiVersion === null
        ? "is missing"
        : `${JSON.stringify(apiVersion)} is not ${API_VERSION}`,
      `write apiVersion: ${API_VERSION}`,
    ));
  }
  return problems;
}

function metadataProblems(data: Record<string, unknown>): LocatedProblem[] {
  if (!isMapping(data.metadata)) return [];
  return Object.keys(data.metadata).filter((key) => !METADATA_FIELDS.has(key)).map((key) =>
    problem(
      ["metadata", key],
      "unknown field",
      "legal here: name, namespace, labels, annotations",
    )
  );
}

function withNamespace(data: Record<string, unknown>): Record<string, unknown> {
  const { metadata } = data;
  if (!isMapping(metadata) || (metadata.namespace !== undefined && metadata.namespace !== null)) {
    return data;
  }
  return { ...data, metadata: { ...metadata, namespace: namespaceOf(data.kind) } };
}

/**
 * The namespace of an object that names none.
 *
 * @param kind its kind
 * @returns `lattice-system` for accounts and sources of secrets, else `default`
 */
export function namespaceOf(kind: unknown): string {
  return SYSTEM_KINDS.includes(kind) ? SYSTEM_NAMESPACE : "default";
}

function problem(path: readonly PropertyKey[], reason: string, remedy: string): LocatedProblem {
  return { path, field: fieldPath(path), reason, remedy };
}

// Names with dots are ambiguous here; the line of the nearest ancestor is good enough for them.
function withPath(found: Problem): LocatedProblem {
  return { ...found, path: found.field.split(/\.|\[|\]\.?/).filter((key) => key !== "") };
}
