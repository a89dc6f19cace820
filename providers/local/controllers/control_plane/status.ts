/**
 * The status that CAPI's contract asks of a control plane. Pure.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL, CAPI_CONTROL_PLANE_LABEL } from "@lattice/api";
import type { Stated } from "../lifecycle.ts";
import * as reasons from "../reasons.ts";
import type { LocalControlPlaneView, MachineView } from "../views.ts";
import { holds } from "./machines.ts";

/** What the status is made from. */
export interface StatusInput {
  /** The LocalControlPlane. */
  readonly object: LocalControlPlaneView;
  /** Its Cluster. */
  readonly cluster: { readonly metadata: { readonly name: string } } | undefined;
  /** Its Machines, deleted ones included. */
  readonly machines: readonly MachineView[];
}

/**
 * The selector of the Machines of a control plane, as the scale subresource wants it.
 *
 * @param cluster Name of the cluster.
 */
export function machineSelector(cluster: string): string {
  return `${CAPI_CLUSTER_LABEL}=${cluster},${CAPI_CONTROL_PLANE_LABEL}`;
}

/**
 * Tells whether the API server of a control plane has answered and CAPI has its kubeconfig. Never false again.
 *
 * @param object The LocalControlPlane.
 */
export function isInitialized(object: LocalControlPlaneView): boolean {
  return object.status?.conditions.some(({ type, status }) =>
    type === "Initialized" && status === "True"
  ) ?? false;
}

/**
 * Conditions and contract fields of a control plane whose API server answers.
 *
 * @param input What was read.
 */
export function controlPlaneStatus(
  input: StatusInput,
): { conditions: Stated[]; status: Record<string, unknown> } {
  const { object, cluster, machines } = input;
  const { replicas: wanted, version } = object.spec;
  const alive = machines.filter((machine) => machine.metadata.deletionTimestamp === undefined);
  const upToDate = machines.filter((machine) => machine.spec.version === version).length;
  return {
    conditions: [
      {
        type: "Available",
        status: "True",
        reason: reasons.AVAILABLE,
        message: "the API server answers",
      },
      { type: "Initialized", status: "True", reason: reasons.INITIALIZED },
      scaling("ScalingUp", alive.length < wanted, wanted, alive.length),
      scaling("ScalingDown", alive.length > wanted, wanted, alive.length),
      upToDate === machines.length
        ? { type: "MachinesUpToDate", status: "True", reason: reasons.UP_TO_DATE }
        : {
          type: "MachinesUpToDate",
          status: "False",
          reason: reasons.NOT_UP_TO_DATE,
          message: `${machines.length - upToDate} machines do not have version ${version}`,
        },
    ],
    status: {
      initialization: { controlPlaneInitialized: true },
      ...(cluster === undefined ? {} : { selector: machineSelector(cluster.metadata.name) }),
      version,
      observedGeneration: object.metadata.generation,
      replicas: machines.length,
      readyReplicas: count(machines, "Ready"),
      availableReplicas: count(machines, "Available"),
      upToDateReplicas: upToDate,
    },
  };
}

function count(machines: readonly MachineView[], type: string): number {
  return machines.filter((machine) => holds(machine, type)).length;
}

function scaling(
  type: "ScalingUp" | "ScalingDown",
  active: boolean,
  wanted: number,
  present: number,
): Stated {
  const [yes, no] = type === "ScalingUp"
    ? [reasons.SCALING_UP, reasons.NOT_SCALING_UP]
    : [reasons.SCALING_DOWN, reasons.NOT_SCALING_DOWN];
  return active
    ? { type, status: "True", reason: yes, message: `from ${present} to ${wanted} machines` }
    : { type, status: "False", reason: no };
}
