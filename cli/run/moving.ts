/**
 * The move of an install or uninstall: the mover, shown as a step, with its fault points.
 *
 * @module
 */

import { capiNamespace, type LatticeCluster } from "@lattice/api";
import type { KubeClient } from "@lattice/kube";
import { type CallHook, move } from "@lattice/pivot";
import type { Step } from "../output/reporter.ts";
import type { FaultHook } from "./fault.ts";
import { asWanted, clusterRef } from "./lattice_cluster.ts";
import type { Session } from "./session.ts";

/**
 * Moves the CAPI objects of the session's cluster, and its LatticeCluster with them.
 *
 * @param session The run; its journal is told how many requests the move took.
 * @param source Where the objects are.
 * @param target Where they go.
 * @param newest Which of the two has the LatticeCluster as it was wanted last.
 * @param step Is shown how far the move is.
 */
export async function moveCluster(
  session: Session,
  source: KubeClient,
  target: KubeClient,
  newest: KubeClient,
  step: Step,
): Promise<void> {
  const { cluster, runId, signal, fault, journal } = session;
  const ref = clusterRef(cluster);
  const other = newest === source ? target : source;
  const wanted = await newest.find<LatticeCluster>(ref, { signal }) ??
    await other.get<LatticeCluster>(ref, { signal });
  const count = { calls: 0, writes: 0 };
  await move({
    source,
    target,
    namespace: capiNamespace(cluster),
    cluster,
    runId,
    extras: [asWanted(wanted)],
    signal,
    onProgress: ({ phase, done, total }) => step.note(`${phase} ${done}/${total}`),
    onCall: countingHook(fault, count),
  });
  journal.moveCalls = count.calls;
  journal.moveWrites = count.writes;
}

/** Requests that leave both clusters as they are, as the mover describes them: side, verb, object. */
const READING = /^(source|target) (discover|get|list)\b/;

/** Numbers all requests, and those that change something, for `move:N` and `write:N` faults. */
function countingHook(fault: FaultHook, count: { calls: number; writes: number }): CallHook {
  const numbers = new Map<number, number>();
  return async (n, description, { when }) => {
    count.calls = Math.max(count.calls, n);
    await fault(`move:${n}:${when}`);
    if (READING.test(description)) return;
    // Requests overlap: one is answered after others were sent.
    if (!numbers.has(n)) numbers.set(n, ++count.writes);
    await fault(`write:${numbers.get(n)}:${when}`);
  };
}
