/**
 * Which control-plane Machines to make and which to remove. Pure.
 *
 * A Machine that is being deleted no longer counts, so that it is replaced at once. A Machine of another version is
 * replaced one at a time: the new one first, the old one when enough new ones are ready.
 *
 * @module
 */
import { DELETE_MACHINE_ANNOTATION } from "../names.ts";
import type { ConditionView, MachineView, ObjectView } from "../views.ts";

/** Replicas wanted, replicas seen. */
export interface MachineCensus {
  /** Number of Machines wanted. */
  readonly wanted: number;
  /** Version wanted, such as `v1.35.4`. */
  readonly version: string;
  /** Machines of the control plane, deleted ones included. */
  readonly machines: readonly MachineView[];
  /** Control-plane LocalMachines that no Machine uses: a run ended between making the two. */
  readonly orphans: readonly ObjectView[];
}

/** What to make and what to remove. */
export interface Scaling {
  /** Names of LocalMachines that still need their Machine. */
  readonly adopt: readonly string[];
  /** Number of Machines to make, with their LocalMachines. */
  readonly create: number;
  /** Names of Machines to delete. */
  readonly remove: readonly string[];
}

/**
 * Decides how to come closer to the wanted number of Machines of the wanted version.
 *
 * @param census What is wanted and what was seen.
 */
export function decideScaling(census: MachineCensus): Scaling {
  const { wanted, version, machines, orphans } = census;
  const alive = machines.filter((machine) => machine.metadata.deletionTimestamp === undefined);
  const outdated = alive.filter((machine) => machine.spec.version !== version);
  const current = alive.filter((machine) => machine.spec.version === version);
  const surge = outdated.length > 0 && alive.every(isReady) ? 1 : 0;
  const missing = Math.max(0, wanted + surge - alive.length - orphans.length);
  const adopt = orphans.map((orphan) => orphan.metadata.name).sort();
  if (alive.length <= wanted) return { adopt, create: missing, remove: [] };
  if (outdated.length > 0) {
    // An old Machine leaves one by one, and only for a new one that is ready.
    const enough = current.filter(isReady).length + outdated.length > wanted;
    const excess = current.length + outdated.length - wanted;
    const leaving = enough ? sorted(outdated).slice(0, Math.max(0, Math.min(1, excess))) : [];
    return { adopt, create: 0, remove: leaving };
  }
  return { adopt, create: 0, remove: sorted(alive).slice(0, alive.length - wanted) };
}

/**
 * Tells whether a Machine's condition is `True`.
 *
 * @param machine The Machine.
 * @param type The condition's type.
 */
export function holds(machine: MachineView, type: string): boolean {
  const found: ConditionView | undefined = machine.status.conditions
    .find((condition) => condition.type === type);
  return found?.status === "True";
}

function isReady(machine: MachineView): boolean {
  return holds(machine, "Ready");
}

/** Names in the order in which Machines leave: marked ones, then such that are not ready, then the youngest. */
function sorted(machines: readonly MachineView[]): string[] {
  return [...machines].sort((a, b) =>
    Number(isMarked(b)) - Number(isMarked(a)) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "") ||
    a.metadata.name.localeCompare(b.metadata.name)
  ).map((machine) => machine.metadata.name);
}

function isMarked(machine: MachineView): boolean {
  return DELETE_MACHINE_ANNOTATION in machine.metadata.annotations;
}
