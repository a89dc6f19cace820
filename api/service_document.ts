/**
 * From the data of one object to a service, an external service or a policy, or to what is wrong with it.
 *
 * @module
 */
import { metadataSchema } from "./cluster_schema.ts";
import {
  API_VERSION,
  CLUSTER_KIND,
  EXTERNAL_SERVICE_KIND,
  GROUP,
  SERVICE_KIND,
  SERVICE_POLICY_KIND,
} from "./constants.ts";
import type { Problem } from "./errors.ts";
import { latticeExternalServiceSchema } from "./external_schema.ts";
import type { LatticeExternalService } from "./external_types.ts";
import type { ObjectMeta } from "./objects.ts";
import { type SchemaNode, structuralSchema } from "./openapi.ts";
import { fieldPath, type LocatedProblem, problemsOf } from "./problems.ts";
import { type Schema, zodOf } from "./schema.ts";
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

/** The objects that live in namespaces. */
export type MeshObject = LatticeService | LatticeExternalService | LatticeServicePolicy;

/** An object, or what is wrong with it. */
export interface ReadObject {
  /** The object with defaults; absent exactly when there are problems. */
  readonly object?: MeshObject;
  /** What is wrong. */
  readonly problems: readonly LocatedProblem[];
}

const KINDS: Readonly<Record<string, Schema<MeshObject>>> = {
  [SERVICE_KIND]: latticeServiceSchema,
  [EXTERNAL_SERVICE_KIND]: latticeExternalServiceSchema,
  [SERVICE_POLICY_KIND]: latticeServicePolicySchema,
};
/** Kinds of the group that have no schema here. */
const OTHER_KINDS = ["CloudProvider", "SecretsProvider", "OIDCProvider", "CedarPolicy"];
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
 * Reads one object of the mesh, from a file or from an API server.
 *
 * @param data plain data
 * @returns the object with metadata and status as they are and the namespace `default` where none is
 *   written; or problems
 */
export function readObject(data: unknown): ReadObject {
  const wrongKind = kindProblems(data);
  if (wrongKind.length > 0) return { problems: wrongKind };
  const input = withNamespace(data as Record<string, unknown>);
  const kind = String(input.kind);
  const schema = KINDS[kind] as Schema<MeshObject>;
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

function validate(object: MeshObject): Problem[] {
  switch (object.kind) {
    case "LatticeService":
      return validateService(object);
    case "LatticeExternalService":
      return validateExternalService(object);
    case "LatticeServicePolicy":
      return validateServicePolicy(object);
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
  return { ...data, metadata: { ...metadata, namespace: "default" } };
}

function problem(path: readonly PropertyKey[], reason: string, remedy: string): LocatedProblem {
  return { path, field: fieldPath(path), reason, remedy };
}

// Names with dots are ambiguous here; the line of the nearest ancestor is good enough for them.
function withPath(found: Problem): LocatedProblem {
  return { ...found, path: found.field.split(/\.|\[|\]\.?/).filter((key) => key !== "") };
}
