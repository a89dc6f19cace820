/**
 * From what was seen of an object to its phase, conditions and status. Pure.
 *
 * @module
 */
import {
  type CloudProviderStatus,
  type Condition,
  formatProblem,
  type Problem,
  type ProviderPhase,
} from "@lattice/api";
import { type KubeObject, secondsOf } from "@lattice/kube";
import { contains } from "../cluster/difference.ts";
import { mergeConditions, ready, type Stated } from "../cluster/status.ts";
import * as reasons from "./reasons.ts";

/** Milliseconds until an object is looked at again, by its phase. */
const REQUEUE_MS: Readonly<Record<ProviderPhase, number>> = {
  Ready: 300_000,
  Failed: 60_000,
  Pending: 30_000,
};
/** Most problems that a message spells out. */
const MAX_NAMED = 5;
/** Longest message, in characters: some are taken over from elsewhere. */
const MAX_MESSAGE = 1_024;

/** One aspect of an object. */
export interface Aspect extends Stated {
  /** Phase of the object while the aspect does not hold; Failed where somebody has to do something. */
  readonly otherwise: "Pending" | "Failed";
}

/** What is reported of an object. */
export interface Assessment {
  /** Where it is in its life. */
  readonly phase: ProviderPhase;
  /** Sentence for people. */
  readonly message: string;
  /** `Ready` and the aspects. */
  readonly conditions: readonly Stated[];
  /** Milliseconds until the next look. */
  readonly requeueAfterMs: number;
}

/**
 * An aspect that holds.
 *
 * @param type Type of the condition.
 * @param reason Word for programs.
 * @param message Sentence for people.
 */
export function holds(type: string, reason: string, message = ""): Aspect {
  return { type, status: "True", reason, message: bounded(message), otherwise: "Failed" };
}

/**
 * An aspect that does not hold.
 *
 * @param type Type of the condition.
 * @param reason Word for programs.
 * @param message Sentence for people.
 * @param otherwise What that makes of the object.
 */
export function lacks(
  type: string,
  reason: string,
  message: string,
  otherwise: Aspect["otherwise"] = "Failed",
): Aspect {
  return { type, status: "False", reason, message: bounded(message), otherwise };
}

function bounded(message: string): string {
  return message.slice(0, MAX_MESSAGE);
}

/**
 * Whether an object keeps the rules.
 *
 * @param problems What is wrong with it.
 */
export function validity(problems: readonly Problem[]): Aspect {
  if (problems.length === 0) return holds(reasons.VALID, reasons.VALID_SPEC);
  const named = problems.slice(0, MAX_NAMED).map(formatProblem);
  const rest = problems.length - named.length;
  const message = [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n");
  return lacks(reasons.VALID, reasons.VALIDATION_FAILED, message);
}

/**
 * Sums aspects up: what needs somebody comes before what needs time.
 *
 * @param aspects Aspects.
 * @param whenReady What to say when all of them hold.
 * @param whenReady.reason Word for programs.
 * @param whenReady.message Sentence for people.
 */
export function assess(
  aspects: readonly Aspect[],
  whenReady: { readonly reason: string; readonly message: string },
): Assessment {
  const missing = aspects.filter(({ status }) => status === "False");
  const first = missing.find(({ otherwise }) => otherwise === "Failed") ?? missing[0];
  const { reason, message } = first ?? whenReady;
  const phase = first?.otherwise ?? "Ready";
  const stated = aspects.map(({ otherwise: _, ...condition }) => condition);
  return {
    phase,
    message,
    conditions: [ready(first === undefined, reason, message), ...stated],
    requeueAfterMs: REQUEUE_MS[phase],
  };
}

/**
 * The status that an object should have.
 *
 * @param raw The object as it was read.
 * @param assessment What is reported.
 * @param counts Numbers beside it.
 * @param now The present time.
 * @returns The whole status; undefined when the object has it already. `lastValidated` is the time at which the
 *   assessment became what it is, so that an unchanged one is not written.
 */
export function nextStatus(
  raw: KubeObject,
  { phase, message, conditions }: Omit<Assessment, "requeueAfterMs">,
  counts: Pick<CloudProviderStatus, "clusterCount">,
  now: Date,
): CloudProviderStatus | undefined {
  const { lastValidated, clusterCount, ...before } = (raw["status"] ?? {}) as CloudProviderStatus;
  const generation = raw.metadata.generation ?? 0;
  const outcome = {
    phase,
    message,
    conditions: mergeConditions(before.conditions, conditions, generation, now),
    observedGeneration: generation,
  };
  const isSame = lastValidated !== undefined && isEqual(before, outcome);
  if (isSame && clusterCount === counts.clusterCount) return undefined;
  return { ...outcome, ...counts, lastValidated: isSame ? lastValidated : secondsOf(now) };
}

/** The order of conditions says nothing. */
function isEqual(a: CloudProviderStatus, b: CloudProviderStatus): boolean {
  const [x, y] = [sorted(a), sorted(b)];
  return contains(x, y) && contains(y, x);
}

function sorted(status: CloudProviderStatus): CloudProviderStatus {
  const byType = (a: Condition, b: Condition) => a.type < b.type ? -1 : 1;
  return { ...status, conditions: (status.conditions ?? []).toSorted(byType) };
}
