/**
 * The status of a LatticeCluster, made from what was read. Pure.
 *
 * @module
 */
import {
  type Condition,
  type LatticeCluster,
  type LatticeClusterStatus,
  providerOf,
} from "@lattice/api";
import { setCondition } from "@lattice/kube";
import { isPoolReady, poolsOf, poolStatus, removedPools } from "./pools.ts";
import * as reasons from "./reasons.ts";
import type { CapiClusterView, MachineDeploymentView } from "./views.ts";
import type { Part } from "./writes.ts";

/** What the status is made from. */
export interface Observation {
  /** The LatticeCluster, defaults filled in. */
  readonly object: LatticeCluster;
  /** Whether it is the cluster that this operator runs in. */
  readonly self: boolean;
  /** CAPI's Cluster, when it exists. */
  readonly cluster: CapiClusterView | undefined;
  /** Its MachineDeployments. */
  readonly deployments: readonly MachineDeploymentView[];
  /** Its MachineSets, which a view of a MachineDeployment fits. */
  readonly sets: readonly MachineDeploymentView[];
  /** Whether the control plane has seen what is wanted of it and become that; undefined while there is none. */
  readonly isControlPlaneSettled?: boolean | undefined;
  /** Parts of which something is not yet applied as it is wanted: what CAPI reports of them is about something else. */
  readonly pending?: ReadonlySet<Part>;
}

/** A condition before its time and generation are known. */
export interface Stated {
  /** Type. */
  readonly type: string;
  /** Whether it holds. */
  readonly status: "True" | "False";
  /** Word for programs. */
  readonly reason: string;
  /** Sentence for people. */
  readonly message: string;
}

/**
 * The aspects of a cluster: infrastructure, control plane, workers, in this order.
 *
 * @param observation What was read.
 */
export function aspects(observation: Observation): [Stated, Stated, Stated] {
  return [infrastructure(observation), controlPlane(observation), workers(observation)];
}

function infrastructure({ cluster }: Observation): Stated {
  const provisioned = cluster?.status?.initialization.infrastructureProvisioned === true;
  const reported = cluster?.status?.conditions.find(({ type }) => type === "InfrastructureReady");
  const ready = provisioned && reported?.status !== "False";
  return ready
    ? {
      type: "InfrastructureReady",
      status: "True",
      reason: reasons.INFRA_READY,
      message: "infrastructure is provisioned",
    }
    : {
      type: "InfrastructureReady",
      status: "False",
      reason: reasons.INFRA_PENDING,
      message: reported?.message || "infrastructure is being provisioned",
    };
}

function controlPlane(
  { object, cluster, pending, isControlPlaneSettled }: Observation,
): Stated {
  const wanted = object.spec.nodes.controlPlane;
  const type = "ControlPlaneReady";
  if (!cluster?.status?.initialization.controlPlaneInitialized) {
    const reported = cluster?.status?.conditions.find(({ type }) =>
      type === "ControlPlaneInitialized"
    );
    const message = reported?.message || "the API server has not answered yet";
    return { type, status: "False", reason: reasons.CONTROL_PLANE_PENDING, message };
  }
  const { replicas, readyReplicas, upToDateReplicas } = cluster.status.controlPlane;
  const available = cluster.status.conditions.find(({ type }) => type === "ControlPlaneAvailable");
  const message = `${readyReplicas}/${wanted} nodes ready`;
  const complete = [replicas, readyReplicas, upToDateReplicas].every((count) => count === wanted);
  const current = isControlPlaneSettled === true && !pending?.has("control plane");
  return complete && current && available?.status !== "False"
    ? { type, status: "True", reason: reasons.CONTROL_PLANE_RUNNING, message }
    : { type, status: "False", reason: reasons.CONTROL_PLANE_SCALING, message };
}

function workers({ object, deployments, sets, pending }: Observation): Stated {
  const pools = poolsOf(object, deployments);
  const counts = pools.map(poolStatus);
  const wanted = sum(counts.map(({ desiredReplicas }) => desiredReplicas));
  const ready = sum(counts.map(({ readyReplicas }) => readyReplicas));
  const leaving = removedPools(object, deployments).map(({ metadata }) => metadata.name);
  const message = `${ready}/${wanted} nodes ready` +
    (leaving.length > 0 ? `; removing ${leaving.join(", ")}` : "");
  const type = "WorkersReady";
  return leaving.length === 0 && !pending?.has("workers") &&
      pools.every((pool) => isPoolReady(pool, sets))
    ? { type, status: "True", reason: reasons.WORKERS_RUNNING, message }
    : { type, status: "False", reason: reasons.WORKERS_SCALING, message };
}

/** Phase, message and conditions of a cluster that is not being deleted, moved or refused. */
export interface Verdict {
  /** Phase. */
  readonly phase: NonNullable<LatticeClusterStatus["phase"]>;
  /** Sentence for people. */
  readonly message: string;
  /** Conditions. */
  readonly conditions: readonly Stated[];
}

/**
 * The verdict on a cluster that is at work. A cluster that was ready once stays in phase `Ready` while it scales; its
 * conditions say what is missing.
 *
 * @param observation What was read.
 */
export function verdict(observation: Observation): Verdict {
  const { object, self, cluster } = observation;
  const parts = aspects(observation);
  const healthy = parts.every(({ status }) => status === "True");
  const missing = parts.find(({ status }) => status === "False");
  if (healthy && self) {
    const message = "self-managed and ready";
    return {
      phase: "Ready",
      message,
      conditions: [ready(true, reasons.CLUSTER_READY, message), ...parts],
    };
  }
  if (healthy) {
    const message = "provisioned; not yet managing itself";
    return {
      phase: "Provisioning",
      message,
      conditions: [ready(false, reasons.AWAITING_PIVOT, message), ...parts],
    };
  }
  const wasReady = self && object.status?.phase === "Ready" && cluster !== undefined;
  const message = missing
    ? `${ASPECT_NAMES[missing.type] ?? missing.type}: ${missing.message}`
    : "";
  return {
    phase: wasReady ? "Ready" : cluster === undefined ? "Pending" : "Provisioning",
    message,
    conditions: [ready(false, reasons.NOT_READY, message), ...parts],
  };
}

const ASPECT_NAMES: Readonly<Record<string, string>> = {
  InfrastructureReady: "infrastructure",
  ControlPlaneReady: "control plane",
  WorkersReady: "workers",
};

/**
 * The condition `Ready`.
 *
 * @param holds Whether it holds.
 * @param reason Word for programs.
 * @param message Sentence for people.
 */
export function ready(holds: boolean, reason: string, message: string): Stated {
  return { type: "Ready", status: holds ? "True" : "False", reason, message };
}

/**
 * The whole status: counts from what was read, phase and conditions from a verdict. Applied server-side, so that what
 * is left out vanishes.
 *
 * @param observation What was read.
 * @param verdict Phase, message, conditions.
 * @param now The present time.
 */
export function statusOf(
  observation: Observation,
  { phase, message, conditions }: Verdict,
  now: Date,
): LatticeClusterStatus {
  const { object, self, cluster, deployments } = observation;
  const generation = object.metadata.generation ?? 0;
  const pools = poolsOf(object, deployments);
  const counts = Object.fromEntries(pools.map((pool) => [pool.id, poolStatus(pool)]));
  const endpoint = cluster?.spec.controlPlaneEndpoint;
  const initialized = cluster?.status?.initialization.controlPlaneInitialized === true;
  return {
    phase,
    message,
    provider: providerOf(object),
    conditions: mergeConditions(object.status?.conditions, conditions, generation, now),
    readyControlPlane: cluster?.status?.controlPlane.readyReplicas ?? 0,
    readyWorkers: sum(Object.values(counts).map(({ readyReplicas }) => readyReplicas)),
    ...(pools.length > 0 ? { workerPools: counts } : {}),
    ...(endpoint?.host ? { endpoint: `https://${hostPort(endpoint)}` } : {}),
    observedGeneration: generation,
    ...(self || phase === "Pivoted" ? { pivotComplete: true } : {}),
    ...(initialized || self ? { bootstrapComplete: true } : {}),
  };
}

/**
 * States conditions, one entry a type, in the order given. Conditions of other types are dropped: a condition that is
 * no longer stated no longer holds.
 *
 * @param present The conditions that the object has.
 * @param stated What holds now.
 * @param generation Generation that was looked at.
 * @param now The present time.
 */
export function mergeConditions(
  present: readonly Condition[] | undefined,
  stated: readonly Stated[],
  generation: number,
  now: Date,
): Condition[] {
  return stated.flatMap((one) => {
    const before = present?.filter(({ type }) => type === one.type);
    return setCondition(before, { ...one, observedGeneration: generation }, now);
  });
}

function hostPort({ host, port }: { host: string; port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
