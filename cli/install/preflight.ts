/**
 * Whether this machine can take the cluster: is the name free, is the run ours, may we write?
 *
 * @module
 */

import { ValidationError } from "@lattice/api/errors";
import { type ClusterRecord, readRecord } from "@lattice/providers/local/host";
import { type Journal, listJournals, readJournal } from "../run/journal.ts";
import type { InstallRequest } from "./request.ts";

/**
 * Refuses a run id that belongs to another cluster, and a name that another run has taken.
 *
 * @param home The state directory.
 * @param request What is to be installed.
 * @throws {ValidationError} Naming what to do instead.
 */
export async function checkNames(home: string, request: InstallRequest): Promise<void> {
  const { runId, cluster: { metadata: { name } } } = request;
  const own = await readJournal(home, runId);
  if (own !== undefined && (own.cluster !== name || own.kind !== "install")) {
    throw new ValidationError([{
      field: "--run-id",
      reason: `run '${runId}' is the ${own.kind} of cluster '${own.cluster}'`,
      remedy: "leave --run-id out, or use another one",
    }]);
  }
  const record = await readRecord(home, name);
  if (record !== undefined && !belongsTo(record, own, runId)) throw taken(record, request);
  for (const rival of await listJournals(home)) {
    if (rival.cluster !== name || rival.runId === runId || rival.state === "done") continue;
    const temporary = rival.kind === "install" ? "lattice-bootstrap" : "lattice-uninstall";
    // Without its temporary cluster that run has not begun, or was cleaned away by hand.
    if (await readRecord(home, `${temporary}-${rival.runId}`)) throw unfinished(rival, request);
  }
}

/** The journal is a hint only: the record carries the run id, too. */
function belongsTo(record: ClusterRecord, own: Journal | undefined, runId: string): boolean {
  return record.role === "workload" && (record.runId === runId || own?.cluster === record.name);
}

function taken(record: ClusterRecord, { file }: InstallRequest): ValidationError {
  return new ValidationError([{
    file,
    field: "metadata.name",
    reason: `a cluster '${record.name}' is installed already (run '${record.runId}')`,
    remedy: `choose another name, or run 'lattice uninstall -k ${record.kubeconfig}' first`,
  }]);
}

function unfinished(rival: Journal, { file }: InstallRequest): ValidationError {
  if (rival.kind === "uninstall") {
    return new ValidationError([{
      file,
      field: "metadata.name",
      reason: `cluster '${rival.cluster}' is being uninstalled by run '${rival.runId}'`,
      remedy:
        `finish that with 'lattice uninstall --run-id ${rival.runId}' and its other arguments`,
    }]);
  }
  return new ValidationError([{
    file,
    field: "metadata.name",
    reason: `a cluster '${rival.cluster}' is being installed already by run '${rival.runId}'`,
    remedy: `resume it with 'lattice install -f ${file} --run-id ${rival.runId}'`,
  }]);
}
