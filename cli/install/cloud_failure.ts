/**
 * What becomes of the bootstrap cluster when an install in a cloud does not reach its end.
 *
 * It is removed only when nothing can exist at the provider: no machine, and no network or load balancer
 * that the provider's cluster object knows of. Otherwise it holds the only objects that know them.
 *
 * @module
 */

import type { KubeClient } from "@lattice/kube";
import { releasePorts } from "@lattice/providers/local/host";
import type { CloudSession } from "../run/cloud_session.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { removeJournal } from "../run/journal.ts";
import { clusterRef } from "../run/lattice_cluster.ts";
import { extentOf } from "./extent.ts";

/**
 * Cleans up or explains, as far as it is safe. Never throws: the error that ended the install is the one
 * that the user has to see.
 *
 * @param session The run.
 * @param file `-f` as it was given.
 * @param keep Whether `--keep-bootstrap-on-failure` was given.
 */
export async function afterCloudFailure(
  session: CloudSession,
  file: string,
  keep: boolean,
): Promise<void> {
  const { reporter, io, bootstrap } = session;
  session.ballast[Symbol.dispose]();
  const exists = await bootstrap.exists().catch(() => true);
  if (!exists && session.journal.step <= 1) {
    reporter.line("Nothing is left behind.");
    return await forget(session);
  }
  if (exists && !io.signal.aborted && !keep && await discard(session)) {
    reporter.line("Nothing existed at the provider yet, so everything was removed again.");
    return await forget(session);
  }
  for (const line of await whatIsLeft(session, file)) reporter.line(line);
}

/** Removes what is on disk although no cluster was planned: reservations, the journal, the kubeconfig. */
async function forget(session: CloudSession): Promise<void> {
  const { home, runId, temporary, targetKubeconfig } = session;
  await releasePorts(home, temporary).catch(() => false);
  await Deno.remove(targetKubeconfig).catch(() => {});
  await removeJournal(home, runId).catch(() => {});
}

/** Deletes the LatticeCluster, then the bootstrap. False when something may be left. */
async function discard(session: CloudSession): Promise<boolean> {
  const { bootstrap, cluster, wanted, runId, reporter } = session;
  try {
    using client = await bootstrap.connect();
    if (client !== undefined) {
      const extent = await extentOf(client, wanted, runId);
      if (extent === "unknown") return false;
      reporter.line(`Removing bootstrap cluster '${bootstrap.name}'`);
      const timeoutMs = extent === "nothing" ? DEADLINES.emptyCleanUp : DEADLINES.cleanUp;
      const gone = await deleteCluster(client, cluster, timeoutMs);
      // A provider that was never reached cannot confirm that it made nothing.
      if (!gone && await extentOf(client, wanted, runId) !== "nothing") return false;
    }
    await bootstrap.remove({ timeoutMs: DEADLINES.cleanUp });
    return true;
  } catch {
    return false;
  }
}

async function deleteCluster(
  client: KubeClient,
  cluster: string,
  timeoutMs: number,
): Promise<boolean> {
  const ref = clusterRef(cluster);
  const asked = await client.delete(ref, { timeoutMs: DEADLINES.glance }).catch(() => false);
  if (!asked) return true;
  const what = `LatticeCluster '${cluster}' to be gone`;
  return await client.wait(ref, (object) => object === undefined, { timeoutMs, what })
    .then(() => true, () => false);
}

/** What the user has to know, and the commands that lead on from here. */
async function whatIsLeft(session: CloudSession, file: string): Promise<string[]> {
  const { bootstrap, cluster, runId, home, io, journal } = session;
  const how = io.signal.aborted ? "Interrupted" : "Failed";
  const kubeconfig = await bootstrap.kubeconfig().catch(() => undefined);
  const left = kubeconfig === undefined
    ? `cluster '${cluster}'.`
    : `bootstrap cluster '${bootstrap.name}', which knows what was made for '${cluster}'.`;
  const discardCommand = bootstrap.kind === "kind"
    ? `kubectl --kubeconfig ${kubeconfig} delete latticecluster ${cluster}, ` +
      `then kind delete cluster --name ${bootstrap.name}`
    : `lattice uninstall -k ${kubeconfig} -n ${cluster}`;
  return [
    `${how} in step ${journal.step} of 7. Left as it is: ${left}`,
    `  resume:  lattice install -f ${file} --bootstrap-cluster ${bootstrap.kind} --run-id ${runId}`,
    ...(kubeconfig === undefined ? [] : [`  discard: ${discardCommand}`]),
    ...(bootstrap.kind === "local"
      ? [`  look:    lattice local status; logs in ${home}/clusters/${bootstrap.name}/logs`]
      : []),
  ];
}
