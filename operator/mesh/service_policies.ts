/**
 * Which services a LatticeServicePolicy selects. Pure.
 *
 * @module
 */
import type {
  LabelRequirement,
  LabelSelector,
  LatticeService,
  LatticeServicePolicy,
  LatticeServicePolicyStatus,
  Problem,
} from "@lattice/api";
import { formatProblem, objectKey } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { mergeConditions } from "../cluster/status.ts";
import * as reasons from "./reasons.ts";

/** Most services that a status names; all are counted. */
const MAX_REFS = 1_000;

type Labels = Readonly<Record<string, string>>;

/**
 * The services that a policy selects.
 *
 * @param policy The policy.
 * @param services Every service.
 * @param labelsOf Labels of a namespace.
 * @returns `namespace/name`, sorted.
 */
export function selected(
  policy: LatticeServicePolicy,
  services: readonly LatticeService[],
  labelsOf: (namespace: string) => Labels,
): string[] {
  const { namespaceSelector, ...selector } = policy.spec.selector;
  const home = policy.metadata.namespace ?? "default";
  return services.filter(({ metadata: { namespace = "default", labels = {} } }) => {
    const isInside = namespaceSelector === undefined
      ? namespace === home
      : matches(namespaceSelector, labelsOf(namespace));
    return isInside && matches(selector, labels);
  }).map(objectKey).sort();
}

/**
 * The status of a policy.
 *
 * @param raw The policy as the cluster has it.
 * @param problems What is wrong with it.
 * @param keys Services that it selects.
 * @param now The present time.
 */
export function servicePolicyStatus(
  raw: KubeObject,
  problems: readonly Problem[],
  keys: readonly string[],
  now: Date,
): LatticeServicePolicyStatus {
  const before = (raw["status"] ?? {}) as LatticeServicePolicyStatus;
  const generation = raw.metadata.generation ?? 0;
  const isValid = problems.length === 0;
  const message = isValid
    ? `${keys.length} services are selected`
    : problems.map(formatProblem).slice(0, 5).join("; ");
  const condition = {
    type: reasons.READY,
    status: isValid ? "True" as const : "False" as const,
    reason: isValid ? reasons.SELECTING : reasons.VALIDATION_FAILED,
    message,
  };
  return {
    phase: isValid ? "Active" : "Failed",
    message,
    conditions: mergeConditions(before.conditions, [condition], generation, now),
    matchedServices: keys.length,
    matchedServiceRefs: keys.slice(0, MAX_REFS),
    observedGeneration: generation,
  };
}

function matches({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels) {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}
