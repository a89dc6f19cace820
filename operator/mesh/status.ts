/**
 * The status of services and external services, made from what was declared, written and seen. Pure.
 *
 * @module
 */
import {
  type Condition,
  type EdgeStatus,
  formatProblem,
  type LatticeExternalServiceStatus,
  type LatticeService,
  type LatticeServiceStatus,
  type Problem,
} from "@lattice/api";
import { type KubeObject, secondsOf } from "@lattice/kube";
import { mergeConditions, type Stated } from "../cluster/status.ts";
import type { LayerOutcome } from "./context.ts";
import * as reasons from "./reasons.ts";

/** Most edges that a status lists; those that are held back come first. */
export const MAX_EDGES = 1_000;
/** Most names or problems that a message spells out. */
const MAX_NAMED = 5;

/** What the status of a service is made from. */
export interface ServiceObservation {
  /** As the cluster has it. */
  readonly raw: KubeObject;
  /** With its defaults; undefined when it breaks a rule. */
  readonly service: LatticeService | undefined;
  /** What is wrong with it. */
  readonly problems: readonly Problem[];
  /** What became of its policies; undefined: not tried yet. */
  readonly policies: LayerOutcome | undefined;
  /** What became of the policies of the cluster. */
  readonly cluster: LayerOutcome | undefined;
  /** What became of its workload; undefined: not tried yet. */
  readonly workload: LayerOutcome | undefined;
  /** Deployment or StatefulSet, when there is one. */
  readonly controller: KubeObject | undefined;
  /** Edges that it has a part in. */
  readonly edges: readonly EdgeStatus[];
  /** URL of each dependency by the name of its resource. */
  readonly resolved: Readonly<Record<string, string>>;
}

/** What the status of an external service is made from. */
export type ExternalObservation = Pick<
  ServiceObservation,
  "raw" | "problems" | "policies" | "cluster"
>;

/**
 * The status of a service.
 *
 * @param seen What was declared, written and seen.
 * @param now The present time.
 */
export function serviceStatus(seen: ServiceObservation, now: Date): LatticeServiceStatus {
  const { conditions: before } = (seen.raw["status"] ?? {}) as LatticeServiceStatus;
  const aspects = [
    valid(seen.problems),
    policyApplied(seen),
    workloadApplied(seen),
    workloadAvailable(seen),
  ];
  const conditions = [
    ready(aspects, reasons.SERVICE_READY, "policies are applied and pods are available"),
    ...aspects,
    dependenciesReady(seen.edges),
    ...supported(seen.workload),
  ];
  const generation = seen.raw.metadata.generation ?? 0;
  const { phase, message } = summary(conditions);
  const edges = boundedEdges(seen.edges);
  return {
    phase,
    message,
    conditions: mergeConditions(before, conditions, generation, now),
    ...(seen.service === undefined ? {} : { lastCompiledAt: secondsOf(now) }),
    observedGeneration: generation,
    ...(Object.keys(seen.resolved).length > 0
      ? { resolvedDependencies: { ...seen.resolved } }
      : {}),
    ...(edges.length > 0 ? { edges } : {}),
  };
}

/**
 * The status of an external service.
 *
 * @param seen What was declared and written.
 * @param now The present time.
 */
export function externalStatus(
  seen: ExternalObservation,
  now: Date,
): LatticeExternalServiceStatus {
  const before = (seen.raw["status"] ?? {}) as LatticeExternalServiceStatus;
  const aspects = [valid(seen.problems), policyApplied(seen)];
  const conditions = [
    ready(aspects, reasons.ENDPOINTS_CONFIGURED, "endpoints and policies are applied"),
    ...aspects,
  ];
  const generation = seen.raw.metadata.generation ?? 0;
  const { phase, message } = summary(conditions);
  return {
    phase: phase === "Compiling" ? "Pending" : phase,
    message,
    conditions: mergeConditions(before.conditions, conditions, generation, now),
    observedGeneration: generation,
  };
}

function valid(problems: readonly Problem[]): Stated {
  return problems.length === 0
    ? stated(reasons.VALID, true, reasons.VALID_SPEC, "")
    : stated(reasons.VALID, false, reasons.VALIDATION_FAILED, listed(problems.map(formatProblem)));
}

function policyApplied({ problems, policies, cluster }: ExternalObservation): Stated {
  const type = reasons.POLICY_APPLIED;
  if (problems.length > 0) {
    const message = "the policies from before the last change stay";
    return stated(type, false, reasons.VALIDATION_FAILED, message);
  }
  if (cluster?.error !== undefined) {
    return stated(type, false, reasons.INFRASTRUCTURE_FAILED, cluster.error);
  }
  // Rights without the default deny that they are exceptions of mean nothing.
  return applied(type, policies && { ...policies, ...together(policies, cluster) });
}

function together(
  own: LayerOutcome,
  cluster: LayerOutcome | undefined,
): Pick<LayerOutcome, "missing" | "taken"> {
  const missing = new Set([...own.missing, ...cluster?.missing ?? []]);
  return { missing: [...missing].sort(), taken: [...own.taken, ...cluster?.taken ?? []] };
}

function workloadApplied({ problems, workload }: ServiceObservation): Stated {
  const type = reasons.WORKLOAD_APPLIED;
  if (problems.length > 0) {
    const message = "the workload from before the last change stays";
    return stated(type, false, reasons.VALIDATION_FAILED, message);
  }
  if (workload?.blocked && workload.error === undefined) {
    const message = listed(workload.problems.map(formatProblem));
    return stated(type, false, reasons.BLOCKED, message);
  }
  return applied(type, workload);
}

function applied(type: string, outcome: LayerOutcome | undefined): Stated {
  if (outcome === undefined) return stated(type, false, reasons.PENDING, "not applied yet");
  if (outcome.error !== undefined) return stated(type, false, reasons.APPLY_FAILED, outcome.error);
  if (outcome.taken.length > 0) {
    const message = `${listed(outcome.taken)}: somebody else's; rename the service, or delete them`;
    return stated(type, false, reasons.NAME_TAKEN, message);
  }
  if (outcome.missing.length > 0) {
    const message = `the cluster does not serve ${listed(outcome.missing)}; ` +
      "install their definitions, the rest follows by itself";
    return stated(type, false, reasons.MISSING_KINDS, message);
  }
  return stated(type, true, reasons.APPLIED, "");
}

function workloadAvailable({ service, workload, controller }: ServiceObservation): Stated {
  const type = reasons.WORKLOAD_AVAILABLE;
  if (controller === undefined) {
    const message = workload === undefined || service === undefined
      ? "not applied yet"
      : "there are no pods yet";
    return stated(type, false, reasons.PENDING, message);
  }
  const { replicas: wanted = 1 } = (controller["spec"] ?? {}) as { replicas?: number };
  const { availableReplicas = 0, updatedReplicas = 0, observedGeneration = 0 } =
    (controller["status"] ?? {}) as Record<string, number | undefined>;
  const isSeen = observedGeneration >= (controller.metadata.generation ?? 0);
  const message = `${availableReplicas} of ${wanted} pods are available`;
  return isSeen && availableReplicas >= wanted && updatedReplicas >= wanted
    ? stated(type, true, reasons.AVAILABLE, message)
    : stated(type, false, reasons.UNAVAILABLE, message);
}

function dependenciesReady(edges: readonly EdgeStatus[]): Stated {
  const waiting = edges.filter(({ direction, state }) =>
    direction === "outbound" && state !== "agreed"
  );
  const names = waiting.map(({ peer, state }) => `${peer} (${state})`);
  return waiting.length === 0
    ? stated(reasons.DEPENDENCIES_READY, true, reasons.ALL_AGREED, "")
    : stated(reasons.DEPENDENCIES_READY, false, reasons.WAITING, listed(names));
}

function supported(workload: LayerOutcome | undefined): Stated[] {
  const { problems = [], blocked = false } = workload ?? {};
  if (blocked || problems.length === 0) return [];
  const message = listed(problems.map(formatProblem));
  return [stated(reasons.SUPPORTED, false, reasons.UNSUPPORTED_FIELD, message)];
}

function ready(aspects: readonly Stated[], reason: string, message: string): Stated {
  const missing = aspects.find(({ status }) => status === "False");
  return missing === undefined ? stated(reasons.READY, true, reason, message) : stated(
    reasons.READY,
    false,
    missing.reason,
    missing.message === "" ? missing.type : `${missing.type}: ${missing.message}`,
  );
}

/** Reasons that time alone cures, or another's installation. */
const PASSING: ReadonlySet<string> = new Set([reasons.PENDING, reasons.UNAVAILABLE]);

function summary([main]: readonly Stated[]): {
  phase: NonNullable<LatticeServiceStatus["phase"]>;
  message: string;
} {
  const { status, reason, message } = main as Stated;
  if (status === "True") return { phase: "Ready", message };
  if (PASSING.has(reason)) return { phase: "Compiling", message };
  return { phase: reason === reasons.MISSING_KINDS ? "Pending" : "Failed", message };
}

function boundedEdges(edges: readonly EdgeStatus[]): EdgeStatus[] {
  if (edges.length <= MAX_EDGES) return [...edges];
  const held = edges.filter(({ state }) => state !== "agreed");
  const agreed = edges.filter(({ state }) => state === "agreed");
  return [...held, ...agreed].slice(0, MAX_EDGES);
}

function stated(type: string, holds: boolean, reason: string, message: string): Stated {
  return { type, status: holds ? "True" : "False", reason, message };
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return names.slice(0, MAX_NAMED).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/**
 * Whether two statuses say the same; when something was compiled is no news by itself.
 *
 * @param a One.
 * @param b The other.
 */
export function isSameStatus(a: object, b: object): boolean {
  return textOf(a) === textOf(b);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === "lastCompiledAt") return undefined;
    return typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => x < y ? -1 : 1))
      : inner;
  });
}

/**
 * One condition of a status.
 *
 * @param status Status, if any.
 * @param type Type of the condition.
 */
export function conditionOf(
  status: { readonly conditions?: readonly Condition[] } | undefined,
  type: string,
): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
