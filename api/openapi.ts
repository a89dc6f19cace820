/**
 * CRDs out of zod schemas.
 *
 * zod writes OpenAPI 3.0; what is left to do is to turn that into a *structural* schema: no
 * `additionalProperties: false` beside `properties` (the API server refuses unknown fields itself),
 * 64-bit formats for whole numbers, no keywords that a CRD does not know.
 *
 * @module
 */
import { z } from "zod";
import type { CrdManifest, PrinterColumn } from "./objects.ts";
import { type Schema, zodOf } from "./schema.ts";

/** An OpenAPI schema node, as far as it is walked here. */
export interface SchemaNode {
  /** `object`, `array`, `string`, … */
  type?: string;
  /** Fields of an object. */
  properties?: Record<string, SchemaNode>;
  /** Values of a map; `false` on a closed object. */
  additionalProperties?: SchemaNode | boolean;
  /** Elements of an array. */
  items?: SchemaNode;
  /** Any other keyword. */
  [keyword: string]: unknown;
}

/** What a CRD needs beside its schema. */
export interface CrdOptions {
  /** API group. */
  group: string;
  /** Served and stored version. */
  version: string;
  /** Kind; plural, singular and list kind follow. */
  kind: string;
  /** Plural in lower case. Default: the kind with an `s`. */
  plural?: string;
  /** Whether objects live in a namespace. */
  scope: "Namespaced" | "Cluster";
  /** Schema of `spec`. */
  spec: Schema<unknown>;
  /** Whether `spec` may be absent. Default: it must be there. */
  specOptional?: boolean;
  /** Schema of `status`; turns the status subresource on. */
  status?: Schema<unknown>;
  /** Paths of the scale subresource. */
  scale?: Record<string, string>;
  /** CEL rules of the whole object. */
  rules?: Record<string, unknown>;
  /** What the kind is. */
  description: string;
  /** Short names for kubectl. */
  shortNames?: string[];
  /** Groups of kinds for `kubectl get`. */
  categories?: string[];
  /** Labels of the CRD itself. */
  labels?: Record<string, string>;
  /** Columns of `kubectl get`. */
  columns?: PrinterColumn[];
}

const DROPPED = new Set(["$schema", "propertyNames", "id", "$id", "title", "examples"]);

/**
 * The structural schema of a zod schema.
 *
 * @param schema what objects look like *before* defaults are filled in
 * @returns OpenAPI v3 schema that an API server accepts in a CRD
 */
export function structuralSchema(schema: Schema<unknown>): SchemaNode {
  const raw = z.toJSONSchema(zodOf(schema), {
    target: "openapi-3.0",
    io: "input",
    reused: "inline",
  });
  return structural(raw as SchemaNode);
}

function structural(node: SchemaNode): SchemaNode {
  const result: SchemaNode = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (DROPPED.has(keyword)) continue;
    if (keyword === "properties") result.properties = mapValues(node.properties ?? {}, structural);
    else if (keyword === "items") result.items = structural(node.items ?? {});
    else if (keyword === "additionalProperties") copyAdditional(node, result);
    else if (isIntegerLimit(node, keyword, value)) continue;
    else result[keyword] = value;
  }
  if (node.type === "integer") result.format = "int64";
  // An API server keeps whatever it finds in an object of which no property is known.
  if (isEmptyObject(node)) result.maxProperties = 0;
  return result;
}

function isEmptyObject(node: SchemaNode): boolean {
  return node.additionalProperties === false && Object.keys(node.properties ?? {}).length === 0;
}

function copyAdditional(from: SchemaNode, to: SchemaNode): void {
  const value = from.additionalProperties;
  // A closed object: pruning and strict field validation of the API server do the same.
  if (typeof value === "boolean" || value === undefined) return;
  to.additionalProperties = structural(value);
}

// zod bounds every integer by what a double holds exactly; as a limit in a CRD that is only noise.
function isIntegerLimit(node: SchemaNode, keyword: string, value: unknown): boolean {
  return node.type === "integer" && (keyword === "maximum" || keyword === "minimum") &&
    Math.abs(value as number) === Number.MAX_SAFE_INTEGER;
}

function mapValues<T>(record: Record<string, T>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/**
 * A CustomResourceDefinition with one version.
 *
 * @param options names, scope and schemas
 * @returns manifest, ready to apply
 */
export function crdManifest(options: CrdOptions): CrdManifest {
  const singular = options.kind.toLowerCase();
  const plural = options.plural ?? `${singular}s`;
  const properties: Record<string, SchemaNode> = {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: structuralSchema(options.spec),
  };
  if (options.status) properties.status = structuralSchema(options.status);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${options.group}`,
      ...(options.labels ? { labels: options.labels } : {}),
    },
    spec: {
      group: options.group,
      names: {
        kind: options.kind,
        listKind: `${options.kind}List`,
        plural,
        singular,
        ...(options.shortNames ? { shortNames: options.shortNames } : {}),
        ...(options.categories ? { categories: options.categories } : {}),
      },
      scope: options.scope,
      versions: [{
        name: options.version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            description: options.description,
            type: "object",
            ...(options.specOptional ? {} : { required: ["spec"] }),
            properties,
            ...options.rules,
          },
        },
        ...subresources(options),
        ...(options.columns ? { additionalPrinterColumns: options.columns } : {}),
      }],
    },
  };
}

function subresources(options: CrdOptions): {
  subresources?: { status?: Record<string, never>; scale?: Record<string, string> };
} {
  if (!options.status) return {};
  return { subresources: { status: {}, ...(options.scale ? { scale: options.scale } : {}) } };
}
