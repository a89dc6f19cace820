/**
 * Decides about a LocalCluster: from what was read to what is written. Pure.
 *
 * @module
 */
import type { Stated } from "../lifecycle.ts";
import { CLUSTER_FINALIZER } from "../names.ts";
import {
  PROVISIONED,
  RESERVING_PORTS,
  STARTING_PROCESSES,
  STOPPING_PROCESSES,
  WAITING_FOR_CLUSTER,
} from "../reasons.ts";
import type { ClusterView, LocalClusterView } from "../views.ts";

/** Milliseconds after which something is looked at again that no watch announces. */
export const POLL_MS = 1_000;

/** What was read. */
export interface LocalClusterWorld {
  /** The LocalCluster. */
  readonly object: LocalClusterView;
  /** Its Cluster, when CAPI has set it and it exists. */
  readonly cluster: ClusterView | undefined;
  /** Whether the state directory still knows the cluster. */
  readonly planned: boolean;
  /** Whether something answers at the endpoint, and CAPI has the kubeconfig for it. */
  readonly serving: boolean;
}

/** One thing to write. */
export type LocalClusterAction =
  | "add-finalizer"
  | "remove-finalizer"
  | "reserve-endpoint"
  | "release-ports";

/** What to write, what to report, when to look again. */
export interface LocalClusterPlan {
  /** What to write, in order. */
  readonly actions: readonly LocalClusterAction[];
  /** What holds; absent: leave the status alone. */
  readonly ready?: Stated;
  /** Contract fields of the status beside the conditions. */
  readonly status?: Record<string, unknown>;
  /** Milliseconds until the next look, when no watch will announce it. */
  readonly requeueAfterMs?: number;
}

/**
 * Decides what a LocalCluster needs next. It counts as provisioned only when its endpoint is of use: CAPI connects as soon
 * as it hears so, and after a first failure tries again only half a minute later.
 *
 * @param world What was read.
 */
export function decideLocalCluster(world: LocalClusterWorld): LocalClusterPlan {
  const { object, cluster } = world;
  if (object.metadata.deletionTimestamp !== undefined) return deleted(world);
  if (cluster === undefined) {
    return { actions: [], ready: not(WAITING_FOR_CLUSTER, "no Cluster owns it yet") };
  }
  const finalizer = object.metadata.finalizers.includes(CLUSTER_FINALIZER);
  const endpoint = object.spec.controlPlaneEndpoint;
  if (!finalizer || endpoint === undefined) {
    return {
      actions: [
        ...(finalizer ? [] : ["add-finalizer" as const]),
        ...(endpoint ? [] : ["reserve-endpoint" as const]),
      ],
      // The writes above change the object, and its own watch brings it back here.
      ...(endpoint ? {} : { ready: not(RESERVING_PORTS, "ports are being reserved") }),
    };
  }
  if (!world.serving) {
    return { actions: [], ready: not(STARTING_PROCESSES, "nothing answers at the endpoint yet") };
  }
  return {
    actions: [],
    ready: {
      type: "Ready",
      status: "True",
      reason: PROVISIONED,
      message: `API server is at ${endpoint.host}:${endpoint.port}`,
    },
    status: { initialization: { provisioned: true } },
  };
}

function deleted({ object, planned }: LocalClusterWorld): LocalClusterPlan {
  if (!object.metadata.finalizers.includes(CLUSTER_FINALIZER)) return { actions: [] };
  if (planned) {
    return {
      actions: [],
      ready: not(STOPPING_PROCESSES, "the processes of the control plane still run"),
      requeueAfterMs: POLL_MS,
    };
  }
  return { actions: ["release-ports", "remove-finalizer"] };
}

function not(reason: string, message: string): Stated {
  return { type: "Ready", status: "False", reason, message };
}
