/**
 * Whether the source's objects are in a state in which they may move. Pure.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { KubeObject } from "@lattice/kube";
import { displayName } from "./graph.ts";
import { CAPI_GROUP } from "./kinds.ts";
import { type Plan, planned } from "./plan.ts";

/** Annotation with which a provider delays a move. */
export const BLOCK_MOVE_ANNOTATION = "clusterctl.cluster.x-k8s.io/block-move";

/** A status condition, as far as it is read here. */
interface ConditionLike {
  readonly type?: unknown;
  readonly status?: unknown;
}

/** The parts of a status that decide, in both CAPI contract versions. */
interface StatusLike {
  readonly conditions?: readonly ConditionLike[];
  readonly v1beta2?: { readonly conditions?: readonly ConditionLike[] };
  readonly infrastructureReady?: boolean;
  readonly controlPlaneReady?: boolean;
  readonly initialization?: {
    readonly infrastructureProvisioned?: boolean;
    readonly controlPlaneInitialized?: boolean;
  };
}

/**
 * What has to end by itself before a move may begin: deletions (a copy would bring the object back to life) and work
 * that a provider protects with the `block-move` annotation.
 *
 * @param plan What would move.
 * @returns One phrase for each obstacle.
 */
export function obstacles(plan: Plan): string[] {
  return planned(plan).flatMap(({ object }) => {
    if (object.metadata.deletionTimestamp !== undefined) {
      return [`${displayName(object)} is being deleted`];
    }
    if (object.metadata.annotations?.[BLOCK_MOVE_ANNOTATION] !== undefined) {
      return [`${displayName(object)} blocks the move (annotation ${BLOCK_MOVE_ANNOTATION})`];
    }
    return [];
  });
}

/**
 * Objects whose controllers have not confirmed yet that they leave them alone. An object that never had a `Paused`
 * condition has no controller that could confirm.
 *
 * @param plan What moves.
 * @returns One phrase for each object.
 */
export function unconfirmed(plan: Plan): string[] {
  return planned(plan).filter(({ object, shared }) => !shared && pausedStatus(object) === false)
    .map(({ object }) => `${displayName(object)} is not paused yet`);
}

/**
 * Refuses to move what a provider may be making at this moment: until its identity is stored in the object's spec, a
 * move would lose it.
 *
 * @param plan What would move.
 * @throws {LatticeError} `conflict`, naming the objects.
 */
export function checkProvisioned(plan: Plan): void {
  const missing = planned(plan).flatMap(({ object, kind }) => {
    if (kind.group !== CAPI_GROUP) return [];
    if (kind.kind === "Cluster") return clusterGaps(object);
    const { providerID } = (object["spec"] ?? {}) as { providerID?: string };
    return kind.kind === "Machine" && !providerID
      ? [`${displayName(object)} has no provider ID yet`]
      : [];
  });
  if (missing.length === 0) return;
  throw new LatticeError(
    "conflict",
    `Cannot move while infrastructure is being made: ${summary(missing)}`,
    { remedy: "wait until every Machine runs, or delete the Machines that never will" },
  );
}

/**
 * The first few of many phrases.
 *
 * @param phrases Phrases.
 * @returns A sentence part.
 */
export function summary(phrases: readonly string[]): string {
  const shown = phrases.slice(0, 3).join(", ");
  return phrases.length > 3 ? `${shown} and ${phrases.length - 3} more` : shown;
}

function clusterGaps(cluster: KubeObject): string[] {
  const status = (cluster["status"] ?? {}) as StatusLike;
  const infrastructure = status.initialization?.infrastructureProvisioned ??
    status.infrastructureReady;
  const controlPlane = status.initialization?.controlPlaneInitialized ??
    isTrue(status.conditions, "ControlPlaneInitialized");
  return [
    ...(infrastructure ? [] : [`${displayName(cluster)} has no infrastructure yet`]),
    ...(controlPlane ? [] : [`${displayName(cluster)} has no control plane yet`]),
  ];
}

function isTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return (conditions ?? []).some((one) => one.type === type && one.status === "True");
}

/** Status of the `Paused` condition; undefined when the object has none. */
function pausedStatus(object: KubeObject): boolean | undefined {
  const status = (object["status"] ?? {}) as StatusLike;
  const all = [...status.conditions ?? [], ...status.v1beta2?.conditions ?? []];
  const found = all.find((one) => one.type === "Paused");
  return found === undefined ? undefined : found.status === "True";
}
