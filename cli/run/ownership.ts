/**
 * Which of two clusters owns the CAPI objects of a cluster now: what a resumed run asks first.
 *
 * @module
 */

import { capiNamespace } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import type { KubeClient, KubeObject } from "@lattice/kube";
import { PHASES } from "@lattice/pivot";
import {
  clusterStatus,
  readRecord,
  startSupervisor,
  waitReady,
} from "@lattice/providers/local/host";
import { DEADLINES } from "./deadlines.ts";
import type { Session } from "./session.ts";
import { connectTo } from "./temporary.ts";

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

/**
 * Asks both sides of a move how far it is. A side whose processes are down, as after a reboot, is brought
 * up first: its answer decides who owns the machines.
 *
 * @param session The run.
 * @returns The furthest stage that either side knows of.
 */
export async function observeMove(session: Session): Promise<MoveStage> {
  const { home, cluster, temporary, runId } = session;
  const stages = await Promise.all([cluster, temporary].map(async (name) => {
    await awaken(session, name);
    using client = await connectTo(home, name);
    return client ? await moveStage(client, cluster, runId) : "none";
  }));
  return furthest(...stages);
}

/** Starts the supervisor of a cluster that exists; one that is being removed goes on being removed. */
async function awaken({ home, signal }: Session, name: string): Promise<void> {
  try {
    if (await readRecord(home, name) === undefined) return;
    await startSupervisor(home, name);
    if ((await clusterStatus(home, name)).desired !== "running") return;
    await waitReady(home, name, ["kube-apiserver"], { timeoutMs: DEADLINES.apiServer, signal });
  } catch (error) {
    signal.throwIfAborted();
    // It may vanish while we look, or not come up at all: then it has nothing to say.
    if (!(error instanceof LatticeError)) throw error;
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
