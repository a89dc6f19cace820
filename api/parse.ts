/**
 * From the text of a file to a valid LatticeCluster, or to errors that say where and what to write instead.
 *
 * @module
 */
import { clusterSchema, metadataSchema } from "./cluster_schema.ts";
import type { Bootstrap, LatticeCluster } from "./cluster_types.ts";
import { API_VERSION, CLUSTER_KIND } from "./constants.ts";
import { type Problem, ValidationError } from "./errors.ts";
import { type SchemaNode, structuralSchema } from "./openapi.ts";
import { fieldPath, type LocatedProblem, problemsOf } from "./problems.ts";
import { parseSource, type SourceDocument } from "./source.ts";
import { validateCluster } from "./validate.ts";

/** How a cluster is parsed. */
export interface ParseOptions {
  /** Name of the file, for messages. */
  file?: string;
  /** Replaces `spec.provider.kubernetes.bootstrap`, as `lattice install --bootstrap` does. */
  bootstrap?: Bootstrap;
  /** Kubernetes versions that can be installed. Absent: any. */
  versions?: readonly string[];
}

// `selfLink` is what old API servers wrote.
const METADATA_FIELDS = new Set([
  ...Object.keys(structuralSchema(metadataSchema).properties ?? {}),
  "selfLink",
]);

/**
 * Parses, checks and completes a LatticeCluster.
 *
 * What an API server sets (`status`, `metadata.uid`, …) may be there and is dropped, so that the output of
 * `kubectl get -o yaml` is legal input.
 *
 * @param text YAML 1.1 (or JSON) with exactly one document
 * @param options file name for messages, overrides and limits
 * @returns the cluster with defaults filled in
 * @throws {ValidationError} with all problems that were found, each with field, line, reason and remedy
 */
export function parseCluster(text: string, options: ParseOptions = {}): LatticeCluster {
  const [document, ...others] = parseSource(text, options.file);
  const data = dataOf(document, options);
  fail(kindProblems(data), document, options);
  fail(others.map(furtherDocument), document, options);
  const input = override(data as Record<string, unknown>, options.bootstrap);
  const result = clusterSchema.safeParse(input, { reportInput: true });
  const shape = result.success ? [] : problemsOf(result.error.issues, inputSchema());
  fail([...metadataProblems(input), ...shape], document, options);
  // `fail` has thrown when the parse did not succeed.
  const cluster = withoutServerFields(result.data as LatticeCluster);
  fail(validateCluster(cluster, options).map(withPath), document, options);
  return cluster;
}

/**
 * Checks an object that an API server returned, and fills in defaults that are missing.
 *
 * Metadata and status are kept as they are. Rules across fields are left to `validateCluster`.
 *
 * @param object a LatticeCluster as read
 * @returns the cluster
 * @throws {ValidationError} when it does not have the shape of a LatticeCluster
 */
export function defaultCluster(object: unknown): LatticeCluster {
  const result = clusterSchema.safeParse(object, { reportInput: true });
  if (result.success) return result.data;
  const [first, ...rest] = problemsOf(result.error.issues, inputSchema())
    .map(({ path: _path, ...problem }): Problem => problem);
  throw new ValidationError([first ?? { field: "", reason: "is not a LatticeCluster" }, ...rest]);
}

let cachedSchema: SchemaNode | undefined;

function inputSchema(): SchemaNode {
  return cachedSchema ??= structuralSchema(clusterSchema);
}

function dataOf(document: SourceDocument, options: ParseOptions): unknown {
  try {
    return document.toData();
  } catch (error) {
    throw new ValidationError([{
      field: "",
      reason: "has aliases that multiply",
      remedy: "write the values out",
      line: 1,
      ...(options.file === undefined ? {} : { file: options.file }),
    }], error);
  }
}

function fail(
  problems: readonly (LocatedProblem | (Problem & { line: number }))[],
  document: SourceDocument,
  options: ParseOptions,
): void {
  const [first, ...rest] = problems.map((problem): Problem => ({
    field: problem.field,
    reason: problem.reason,
    ...(problem.remedy === undefined ? {} : { remedy: problem.remedy }),
    line: problem.line ?? ("path" in problem ? document.lineOf(problem.path) : 1),
    ...(options.file === undefined ? {} : { file: options.file }),
  }));
  if (first) throw new ValidationError([first, ...rest]);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

// Checked before anything else: the fields of another kind are not worth complaining about.
function kindProblems(data: unknown): LocatedProblem[] {
  if (!isMapping(data)) {
    return [{
      path: [],
      field: "",
      reason: "is not a mapping",
      remedy: `write a ${CLUSTER_KIND}; examples/local.yaml is one`,
    }];
  }
  const wanted = { apiVersion: API_VERSION, kind: CLUSTER_KIND };
  return Object.entries(wanted).flatMap(([field, value]) =>
    data[field] === value ? [] : [{
      path: [field],
      field,
      reason: data[field] === undefined || data[field] === null
        ? "is missing"
        : `${JSON.stringify(data[field])} is not ${value}`,
      remedy: `write ${field}: ${value}`,
    }]
  );
}

function furtherDocument(document: SourceDocument): Problem & { line: number } {
  const data = document.toData();
  const kind = isMapping(data) && typeof data.kind === "string" ? data.kind : "something else";
  return {
    field: "",
    reason: `a further document (${kind}) follows the ${CLUSTER_KIND}`,
    remedy: kind === CLUSTER_KIND
      ? "put every cluster into a file of its own"
      : "keep only the cluster in this file and apply the rest with kubectl afterwards",
    line: document.lineOf([]),
  };
}

function override(
  data: Record<string, unknown>,
  bootstrap: Bootstrap | undefined,
): Record<string, unknown> {
  if (bootstrap === undefined) return data;
  const { spec } = data;
  const provider = isMapping(spec) ? spec.provider : undefined;
  const kubernetes = isMapping(provider) ? provider.kubernetes : undefined;
  // A file without these fields is refused by the schema in a moment.
  if (!isMapping(spec) || !isMapping(provider) || !isMapping(kubernetes)) return data;
  return {
    ...data,
    spec: { ...spec, provider: { ...provider, kubernetes: { ...kubernetes, bootstrap } } },
  };
}

function metadataProblems(data: Record<string, unknown>): LocatedProblem[] {
  if (!isMapping(data.metadata)) return [];
  return Object.keys(data.metadata).filter((key) =>
    key === "namespace" || !METADATA_FIELDS.has(key)
  ).map((key) => ({
    path: ["metadata", key],
    field: fieldPath(["metadata", key]),
    reason: key === "namespace" ? "a LatticeCluster has no namespace" : "unknown field",
    remedy: key === "namespace" ? "leave it out" : "legal here: name, labels, annotations",
  }));
}

function withoutServerFields(cluster: LatticeCluster): LatticeCluster {
  const { name, labels, annotations } = cluster.metadata;
  return {
    apiVersion: cluster.apiVersion,
    kind: cluster.kind,
    metadata: { name, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    spec: cluster.spec,
  };
}

// Label keys hold dots, too: only what follows the id of a pool can be ambiguous, and the line of the
// pool's field is near enough for those.
function withPath(problem: Problem): LocatedProblem {
  const path = problem.field.split(/\.|\[|\]\.?/).filter((key) => key !== "");
  return { ...problem, path };
}
