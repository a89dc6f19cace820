/**
 * What all three controllers decide alike: whether to touch an object at all, and how its conditions are kept.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL } from "@lattice/api";
import { type Condition, setCondition } from "@lattice/kube";
import { PAUSED_ANNOTATION } from "./names.ts";
import { NOT_PAUSED, PAUSED } from "./reasons.ts";
import type { ClusterView, ConditionView, OwnerView } from "./views.ts";

/** Whether an object may be worked on: `fenced` means not even its status is written. */
export type Gate = "open" | "paused" | "fenced";

/**
 * Says whether a controller may work on an object. The fence wins over everything: behind it, another cluster
 * owns the machines. Pause wins over deletion: a mover deletes paused objects whose machines live on.
 *
 * @param object The object.
 * @param object.metadata Its metadata.
 * @param cluster The Cluster that it belongs to, when there is one.
 * @param fenced Whether another cluster owns the namespace's objects.
 */
export function gate(
  object: { metadata: { annotations: Record<string, string> } },
  cluster: ClusterView | undefined,
  fenced: boolean,
): Gate {
  if (fenced) return "fenced";
  if (cluster?.spec.paused === true) return "paused";
  return PAUSED_ANNOTATION in object.metadata.annotations ? "paused" : "open";
}

/** A condition before its time and generation are known. */
export interface Stated {
  /** Type. */
  readonly type: string;
  /** Status. */
  readonly status: "True" | "False" | "Unknown";
  /** Word for programs. */
  readonly reason: string;
  /** Sentence for people; default empty. */
  readonly message?: string;
}

/**
 * The condition that CAPI asks every provider for.
 *
 * @param paused Whether the object or its Cluster is paused.
 */
export function pausedCondition(paused: boolean): Stated {
  return paused
    ? { type: "Paused", status: "True", reason: PAUSED }
    : { type: "Paused", status: "False", reason: NOT_PAUSED };
}

/**
 * Puts what is stated now into the conditions that an object has; times move only where the status changes.
 *
 * @param present The object's conditions.
 * @param stated What holds now, one entry a type.
 * @param generation Generation of the object that was looked at.
 * @param now The present time.
 */
export function mergeConditions(
  present: readonly ConditionView[] | undefined,
  stated: readonly Stated[],
  generation: number,
  now: Date,
): Condition[] {
  const before: Condition[] = (present ?? []).map(({ observedGeneration, ...rest }) =>
    observedGeneration === undefined ? rest : { ...rest, observedGeneration }
  );
  return stated.reduce<Condition[]>(
    (list, one) =>
      setCondition(
        list,
        { message: "", ...one, observedGeneration: generation },
        now,
      ),
    before,
  );
}

/**
 * Finds the owner of a kind.
 *
 * @param owners Owner references.
 * @param kind Kind of the owner.
 * @param group API group of the owner, in any version.
 */
export function ownerOf(
  owners: readonly OwnerView[],
  kind: string,
  group: string,
): OwnerView | undefined {
  return owners.find((owner) => owner.kind === kind && owner.apiVersion.startsWith(`${group}/`));
}

/**
 * Name of the Cluster that an object belongs to: its owner, or before CAPI has noted that, what its label says. The
 * objects of a new cluster need not wait for a CAPI manager that is still starting.
 *
 * @param object The object.
 * @param object.metadata Its metadata.
 */
export function clusterNameOf(
  { metadata }: {
    metadata: { labels: Record<string, string>; ownerReferences: readonly OwnerView[] };
  },
): string | undefined {
  const owner = ownerOf(metadata.ownerReferences, "Cluster", "cluster.x-k8s.io");
  return owner?.name ?? metadata.labels[CAPI_CLUSTER_LABEL];
}
