/**
 * Status conditions: what an object's controller last saw, one entry a type.
 *
 * @module
 */
import type { Condition } from "./types.ts";

/** A condition as a controller states it; the time is filled in. */
export type NewCondition = Omit<Condition, "lastTransitionTime">;

/**
 * Puts a condition into a list and returns the new list; the given list is not changed. The transition
 * time moves only when `status` does, and the order of the others stays, so that an unchanged status
 * compares equal and needs no write.
 *
 * @param conditions The present conditions, if any.
 * @param next The condition as it is now.
 * @param now The present time.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  next: NewCondition,
  now: Date,
): Condition[] {
  const present = conditions ?? [];
  const previous = present.find((condition) => condition.type === next.type);
  const lastTransitionTime = previous?.status === next.status
    ? previous.lastTransitionTime
    : secondsOf(now);
  const stated: Condition = { ...next, lastTransitionTime };
  return previous
    ? present.map((condition) => condition.type === next.type ? stated : condition)
    : [...present, stated];
}

/**
 * Finds a condition by type.
 *
 * @param conditions The conditions, if any.
 * @param type The type, such as `Ready`.
 */
export function getCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * Tells whether a condition is there and `True`.
 *
 * @param conditions The conditions, if any.
 * @param type The type, such as `Ready`.
 */
export function isConditionTrue(
  conditions: readonly Condition[] | undefined,
  type: string,
): boolean {
  return getCondition(conditions, type)?.status === "True";
}

/**
 * RFC 3339 without fractions, as Kubernetes writes times.
 *
 * @param time A time.
 */
export function secondsOf(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
