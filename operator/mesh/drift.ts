/**
 * What others added to an object that must hold nothing but what is wanted. Pure.
 *
 * Server-side apply puts back values that somebody changed, but leaves fields alone that somebody added; a rule that was
 * added to a policy would let traffic through for ever.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";
import { z } from "zod";
import { isRecord } from "../cluster/difference.ts";

type Fields = Record<string, unknown>;

const managedFields = z.array(z.object({
  subresource: z.string().optional(),
  fieldsV1: z.record(z.string(), z.unknown()).optional(),
})).default([]);

/**
 * The JSON merge patch that removes from `spec` what somebody set and nobody wants.
 *
 * What the server filled in by itself belongs to nobody and stays.
 *
 * @param live Object as it is.
 * @param wanted Object as it is wanted.
 * @returns Undefined when there is nothing to remove.
 */
export function extras(live: KubeObject, wanted: KubeObject): Fields | undefined {
  const entries = managedFields.safeParse(live.metadata.managedFields ?? []);
  const patch: Fields = {};
  for (const { subresource, fieldsV1 } of entries.data ?? []) {
    if (subresource) continue;
    // `specs` is Cilium's second way to write rules.
    for (const field of ["spec", "specs"]) {
      const below = fieldsV1?.[`f:${field}`];
      if (isRecord(below)) collect(patch, field, below, live[field], wanted[field]);
    }
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** Notes `field` for removal when it is not wanted, or what is below it. */
function collect(
  patch: Fields,
  field: string,
  owned: Fields,
  live: unknown,
  wanted: unknown,
): void {
  if (live === undefined) return;
  if (wanted === undefined) {
    patch[field] = null;
    return;
  }
  if (!isRecord(live) || !isRecord(wanted)) return;
  const present = patch[field];
  const inner: Fields = isRecord(present) ? present : {};
  for (const [key, below] of Object.entries(owned)) {
    if (!key.startsWith("f:") || !isRecord(below)) continue;
    const name = key.slice(2);
    collect(inner, name, below, live[name], wanted[name]);
  }
  if (Object.keys(inner).length > 0) patch[field] = inner;
}
