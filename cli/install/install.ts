/**
 * `lattice install`: from one file to a cluster that manages itself.
 *
 * *Expected flow*: read and check the request; take the locks of the run and of the cluster's name;
 * seven steps; print the path of the kubeconfig.
 *
 * *Guarantees*: nothing is created before everything checkable was checked. Every step looks at what
 * exists and converges, so the same command with the same run id goes on wherever an earlier one
 * stopped, however it stopped. The bootstrap cluster is never removed while it may hold the only CAPI
 * objects of machines that exist.
 *
 * @module
 */

import { readRecord, releasePorts, reservePorts } from "@lattice/providers/local/host";
import type { InstallFlags } from "../commands/install.ts";
import type { Io } from "../io.ts";
import { stepReporter } from "../output/reporter.ts";
import { takeBallast, watchDisk } from "../run/disk.ts";
import { writeJournal } from "../run/journal.ts";
import { runSteps } from "../run/session.ts";
import { checkHome, CLUSTER_BYTES, homeOf } from "../run/state_home.ts";
import { installInCloud } from "./cloud.ts";
import { showPlan } from "./dry_run.ts";
import { afterFailure } from "./failure.ts";
import { lockName, lockRun, openSession } from "./open.ts";
import { checkNames } from "./preflight.ts";
import { type InstallRequest, readRequest } from "./request.ts";
import { installSteps } from "./steps.ts";

/**
 * Installs a cluster, or resumes an install.
 *
 * @param flags The command line.
 * @param io The world; stdout gets the path of the kubeconfig.
 * @throws {LatticeError} `validation` before anything is created; later whatever stopped a step.
 */
export async function install(flags: InstallFlags, io: Io): Promise<void> {
  const request = await readRequest(flags, io);
  const home = homeOf(io);
  await checkNames(home, request);
  if (flags.dryRun) return showPlan(request, io);
  if (request.account !== undefined) return await installInCloud(flags, request, io);
  const { tools } = request;
  if (tools === undefined) {
    throw new RangeError("Cannot install a local cluster without components");
  }
  const temporary = `lattice-bootstrap-${request.runId}`;
  const resuming = await readRecord(home, temporary) !== undefined;
  await checkHome(home, resuming ? CLUSTER_BYTES : 2 * CLUSTER_BYTES);
  using _run = await lockRun(home, request);
  using _name = await lockName(home, request);
  // Checked again under the lock: two installs of one name may both have come this far.
  await checkNames(home, request);
  await reserveBlocks(home, request);
  using reporter = stepReporter(io);
  using ballast = await takeBallast(home, request.runId);
  using disk = watchDisk(home);
  const signal = AbortSignal.any([io.signal, disk.signal]);
  const base = { io, reporter, home, tools, temporary, signal, ballast };
  const session = await openSession(request, base);
  for (const note of request.notes) reporter.line(note);
  reporter.line(`Installing cluster '${session.cluster}' (run ${session.runId})`);
  const { steps, kubeconfig } = installSteps(session, request);
  try {
    await runSteps(session, steps);
  } catch (error) {
    await afterFailure(session, request, flags.keepBootstrapOnFailure ?? false);
    throw disk.signal.aborted && !io.signal.aborted ? disk.signal.reason : error;
  }
  session.journal.state = "done";
  await writeJournal(home, session.journal);
  reporter.line(`Cluster '${session.cluster}' is ready and manages itself. Try:`);
  reporter.line(`  kubectl --kubeconfig ${kubeconfig()} get nodes`);
  io.stdout(kubeconfig() + "\n");
}

/** Both clusters need ports; better to know now than when half of the work is done. */
async function reserveBlocks(home: string, { runId, cluster }: InstallRequest): Promise<void> {
  const temporary = `lattice-bootstrap-${runId}`;
  await reservePorts(home, temporary);
  try {
    await reservePorts(home, cluster.metadata.name);
  } catch (error) {
    await releasePorts(home, temporary);
    throw error;
  }
}
