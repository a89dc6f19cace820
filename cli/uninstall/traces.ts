/**
 * The last traces of a cluster: kubeconfig entries, journals, empty directories.
 *
 * @module
 */

import { join } from "node:path";
import { removeFromKubeconfigFile } from "@lattice/kube";
import { releasePorts } from "@lattice/providers/local/host";
import { listJournals, removeJournal } from "../run/journal.ts";

/**
 * Removes what is left of a cluster that does not exist any more. Running it again is harmless.
 *
 * @param home The state directory.
 * @param cluster Name of the cluster.
 * @param kubeconfigs Kubeconfig files, besides those that installs noted, that may hold its entry.
 */
export async function removeTraces(
  home: string,
  cluster: string,
  kubeconfigs: readonly string[],
): Promise<void> {
  const journals = (await listJournals(home)).filter((journal) => journal.cluster === cluster);
  const noted = journals.flatMap((journal) => journal.kubeconfigOut ?? []);
  for (const path of new Set([...kubeconfigs, ...noted])) {
    if (await exists(path)) await removeFromKubeconfigFile(path, cluster);
  }
  for (const { runId } of journals) await removeJournal(home, runId);
  await releasePorts(home, cluster);
  for (const folder of ["clusters", "ports"]) {
    // Refused by the system when something is in it, which is exactly when it has to stay.
    await Deno.remove(join(home, folder)).catch(() => {});
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
