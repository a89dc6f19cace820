/**
 * Whether an object of the mesh has to be written. Pure.
 *
 * A rule of a policy is an item of a list, and one field less in it can mean more rights: lists that are owned as a whole
 * have to be equal, not just to hold what is wanted.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";
import { contains, isRecord, needsApply, ownedFields } from "../cluster/difference.ts";
import { MESH_MANAGER } from "./kinds.ts";

type Fields = Record<string, unknown>;

/**
 * Whether an apply would change anything.
 *
 * @param wanted Object as it is wanted.
 * @param live Object as it is.
 * @param manager Field manager of the apply.
 */
export function needsWrite(
  wanted: KubeObject,
  live: KubeObject,
  manager: string = MESH_MANAGER,
): boolean {
  if (needsApply(wanted, live, manager)) return true;
  return !isThere(wanted, live, ownedFields(live, manager));
}

function isThere(wanted: unknown, live: unknown, owned: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live)) return wanted.length === 0 && live === undefined;
    const keys = isRecord(owned) ? Object.keys(owned).filter((key) => key.startsWith("k:")) : [];
    if (keys.length === 0) return isEqual(wanted, live);
    return keys.every((key) => {
      const sought: unknown = JSON.parse(key.slice(2));
      const find = (items: readonly unknown[]) => items.find((item) => contains(item, sought));
      return isThere(find(wanted), find(live), (owned as Fields)[key]);
    });
  }
  if (!isRecord(wanted)) return wanted === undefined || wanted === live;
  return Object.entries(wanted).every(([key, value]) =>
    isThere(
      value,
      isRecord(live) ? live[key] : undefined,
      isRecord(owned) ? owned[`f:${key}`] : undefined,
    )
  );
}

/** Deep equality; a field with nothing in it counts as absent, as it does for the API server. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length &&
      a.every((item, index) => isEqual(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return a === b || (isEmpty(a) && isEmpty(b));
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isEqual(a[key], b[key]));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isEmpty);
}
