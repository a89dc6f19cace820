/**
 * The writes that every controller makes: finalizers and status, each only when something changes.
 *
 * @module
 */
import type { Condition, Kind, KubeClient, Ref } from "@lattice/kube";
import { mergeConditions, pausedCondition, type Stated } from "./lifecycle.ts";
import { MANAGER } from "./names.ts";
import type { ConditionView } from "./views.ts";

/** An object with the metadata that its writes need. */
export interface Written extends Kind {
  /** Metadata. */
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly finalizers: readonly string[];
  };
  /** Status, as it was read. */
  readonly status?: { readonly conditions: readonly ConditionView[] } | undefined;
}

/**
 * Names an object.
 *
 * @param object The object.
 */
export function refOf(object: Omit<Written, "status">): Ref {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}

/**
 * Adds or removes a finalizer. The write carries the version that was read, so that a finalizer which somebody
 * else added in between is not lost: then it fails with a conflict and the next run repeats it.
 *
 * @param client Client.
 * @param object The object as it was read.
 * @param finalizer The finalizer.
 * @param present Whether it should be there.
 * @param signal Ends the write early.
 */
export async function setFinalizer(
  client: KubeClient,
  object: Omit<Written, "status">,
  finalizer: string,
  present: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { finalizers, resourceVersion } = object.metadata;
  if (finalizers.includes(finalizer) === present) return;
  const next = present ? [...finalizers, finalizer] : finalizers.filter((one) => one !== finalizer);
  await client.patch(refOf(object), {
    type: "merge",
    body: { metadata: { resourceVersion, finalizers: next } },
    manager: MANAGER,
    signal,
  });
}

/**
 * Writes a whole status, unless it is the one that is there.
 *
 * @param client Client.
 * @param object The object as it was read.
 * @param fields Everything in the status but the conditions; what is left out vanishes.
 * @param stated What holds now; conditions of other types stay as they are.
 * @param now The present time.
 * @param signal Ends the write early.
 * @returns Whether something was written.
 */
export async function writeStatus(
  client: KubeClient,
  object: Written,
  fields: Record<string, unknown>,
  stated: readonly Stated[],
  now: Date,
  signal: AbortSignal,
): Promise<boolean> {
  const { generation } = object.metadata;
  const conditions: Condition[] = mergeConditions(
    object.status?.conditions,
    stated,
    generation,
    now,
  );
  const status = { ...fields, conditions };
  if (object.status !== undefined && sameJson(object.status, status)) return false;
  const { apiVersion, kind, metadata } = object;
  const written = {
    apiVersion,
    kind,
    metadata: { name: metadata.name, namespace: metadata.namespace },
    status,
  };
  await client.apply(written, { manager: MANAGER, force: true, subresource: "status", signal });
  return true;
}

/**
 * Everything in a status but its conditions: what a controller keeps that has nothing new to say. The contract's
 * `initialization` fields in particular never become false again.
 *
 * @param object The object as it was read.
 */
export function keptFields(object: Pick<Written, "status">): Record<string, unknown> {
  const { conditions: _, ...rest } = object.status ?? { conditions: [] };
  return rest;
}

/**
 * Reports that an object is paused and leaves the rest of its status as it is.
 *
 * @param client Client.
 * @param object The object as it was read.
 * @param now The present time.
 * @param signal Ends the write early.
 */
export async function writePaused(
  client: KubeClient,
  object: Written,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const stated = [pausedCondition(true)];
  await writeStatus(client, object, keptFields(object), stated, now, signal);
}

/**
 * Tells whether two JSON values are equal, whatever the order of their keys; a key without a value counts as absent.
 *
 * @param a One value.
 * @param b Another.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameJson(a[key], b[key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
