/**
 * Which of two clusters owns the CAPI objects of a cluster now: what a resumed run asks first.
 *
 * @module
 */

import { capiNamespace } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import type { KubeClient, KubeObject } from "@lattice/kube";
import { PHASES } from "@lattice/pivot";
import { DEADLINES } from "./deadlines.ts";

/** How far a move got, seen from one side; `none` when that side has no journal of this direction. */
export type MoveStage = "none" | "before-hand-over" | "handed-over" | "done";

/**
 * Reads the journal that the mover keeps in a cluster.
 *
 * @param client The cluster, on either side of the move.
 * @param cluster Name of the LatticeCluster.
 * @param runId Only a move of this run counts: an install's journal says nothing about an uninstall.
 * @returns How far the move got; `none` when the cluster does not answer.
 */
export async function moveStage(
  client: KubeClient,
  cluster: string,
  runId: string,
): Promise<MoveStage> {
  const namespace = capiNamespace(cluster);
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "lattice-move" };
  try {
    const found = await client.find<KubeObject>(ref, { timeoutMs: DEADLINES.glance });
    return found ? stageOf(found, runId) : "none";
  } catch (error) {
    if (error instanceof LatticeError) return "none";
    throw error;
  }
}

/** Phases from which on the target owns the objects. */
const AFTER_HAND_OVER: readonly string[] = PHASES.slice(PHASES.indexOf("HandedOver"));

function stageOf(journal: KubeObject, runId: string): MoveStage {
  const data = (journal.data ?? {}) as Readonly<Record<string, string>>;
  if (data.runId !== runId) return "none";
  if (data.phase === "Done") return "done";
  return AFTER_HAND_OVER.includes(data.phase ?? "") ? "handed-over" : "before-hand-over";
}

/**
 * Joins what both sides of a move say; either may be gone.
 *
 * @param stages What was read on each side.
 */
export function furthest(...stages: readonly MoveStage[]): MoveStage {
  const order: readonly MoveStage[] = ["none", "before-hand-over", "handed-over", "done"];
  return stages.reduce((a, b) => order.indexOf(a) > order.indexOf(b) ? a : b, "none");
}
