/**
 * Decides about a LocalMachine: from what was read to what is written. Pure.
 *
 * @module
 */
import type { Stated } from "../lifecycle.ts";
import { MACHINE_FINALIZER, providerId } from "../names.ts";
import {
  DELETING,
  PROVISIONED,
  WAITING_FOR_BOOTSTRAP_DATA,
  WAITING_FOR_CLUSTER,
  WAITING_FOR_CONTROL_PLANE,
  WAITING_FOR_INFRASTRUCTURE,
  WAITING_FOR_MACHINE,
} from "../reasons.ts";
import type { ClusterView, LocalMachineView, MachineView, NodeView } from "../views.ts";
import { nodeAddresses, nodeDiffers } from "./node.ts";

/** Milliseconds after which something is looked at again that no watch announces. */
export const POLL_MS = 1_000;
/** Milliseconds after which a registered Node is looked at again. */
export const CHECK_MS = 30_000;

/** What was read. */
export interface MachineWorld {
  /** The LocalMachine. */
  readonly object: LocalMachineView;
  /** Its Machine, when CAPI has set it and it exists. */
  readonly machine: MachineView | undefined;
  /** Its Cluster, when it exists. */
  readonly cluster: ClusterView | undefined;
  /** Whether the workload cluster can be reached: its kubeconfig Secret exists. */
  readonly reachable: boolean;
  /** The Node, when it exists and could be asked for. */
  readonly node: NodeView | undefined;
}

/** One thing to write. */
export type MachineAction =
  | "add-finalizer"
  | "remove-finalizer"
  | "create-node"
  | "update-node"
  | "delete-node"
  | "set-provider-id";

/** What to write, what to report, when to look again. */
export interface MachinePlan {
  /** What to write, in order. */
  readonly actions: readonly MachineAction[];
  /** What holds; absent: leave the status alone. */
  readonly ready?: Stated;
  /** Contract fields of the status beside the conditions. */
  readonly status?: Record<string, unknown>;
  /** Milliseconds until the next look, when no watch will announce it. */
  readonly requeueAfterMs?: number;
}

/**
 * Decides what a LocalMachine needs next.
 *
 * @param world What was read.
 */
export function decideMachine(world: MachineWorld): MachinePlan {
  return world.object.metadata.deletionTimestamp === undefined ? live(world) : deleted(world);
}

function live(world: MachineWorld): MachinePlan {
  const { object, machine, cluster } = world;
  if (machine === undefined) return wait(WAITING_FOR_MACHINE, "no Machine owns it yet");
  if (cluster === undefined) return wait(WAITING_FOR_CLUSTER, "its Cluster was not found");
  const first: MachineAction[] = object.metadata.finalizers.includes(MACHINE_FINALIZER)
    ? []
    : ["add-finalizer"];
  const obstacle = whatIsMissing(world, machine, cluster);
  if (obstacle) return { ...obstacle, actions: first };
  const registered = world.node !== undefined;
  // A Machine on its way out gives its Node up before its LocalMachine: it must not come back.
  if (!registered && machine.metadata.deletionTimestamp !== undefined) return { actions: first };
  const id = providerId(machine.spec.clusterName, machine.metadata.name);
  return {
    actions: [
      ...first,
      ...nodeAction(world.node, machine),
      ...(object.spec.providerID === id ? [] : ["set-provider-id" as const]),
    ],
    ready: {
      type: "Ready",
      status: "True",
      reason: PROVISIONED,
      message: `node '${machine.metadata.name}' is registered`,
    },
    status: { initialization: { provisioned: true }, addresses: nodeAddresses(machine) },
    requeueAfterMs: CHECK_MS,
  };
}

function nodeAction(node: NodeView | undefined, machine: MachineView): MachineAction[] {
  if (node === undefined) return ["create-node"];
  return nodeDiffers(node, machine) ? ["update-node"] : [];
}

function whatIsMissing(
  world: MachineWorld,
  machine: MachineView,
  cluster: ClusterView,
): MachinePlan | undefined {
  if (cluster.status?.initialization?.infrastructureProvisioned !== true) {
    return wait(WAITING_FOR_INFRASTRUCTURE, "the cluster's infrastructure is not ready");
  }
  if (machine.spec.bootstrap.dataSecretName === undefined) {
    return wait(WAITING_FOR_BOOTSTRAP_DATA, "the Machine names no bootstrap data");
  }
  if (!world.reachable) {
    return {
      ...wait(WAITING_FOR_CONTROL_PLANE, "the control plane does not serve yet"),
      requeueAfterMs: POLL_MS,
    };
  }
  return undefined;
}

function deleted(world: MachineWorld): MachinePlan {
  const { object, cluster, node } = world;
  if (!object.metadata.finalizers.includes(MACHINE_FINALIZER)) return { actions: [] };
  const clusterGoes = cluster === undefined || cluster.metadata.deletionTimestamp !== undefined;
  const nodeStays = clusterGoes || !world.reachable || node === undefined;
  return {
    actions: nodeStays ? ["remove-finalizer"] : ["delete-node", "remove-finalizer"],
    ready: { type: "Ready", status: "False", reason: DELETING, message: "node is being removed" },
  };
}

function wait(reason: string, message: string): MachinePlan {
  return { actions: [], ready: { type: "Ready", status: "False", reason, message } };
}
