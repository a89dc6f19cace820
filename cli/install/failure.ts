/**
 * What becomes of the bootstrap cluster when an install does not reach its end.
 *
 * It is removed only when no machine can exist: otherwise it holds the only CAPI objects that know
 * them, and the user is told how to resume and how to discard.
 *
 * @module
 */

import { capiNamespace } from "@lattice/api";
import { readRecord, releasePorts, removeCluster } from "@lattice/providers/local/host";
import { DEADLINES } from "../run/deadlines.ts";
import { removeJournal } from "../run/journal.ts";
import { clusterRef } from "../run/lattice_cluster.ts";
import { testimonyOf } from "../run/ownership.ts";
import type { Session } from "../run/session.ts";
import { connectTo } from "../run/temporary.ts";
import type { InstallRequest } from "./request.ts";

/**
 * Cleans up or explains, as far as it is safe. Never throws: the error that ended the install is the
 * one that the user has to see.
 *
 * @param session The run.
 * @param request What was to be installed.
 * @param keep Whether `--keep-bootstrap-on-failure` was given.
 */
export async function afterFailure(
  session: Session,
  request: InstallRequest,
  keep: boolean,
): Promise<void> {
  const { home, temporary, reporter, io } = session;
  session.ballast[Symbol.dispose]();
  const bootstrap = await readRecord(home, temporary).catch(() => undefined);
  const interrupted = io.signal.aborted;
  if (bootstrap === undefined && !await readRecord(home, session.cluster).catch(() => undefined)) {
    reporter.line("Nothing is left behind.");
    return await forget(session);
  }
  if (!interrupted && !keep && await mayRemove(session) && await discard(session)) {
    reporter.line("No machine existed yet, so everything was removed again.");
    return await forget(session);
  }
  for (const line of whatIsLeft(session, request, bootstrap?.kubeconfig)) reporter.line(line);
}

/** Removes what is on disk although no cluster was planned: reservations and the journal. */
async function forget({ home, runId, cluster, temporary }: Session): Promise<void> {
  for (const name of [cluster, temporary]) await releasePorts(home, name).catch(() => false);
  await removeJournal(home, runId).catch(() => {});
}

/** Whether no machine exists and the bootstrap still owns whatever there is. */
async function mayRemove({ home, temporary, cluster, runId }: Session): Promise<boolean> {
  try {
    using client = await connectTo(home, temporary);
    if (client === undefined) return false;
    const stage = await testimonyOf(client, cluster, runId);
    if (stage === "silent") throw new Error("silent");
    if (stage !== "none") return false;
    // Discovery first: before the operator has installed the CRDs there can be no machine.
    const kinds = await client.resources();
    const machine = kinds.find((each) =>
      each.kind === "Machine" && each.apiVersion.startsWith("cluster.x-k8s.io/")
    );
    if (machine === undefined) return true;
    const { items } = await client.list(machine, {
      namespace: capiNamespace(cluster),
      timeoutMs: DEADLINES.glance,
    });
    return items.length === 0;
  } catch {
    // It does not answer. Without a target nothing was provisioned; with one, nobody knows.
    return await readRecord(home, cluster).catch(() => undefined) === undefined;
  }
}

/** Deletes the LatticeCluster, then the bootstrap. False when something would not go. */
async function discard(session: Session): Promise<boolean> {
  const { home, temporary, cluster, runId, reporter } = session;
  const options = { timeoutMs: DEADLINES.cleanUp };
  reporter.line(`Removing bootstrap cluster '${temporary}'`);
  try {
    using client = await connectTo(home, temporary);
    const asked = await client?.delete(clusterRef(cluster), { timeoutMs: DEADLINES.glance })
      .catch(() => false);
    if (asked) {
      await client?.wait(clusterRef(cluster), (object) => object === undefined, {
        ...options,
        what: `LatticeCluster '${cluster}' to be gone`,
      }).catch(() => undefined);
    }
    const target = await readRecord(home, cluster);
    if (target?.runId === runId) await removeCluster(home, cluster, options);
    await removeCluster(home, temporary, options);
    return true;
  } catch {
    return false;
  }
}

/** What the user has to know, and the two commands that lead on from here. */
function whatIsLeft(
  { temporary, cluster, runId, home, io, journal }: Session,
  { file }: InstallRequest,
  kubeconfig: string | undefined,
): string[] {
  const how = io.signal.aborted ? "Interrupted" : "Failed";
  const discardCommand = kubeconfig === undefined
    ? `lattice uninstall -k ${home}/clusters/${cluster}/kubeconfig -n ${cluster}`
    : `lattice uninstall -k ${kubeconfig} -n ${cluster}`;
  return [
    `${how} in step ${journal.step} of 7. Left as it is: ` +
    (kubeconfig === undefined
      ? `cluster '${cluster}'.`
      : `bootstrap cluster '${temporary}', which knows the machines of '${cluster}'.`),
    `  resume:  lattice install -f ${file} --run-id ${runId}`,
    `  discard: ${discardCommand}`,
    `  look:    lattice local status; logs in ${home}/clusters/*/logs`,
  ];
}
