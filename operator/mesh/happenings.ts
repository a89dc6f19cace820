/**
 * What people should hear of, told from the status before and after. Pure.
 *
 * @module
 */
import type { EdgeStatus, LatticeServiceStatus } from "@lattice/api";
import type { Happening } from "../cluster/decide.ts";
import * as reasons from "./reasons.ts";
import { conditionOf } from "./status.ts";

/** Most events of one change. */
const MAX_EVENTS = 16;
/** Most objects that an event names. */
const MAX_NAMED = 10;

/** Conditions whose loss is told. */
const WATCHED = [reasons.VALID, reasons.POLICY_APPLIED, reasons.WORKLOAD_APPLIED] as const;
/** Reasons that are no news. */
const QUIET: ReadonlySet<string> = new Set([reasons.PENDING]);

/**
 * The events of a change of status.
 *
 * @param key `namespace/name` of the object.
 * @param before Its status before; undefined: it had none.
 * @param after Its status now.
 * @param pruned Objects that were deleted since.
 * @returns At most 16; the rest of a large change is counted by the last one.
 */
export function happenings(
  key: string,
  before: LatticeServiceStatus | undefined,
  after: LatticeServiceStatus,
  pruned: readonly string[],
): Happening[] {
  const all = [
    ...conditionEvents(before, after),
    ...edgeEvents(key, before?.edges ?? [], after.edges ?? []),
    ...(pruned.length > 0 ? [event("Normal", reasons.PRUNED, prunedText(pruned))] : []),
  ];
  if (all.length <= MAX_EVENTS) return all;
  const shown = all.slice(0, MAX_EVENTS - 1);
  const rest = all.length - shown.length;
  const last = event("Normal", reasons.EDGE_AGREED, `${rest} more changes; see status.edges`);
  return [...shown, last];
}

function conditionEvents(
  before: LatticeServiceStatus | undefined,
  after: LatticeServiceStatus,
): Happening[] {
  const events = WATCHED.flatMap((type) => {
    const now = conditionOf(after, type);
    const then = conditionOf(before, type);
    if (now?.status !== "False" || QUIET.has(now.reason)) return [];
    if (then?.status === "False" && then.reason === now.reason) return [];
    return [event("Warning", now.reason, `${type}: ${now.message}`)];
  });
  const isReady = conditionOf(after, reasons.READY)?.status === "True";
  const wasReady = conditionOf(before, reasons.READY)?.status === "True";
  if (isReady && !wasReady) events.push(event("Normal", reasons.READY, after.message ?? ""));
  if (wasReady && !isReady) {
    events.push(event("Warning", reasons.NOT_READY, after.message ?? ""));
  }
  return events;
}

function edgeEvents(
  key: string,
  before: readonly EdgeStatus[],
  after: readonly EdgeStatus[],
): Happening[] {
  const then = new Map(before.map((edge) => [idOf(edge), edge]));
  const now = new Map(after.map((edge) => [idOf(edge), edge]));
  const changed = [...now].flatMap(([id, edge]) => {
    const previous = then.get(id)?.state;
    if (previous === edge.state) return [];
    if (edge.state === "agreed") return [event("Normal", reasons.EDGE_AGREED, textOf(key, edge))];
    if (previous === "agreed") return [revoked(key, edge)];
    return edge.state === "unknown-target" && edge.direction === "outbound"
      ? [event("Warning", reasons.DEPENDENCY_MISSING, `${edge.peer} does not exist`)]
      : [];
  });
  const gone = [...then].filter(([id, { state }]) => state === "agreed" && !now.has(id));
  return [...changed, ...gone.map(([, edge]) => revoked(key, edge))];
}

function revoked(key: string, edge: EdgeStatus): Happening {
  return event("Normal", reasons.EDGE_REVOKED, textOf(key, edge, "may no longer call"));
}

function textOf(key: string, { peer, direction }: EdgeStatus, says = "may call"): string {
  return direction === "outbound" ? `${key} ${says} ${peer}` : `${peer} ${says} ${key}`;
}

function idOf({ peer, direction }: EdgeStatus): string {
  return `${direction} ${peer}`;
}

function prunedText(pruned: readonly string[]): string {
  const more = pruned.length - MAX_NAMED;
  const names = pruned.slice(0, MAX_NAMED).join(", ");
  return `deleted ${names}${more > 0 ? ` and ${more} more` : ""}: nothing asks for them any more`;
}

function event(type: Happening["type"], reason: string, message: string): Happening {
  return { type, reason, message };
}
