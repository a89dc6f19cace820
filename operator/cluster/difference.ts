/**
 * Whether applying an object would change anything, told from what was read: a controller in a steady state
 * writes nothing. Pure.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";
import { z } from "zod";

const managedFields = z.array(z.object({
  manager: z.string().optional(),
  operation: z.string().optional(),
  subresource: z.string().optional(),
  fieldsV1: z.record(z.string(), z.unknown()).optional(),
})).default([]);

/**
 * Tells whether a server-side apply is needed: the object is absent, a field of it has another value, or the manager
 * owns a field that is no longer wanted (which an apply would remove).
 *
 * @param wanted The object as it would be applied.
 * @param live The object as it is; undefined when absent.
 * @param manager Field manager of the apply.
 */
export function needsApply(
  wanted: KubeObject,
  live: KubeObject | undefined,
  manager: string,
): boolean {
  if (live === undefined || !contains(live, wanted)) return true;
  const owned = ownedFields(live, manager);
  return owned === undefined || ownsMore(owned, wanted, live);
}

/**
 * The fields that a manager owns through server-side apply, as the API server writes them (`f:`, `k:`, `v:` keys).
 *
 * @param live The object as it is.
 * @param manager Field manager.
 * @returns Undefined when the manager never applied the object.
 */
export function ownedFields(
  live: KubeObject,
  manager: string,
): Record<string, unknown> | undefined {
  const entries = managedFields.safeParse(live.metadata.managedFields ?? []);
  return entries.data?.find((entry) =>
    entry.manager === manager && entry.operation === "Apply" && !entry.subresource
  )?.fieldsV1;
}

/**
 * Tells whether everything in `part` is in `whole` with the same value. An empty value counts as absent, as it does
 * for the API server; lists must match item by item.
 *
 * @param whole The larger value.
 * @param part The smaller value.
 */
export function contains(whole: unknown, part: unknown): boolean {
  if (part === whole || isEmpty(part)) return true;
  if (Array.isArray(part)) {
    return Array.isArray(whole) && whole.length === part.length &&
      part.every((item, index) => contains(whole[index], item));
  }
  if (!isRecord(part) || !isRecord(whole)) return false;
  return Object.entries(part).every(([key, value]) => contains(whole[key], value));
}

/**
 * Tells whether a set of owned fields has one that the wanted value lacks. A list that is owned whole names no fields below
 * it: there, whatever is live and not wanted counts. Not so in what was applied empty, which others may fill, nor in an
 * object without names below: webhooks complete references (a namespace) though they are owned whole.
 */
function ownsMore(owned: Record<string, unknown>, wanted: unknown, live: unknown): boolean {
  return Object.entries(owned).some(([key, below]) => {
    if (key === ".") return false;
    const child = childOf(wanted, key);
    if (child === undefined) return true;
    const present = childOf(live, key);
    if (isRecord(below) && Object.keys(below).length > 0) return ownsMore(below, child, present);
    return Array.isArray(child) && child.length > 0 && !contains(child, present);
  });
}

function childOf(value: unknown, key: string): unknown {
  const path = key.slice(2);
  if (key.startsWith("f:")) return isRecord(value) ? value[path] : undefined;
  if (!Array.isArray(value)) return undefined;
  const sought: unknown = JSON.parse(path);
  if (key.startsWith("k:")) return value.find((item) => contains(item, sought));
  return value.find((item) => item === sought);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (isRecord(value) && Object.keys(value).length === 0) ||
    (Array.isArray(value) && value.length === 0);
}

/**
 * Tells whether a value is an object with fields, not a list and not null.
 *
 * @param value Any JSON value.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
