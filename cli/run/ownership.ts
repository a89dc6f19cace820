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
  setDesiredState,
  startSupervisor,
  waitReady,
} from "@lattice/providers/local/host";
import { DEADLINES } from "./deadlines.ts";
import type { Session } from "./session.ts";
import { connectTo } from "./temporary.ts";

/** How far a move got. `none`: it has not begun. */
export type MoveStage = "none" | "before-hand-over" | "handed-over" | "done";

/** What one side says: a stage, `absent` when there is no such cluster, `silent` when it does not answer. */
export type Testimony = MoveStage | "absent" | "silent";

/**
 * Reads the journal that the mover keeps in a cluster.
 *
 * @param client The cluster, on either side of the move.
 * @param cluster Name of the LatticeCluster.
 * @param runId Only a move of this run counts: an install's journal says nothing about an uninstall.
 */
export async function testimonyOf(
  client: KubeClient,
  cluster: string,
  runId: string,
): Promise<MoveStage | "silent"> {
  const namespace = capiNamespace(cluster);
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "lattice-move" };
  try {
    const found = await client.find<KubeObject>(ref, { timeoutMs: DEADLINES.glance });
    return found ? stageOf(found, runId) : "none";
  } catch (error) {
    if (error instanceof LatticeError) return "silent";
    throw error;
  }
}

/**
 * Asks both sides of a move how far it is. A side whose processes are down, as after a reboot, is brought
 * up first: acting on a guess could make every machine a second time.
 *
 * @param session The run.
 * @param source Name of the local cluster that the objects come from.
 * @param target Name of the local cluster that they go to.
 * @throws {LatticeError} `unavailable` when nobody can tell who owns the objects.
 */
export async function observeMove(
  session: Session,
  source: string,
  target: string,
): Promise<MoveStage> {
  const [ours, theirs] = await Promise.all([source, target].map((name) => ask(session, name)));
  const stage = judge(ours ?? "absent", theirs ?? "absent");
  if (stage !== undefined) return stage;
  throw new LatticeError(
    "unavailable",
    `Cannot tell which cluster owns the machines of '${session.cluster}': ` +
      `'${source}' is ${ours}, '${target}' is ${theirs}`,
    {
      remedy:
        "look at 'lattice local status', bring both up with 'lattice local start', then rerun",
    },
  );
}

/**
 * Joins what both sides say. The hand-over is one write in the source, so the source knows best; a
 * target that owns the objects proves it, too, and one that does not exist cannot own anything.
 *
 * @param source What the source says.
 * @param target What the target says.
 * @returns The stage; `undefined` when it cannot be known.
 */
export function judge(source: Testimony, target: Testimony): MoveStage | undefined {
  if (target === "done" || source === "done") return "done";
  if (target === "handed-over" || source === "handed-over") return "handed-over";
  if (source === "none" || source === "before-hand-over") return source;
  return target === "absent" ? "none" : undefined;
}

async function ask(session: Session, name: string): Promise<Testimony> {
  const { home, cluster, runId } = session;
  if (await readRecord(home, name) === undefined) return "absent";
  await awaken(session, name);
  using client = await connectTo(home, name);
  return client === undefined ? "absent" : await testimonyOf(client, cluster, runId);
}

/**
 * Brings a local cluster up as far as its API server; one that is being removed goes on being removed.
 * Returns whether or not it came up.
 *
 * @param where State directory and interruption.
 * @param name Name of the local cluster.
 */
export async function awaken(
  { home, signal }: Pick<Session, "home" | "signal">,
  name: string,
): Promise<void> {
  try {
    // A run that goes on needs its clusters, even if somebody has stopped them meanwhile.
    if ((await clusterStatus(home, name)).desired === "stopped") {
      await setDesiredState(home, name, "running");
    }
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
