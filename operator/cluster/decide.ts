/**
 * Decides about a LatticeCluster: from what was read to what is written. Pure.
 *
 * @module
 */
import {
  FINALIZER,
  formatProblem,
  type LatticeClusterStatus,
  type Problem,
  UNINSTALL_ANNOTATION,
} from "@lattice/api";
import type { KubeObject, Ref } from "@lattice/kube";
import { clusterNames, type VersionStep } from "@lattice/providers";
import * as reasons from "./reasons.ts";
import { type Observation, ready, type Stated, type Verdict, verdict } from "./status.ts";
import { CAPI_CLUSTER, MACHINE_DEPLOYMENT, prunes, steps } from "./writes.ts";

/** Milliseconds after which something is looked at again that no watch announces. */
export const POLL_MS = 2_000;
/** Milliseconds after which a cluster that another one owns is looked at again. */
export const ASIDE_MS = 5_000;

/** A rendered object and what exists of it. */
export interface Rendered {
  /** As it would be applied. */
  readonly wanted: KubeObject;
  /** As it is; undefined when absent. */
  readonly live: KubeObject | undefined;
}

/** What was read. */
export interface ClusterWorld extends Observation {
  /** What is wrong with the spec. */
  readonly problems: readonly Problem[];
  /** Whether another cluster owns the objects now, or still. */
  readonly fenced: boolean;
  /** Whether a move of the objects has begun here and is not over. */
  readonly moving: boolean;
  /** Whether the namespace of the objects exists. */
  readonly namespaceExists: boolean;
  /** The objects that the spec asks for, in application order. */
  readonly rendered: readonly Rendered[];
  /** Templates in the namespace. */
  readonly templates: readonly KubeObject[];
  /** What became of the Kubernetes version that the spec asks for; absent before there is a control plane. */
  readonly step?: VersionStep;
}

/** One thing to write. */
export type ClusterAction =
  | { readonly do: "add-finalizer" | "remove-finalizer" }
  | { readonly do: "create-namespace" | "delete-namespace" }
  | { readonly do: "apply"; readonly object: KubeObject }
  | { readonly do: "scale"; readonly deployment: string; readonly replicas: number }
  | { readonly do: "delete"; readonly ref: Ref };

/** Something that people should hear of. */
export interface Happening {
  /** Whether it is bad news. */
  readonly type: "Normal" | "Warning";
  /** Word for programs. */
  readonly reason: string;
  /** Sentence for people. */
  readonly message: string;
}

/** What to write, what to report, when to look again. */
export interface ClusterPlan {
  /** What to write, in order. */
  readonly actions: readonly ClusterAction[];
  /** Phase, message and conditions; absent: leave the status alone. */
  readonly verdict?: Verdict;
  /** Events to record. */
  readonly events: readonly Happening[];
  /** Milliseconds until the next look, when no watch will announce it. */
  readonly requeueAfterMs?: number;
}

/**
 * Decides what a LatticeCluster needs next.
 *
 * @param world What was read.
 */
export function decideCluster(world: ClusterWorld): ClusterPlan {
  const plan = world.object.metadata.deletionTimestamp === undefined || isBlocked(world)
    ? live(world)
    : deleted(world);
  const events = [...plan.events, ...phaseEvents(world.object.status, plan.verdict)];
  return { ...plan, events };
}

function live(world: ClusterWorld): ClusterPlan {
  if (world.fenced) return aside(world);
  if (world.problems.length > 0) return { actions: [], verdict: refusal(world), events: [] };
  if (world.moving) return { ...moving(world), requeueAfterMs: POLL_MS };
  const found = steps(world);
  const writes = found.flatMap(({ actions }) => actions);
  const actions = [...prerequisites(world), ...writes, ...prunes(world)];
  const pending = new Set(found.filter(({ isPending }) => isPending).map(({ part }) => part));
  return {
    actions,
    verdict: withBlock(world, withStep(world.step, verdict({ ...world, pending }))),
    events: [...appliedEvents(actions), ...actions.flatMap(eventOf), ...stepEvents(world)],
  };
}

/** A version that cannot be followed now holds nothing else up: the cluster is looked after as it is. */
function withStep(step: VersionStep | undefined, found: Verdict): Verdict {
  const stated = upgradeBlocked(step);
  if (stated === undefined) return found;
  const { reason, message } = stated;
  if (reason !== reasons.VERSION_REFUSED) {
    return { ...found, conditions: [...found.conditions, stated] };
  }
  const [, ...parts] = found.conditions;
  return { ...found, message, conditions: [ready(false, reason, message), ...parts, stated] };
}

function upgradeBlocked(step: VersionStep | undefined): Stated | undefined {
  if (step?.problem === undefined) return undefined;
  return {
    type: "UpgradeBlocked",
    status: "True",
    reason: step.held === "refused" ? reasons.VERSION_REFUSED : reasons.AWAITING_UPGRADE,
    message: formatProblem(step.problem),
  };
}

/** Says once why a version is refused. */
function stepEvents({ object, step }: ClusterWorld): Happening[] {
  const stated = upgradeBlocked(step);
  if (stated?.reason !== reasons.VERSION_REFUSED) return [];
  const { type, reason, message } = stated;
  const known = object.status?.conditions?.find((condition) => condition.type === type);
  return known?.message === message ? [] : [{ type: "Warning", reason, message }];
}

/** Behind the fence nothing is written but what this cluster knows for certain: who owns the objects. */
function aside(world: ClusterWorld): ClusterPlan {
  if (world.self) return { ...moving(world), requeueAfterMs: ASIDE_MS };
  const message = "the cluster manages itself";
  const conditions = [ready(true, reasons.PIVOT_COMPLETE, message)];
  return {
    actions: [],
    events: [],
    verdict: { phase: "Pivoted", message, conditions },
    requeueAfterMs: ASIDE_MS,
  };
}

function moving(world: ClusterWorld): ClusterPlan {
  const message = "its objects are moving to another cluster";
  const [, ...parts] = verdict(world).conditions;
  const conditions = [ready(false, reasons.PIVOTING, message), ...parts];
  return { actions: [], events: [], verdict: { phase: "Pivoting", message, conditions } };
}

function refusal({ problems }: ClusterWorld): Verdict {
  const message = problems.map(formatProblem).join("; ");
  const conditions = [ready(false, reasons.VALIDATION_FAILED, message)];
  return { phase: "Failed", message, conditions };
}

function prerequisites({ object, namespaceExists }: ClusterWorld): ClusterAction[] {
  const held = object.metadata.finalizers?.includes(FINALIZER) ?? false;
  const going = object.metadata.deletionTimestamp !== undefined;
  return [
    ...(held || going ? [] : [{ do: "add-finalizer" as const }]),
    ...(namespaceExists ? [] : [{ do: "create-namespace" as const }]),
  ];
}

/** Whether a deletion was asked for that must not happen from within. */
function isBlocked({ object, self }: ClusterWorld): boolean {
  return self && object.metadata.deletionTimestamp !== undefined &&
    object.metadata.annotations?.[UNINSTALL_ANNOTATION] === undefined;
}

function withBlock(world: ClusterWorld, found: Verdict): Verdict {
  if (!isBlocked(world)) return found;
  const blocked: Stated = {
    type: "DeletionBlocked",
    status: "True",
    reason: reasons.USE_UNINSTALL,
    message:
      `a cluster cannot delete itself; run 'lattice uninstall ${world.object.metadata.name}'`,
  };
  return { ...found, message: blocked.message, conditions: [...found.conditions, blocked] };
}

function deleted(world: ClusterWorld): ClusterPlan {
  const { object, self, fenced, cluster, namespaceExists } = world;
  const { name, finalizers } = object.metadata;
  if (!finalizers?.includes(FINALIZER)) return { actions: [], events: [] };
  // What another cluster owns is not touched; this record of it may go.
  if (self || fenced) return { actions: [{ do: "remove-finalizer" }], events: [] };
  if (cluster === undefined) {
    const actions: ClusterAction[] = [{ do: "remove-finalizer" }];
    return {
      actions: namespaceExists ? [{ do: "delete-namespace" }, ...actions] : actions,
      events: [],
    };
  }
  if (world.moving) return { ...moving(world), requeueAfterMs: POLL_MS };
  const message = "the machines are being deleted";
  const conditions = [ready(false, reasons.DELETING_CLUSTER, message)];
  const ref = { ...CAPI_CLUSTER, namespace: clusterNames(name).namespace, name };
  return {
    actions: cluster.metadata.deletionTimestamp === undefined ? [{ do: "delete", ref }] : [],
    verdict: { phase: "Deleting", message, conditions },
    events: [],
    requeueAfterMs: POLL_MS,
  };
}

function eventOf(action: ClusterAction): Happening[] {
  if (action.do === "delete" && action.ref.kind === MACHINE_DEPLOYMENT.kind) {
    const message = `deleting ${action.ref.name}: its pool is not in the spec`;
    return [{ type: "Normal", reason: reasons.POOL_REMOVED, message }];
  }
  if (action.do === "scale") {
    const message = `raising ${action.deployment} to its minimum of ${action.replicas}`;
    return [{ type: "Normal", reason: reasons.RAISED_TO_MINIMUM, message }];
  }
  return [];
}

/** One event for all objects that are written at a time: a new cluster has a dozen of them. */
function appliedEvents(actions: readonly ClusterAction[]): Happening[] {
  const objects = actions.flatMap((action) =>
    action.do === "apply" ? [`${action.object.kind} ${action.object.metadata.name}`] : []
  );
  if (objects.length === 0) return [];
  return [{ type: "Normal", reason: reasons.APPLIED, message: `applied ${objects.join(", ")}` }];
}

function phaseEvents(
  before: LatticeClusterStatus | undefined,
  found: Verdict | undefined,
): Happening[] {
  if (found === undefined || found.phase === before?.phase) return [];
  const type = found.phase === "Failed" ? "Warning" : "Normal";
  const reason = found.phase === "Failed" ? reasons.VALIDATION_FAILED : reasons.PHASE_CHANGED;
  const change = `phase ${before?.phase ?? "none"} -> ${found.phase}`;
  return [{ type, reason, message: `${change}: ${found.message}` }];
}
