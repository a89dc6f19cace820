/**
 * Fields of objects as server-side apply sees them: maps are merged, scalars and lists are values.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";

/** A map. */
export type Fields = Record<string, unknown>;

/** Paths as managed fields are written. */
export function fieldsOf(paths: ReadonlySet<string>): Fields {
  const fields: Fields = {};
  for (const path of paths) {
    const keys: string[] = JSON.parse(path);
    let here = fields;
    for (const key of keys) here = (here[`f:${key}`] ??= {}) as Fields;
  }
  return fields;
}

/** What a write is about: labels, annotations, owners and everything but status; or status alone; or spec alone. */
export function contentOf(object: KubeObject, subresource: string): Fields {
  if (subresource !== "") return { [subresource]: object[subresource] };
  const { apiVersion: _a, kind: _k, status: _s, metadata, ...rest } = object;
  const { labels, annotations, ownerReferences } = metadata;
  return {
    metadata: {
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(ownerReferences && { ownerReferences }),
    },
    ...rest,
  };
}

/** Values by path, as JSON: scalars and lists are values, maps are not unless they are empty. */
export function leaves(value: unknown, path: readonly string[] = []): Map<string, unknown> {
  const entries = isFields(value) ? Object.entries(value).filter(([, v]) => v !== undefined) : [];
  if (entries.length === 0) {
    // What has neither fields nor a value, such as metadata without labels, is nothing.
    return path.length <= 1 && isFields(value) && path[0] === "metadata"
      ? new Map()
      : new Map([[JSON.stringify(path), value]]);
  }
  return new Map(entries.flatMap(([key, inner]) => [...leaves(inner, [...path, key])]));
}

/** Applies a JSON merge patch. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** The value of a path. */
export function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((here, key) => isFields(here) ? here[key] : undefined, value);
}

/** Sets the value of a path. */
export function set(object: Fields, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) object[key] = structuredClone(value);
  else {
    if (!isFields(object[key])) object[key] = {};
    set(object[key] as Fields, rest, value);
  }
}

/** Removes a field, and the maps that are empty without it, down to the first level. */
export function unset(object: Fields, path: readonly string[]): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    delete object[key];
    return;
  }
  const inner = object[key];
  if (!isFields(inner)) return;
  unset(inner, rest);
  if (Object.keys(inner).length === 0 && key !== "metadata" && key !== "spec") delete object[key];
}

/** A copy with its keys in order. */
export function sorted(value: unknown): unknown {
  if (!isFields(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Whether a value is a map. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
