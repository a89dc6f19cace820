/**
 * Decides about a LocalControlPlane: from what was read to what is written. Pure.
 *
 * @module
 */
import { bareVersion } from "@lattice/api";
import type { ClusterRecord } from "@lattice/providers/local/host";
import type { Stated } from "../lifecycle.ts";
import { CONTROL_PLANE_FINALIZER } from "../names.ts";
import * as reasons from "../reasons.ts";
import type { ClusterView, LocalControlPlaneView, MachineView, ObjectView } from "../views.ts";
import { machineChanges } from "./machine_objects.ts";
import { decideScaling } from "./machines.ts";
import { controlPlaneStatus, isInitialized } from "./status.ts";

/** Milliseconds after which something is looked at again that no watch announces. */
export const POLL_MS = 500;
/** Milliseconds after which a control plane that serves is looked at again. */
export const CHECK_MS = 15_000;

/** What was read. */
export interface ControlPlaneWorld {
  /** The LocalControlPlane. */
  readonly object: LocalControlPlaneView;
  /** Its Cluster, when CAPI has set it and it exists. */
  readonly cluster: ClusterView | undefined;
  /** Whether it is the cluster that these controllers run in. */
  readonly own: boolean;
  /** First port of its block; undefined until its LocalCluster has reserved one. */
  readonly base: number | undefined;
  /** What the state directory knows of it. */
  readonly record: Pick<ClusterRecord, "version" | "flavour" | "certSANs"> | undefined;
  /** Whether somebody keeps its processes running. */
  readonly supervised: boolean;
  /** Whether its API server answers. */
  readonly serving: boolean;
  /** Whether its Secrets are there with the content that the state directory has. */
  readonly secretsWritten: boolean;
  /** Whether the machine template is there and belongs to the Cluster. */
  readonly templateOwned: boolean;
  /** Its Machines, deleted ones included. */
  readonly machines: readonly MachineView[];
  /** Control-plane LocalMachines that no Machine uses. */
  readonly orphans: readonly ObjectView[];
}

/** One thing to write. */
export type ControlPlaneAction =
  | { readonly do: "add-finalizer" | "remove-finalizer" }
  | { readonly do: "plan-processes" | "start-processes" | "remove-processes" }
  | { readonly do: "grant-access" | "write-secrets" | "own-template" }
  | { readonly do: "create-machine" }
  | { readonly do: "adopt-machine" | "delete-machine"; readonly name: string }
  | {
    readonly do: "update-machine";
    readonly name: string;
    readonly changes: Record<string, unknown>;
  }
  | { readonly do: "mark-machine"; readonly name: string; readonly upToDate: boolean };

/** What to write, what to report, when to look again. */
export interface ControlPlanePlan {
  /** What to write, in order. */
  readonly actions: readonly ControlPlaneAction[];
  /** What holds; empty: leave the status alone. */
  readonly conditions: readonly Stated[];
  /** Contract fields of the status beside the conditions. */
  readonly status: Record<string, unknown>;
  /** Milliseconds until the next look, when no watch will announce it. */
  readonly requeueAfterMs?: number;
}

/**
 * Decides what a LocalControlPlane needs next.
 *
 * @param world What was read.
 */
export function decideControlPlane(world: ControlPlaneWorld): ControlPlanePlan {
  return world.object.metadata.deletionTimestamp === undefined ? live(world) : deleted(world);
}

function live(world: ControlPlaneWorld): ControlPlanePlan {
  const { object, cluster } = world;
  if (cluster === undefined) {
    return waiting(world, [], reasons.WAITING_FOR_CLUSTER, "no Cluster owns it yet");
  }
  const first: ControlPlaneAction[] = object.metadata.finalizers.includes(CONTROL_PLANE_FINALIZER)
    ? []
    : [{ do: "add-finalizer" }];
  if (world.base === undefined) {
    return waiting(
      world,
      first,
      reasons.WAITING_FOR_INFRASTRUCTURE,
      "the ports of the cluster are not reserved yet",
    );
  }
  const processes: ControlPlaneAction[] = [
    ...first,
    ...(isPlanned(world) ? [] : [{ do: "plan-processes" as const }]),
    ...(world.supervised || world.own ? [] : [{ do: "start-processes" as const }]),
  ];
  if (!world.serving) {
    const plan = waiting(
      world,
      processes,
      reasons.STARTING_PROCESSES,
      "the API server does not answer yet",
    );
    return { ...plan, requeueAfterMs: POLL_MS };
  }
  return serving(world, processes);
}

function serving(world: ControlPlaneWorld, before: ControlPlaneAction[]): ControlPlanePlan {
  const { object, machines, orphans } = world;
  const { replicas, version } = object.spec;
  const scaling = decideScaling({ wanted: replicas, version, machines, orphans });
  const actions: ControlPlaneAction[] = [
    ...before,
    ...(isInitialized(object) ? [] : [{ do: "grant-access" as const }]),
    ...(world.secretsWritten ? [] : [{ do: "write-secrets" as const }]),
    ...(world.templateOwned ? [] : [{ do: "own-template" as const }]),
    ...scaling.adopt.map((name) => ({ do: "adopt-machine" as const, name })),
    ...Array.from({ length: scaling.create }, () => ({ do: "create-machine" as const })),
    ...scaling.remove.map((name) => ({ do: "delete-machine" as const, name })),
    ...machines.flatMap((machine) => inPlace(object, machine)),
  ];
  return {
    actions,
    ...controlPlaneStatus(world),
    requeueAfterMs: CHECK_MS,
  };
}

function inPlace(object: LocalControlPlaneView, machine: MachineView): ControlPlaneAction[] {
  if (machine.metadata.deletionTimestamp !== undefined) return [];
  const { name } = machine.metadata;
  const changes = machineChanges(object, machine);
  const upToDate = machine.spec.version === object.spec.version;
  const stated = machine.status.conditions.find((condition) => condition.type === "UpToDate");
  const isStated = stated?.status === (upToDate ? "True" : "False");
  return [
    ...(changes ? [{ do: "update-machine" as const, name, changes }] : []),
    ...(isStated ? [] : [{ do: "mark-machine" as const, name, upToDate }]),
  ];
}

function isPlanned({ object, record }: ControlPlaneWorld): boolean {
  if (record === undefined) return false;
  const { version, flavour, certSANs } = object.spec;
  return record.version === bareVersion(version) && record.flavour === flavour &&
    certSANs.every((name) => record.certSANs.includes(name)) &&
    record.certSANs.length === certSANs.length;
}

function deleted(world: ControlPlaneWorld): ControlPlanePlan {
  const { object, machines, orphans, record, own } = world;
  if (!object.metadata.finalizers.includes(CONTROL_PLANE_FINALIZER)) {
    return { actions: [], conditions: [], status: {} };
  }
  if (own) {
    return waiting(
      world,
      [],
      reasons.SELF_MANAGED,
      "a cluster cannot remove the processes that it runs on; run 'lattice uninstall'",
    );
  }
  if (machines.length > 0 || orphans.length > 0) {
    const leaving = machines.filter((machine) => machine.metadata.deletionTimestamp === undefined);
    return waiting(
      world,
      leaving.map((machine) => ({ do: "delete-machine", name: machine.metadata.name })),
      reasons.WAITING_FOR_MACHINES,
      `${machines.length} machines are being removed`,
    );
  }
  if (record !== undefined) {
    const plan = waiting(
      world,
      [{ do: "remove-processes" }],
      reasons.STOPPING_PROCESSES,
      "the processes are being stopped",
    );
    return { ...plan, requeueAfterMs: POLL_MS };
  }
  return { actions: [{ do: "remove-finalizer" }], conditions: [], status: {} };
}

function waiting(
  world: ControlPlaneWorld,
  actions: readonly ControlPlaneAction[],
  reason: string,
  message: string,
): ControlPlanePlan {
  const was = isInitialized(world.object);
  return {
    actions,
    conditions: [
      { type: "Available", status: "False", reason, message },
      ...(was ? [] : [{ type: "Initialized", status: "False" as const, reason, message }]),
    ],
    // What once was initialized stays so: CAPI would otherwise hold back workers during a restart.
    status: was ? controlPlaneStatus(world).status : {},
  };
}
