/**
 * URLs of resources.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { ApiResource, Selection } from "./types.ts";

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Path of a collection.
 *
 * @param resource The resource.
 * @param namespace Namespace; for a namespaced resource none means all of them.
 */
export function collectionPath(resource: ApiResource, namespace: string | undefined): string {
  const root = resource.group === ""
    ? `/api/${resource.version}`
    : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined && namespace !== ""
    ? `/namespaces/${encodeURIComponent(namespace)}`
    : "";
  return `${root}${scope}/${resource.plural}`;
}

/**
 * Path of one object, or of one of its subresources.
 *
 * @param resource The resource.
 * @param name Name of the object; never empty, since that would be the whole collection.
 * @param namespace Namespace, required for a namespaced resource.
 * @param subresource Subresource, such as `status`.
 * @throws {LatticeError} `usage` for an object without name or namespace.
 */
export function objectPath(
  resource: ApiResource,
  name: string,
  namespace: string | undefined,
  subresource?: string,
): string {
  if (name === "") throw lacks(resource, "a name", "metadata.name");
  const tail = subresource === undefined ? "" : `/${subresource}`;
  return `${collectionPath(resource, needNamespace(resource, namespace))}/${
    encodeURIComponent(name)
  }${tail}`;
}

/**
 * The namespace of an object, or undefined for a cluster-scoped resource.
 *
 * @throws {LatticeError} `usage` for a namespaced resource without one.
 */
export function needNamespace(
  resource: ApiResource,
  namespace: string | undefined,
): string | undefined {
  if (!resource.namespaced) return undefined;
  if (!namespace) throw lacks(resource, "a namespace", "metadata.namespace");
  return namespace;
}

/**
 * Adds a query to a path.
 *
 * @param path The path, without a query.
 * @param query The parameters.
 */
export function withQuery(path: string, query: Query): string {
  const present = Object.entries(query).filter((pair) => pair[1] !== undefined);
  if (present.length === 0) return path;
  const text = new URLSearchParams(present.map(([name, value]) => [name, String(value)]));
  return `${path}?${text}`;
}

/**
 * Query parameters of a selection.
 *
 * @param selection Which objects are meant; the namespace belongs into the path.
 */
export function selectors(selection: Selection): Query {
  return {
    labelSelector: selection.labelSelector || undefined,
    fieldSelector: selection.fieldSelector || undefined,
  };
}

function lacks(resource: ApiResource, what: string, field: string): LatticeError {
  return new LatticeError("usage", `Cannot address a ${resource.kind} without ${what}`, {
    field,
    remedy: `set ${field}`,
  });
}
