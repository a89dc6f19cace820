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

import { join } from "node:path";
import { providerOf } from "@lattice/api";
import { LatticeError, ValidationError } from "@lattice/api/errors";
import { readRecord, releasePorts, reservePorts } from "@lattice/providers/local/host";
import type { Tools } from "../../tools/locate.ts";
import type { InstallFlags } from "../commands/install.ts";
import type { Io } from "../io.ts";
import { stepReporter } from "../output/reporter.ts";
import { takeBallast, watchDisk } from "../run/disk.ts";
import { faultHook } from "../run/fault.ts";
import { type Journal, readJournal, writeJournal } from "../run/journal.ts";
import { type HeldLock, tryLock } from "../run/lock.ts";
import { runSteps, type Session } from "../run/session.ts";
import { checkHome, CLUSTER_BYTES, homeOf } from "../run/state_home.ts";
import { showPlan } from "./dry_run.ts";
import { afterFailure } from "./failure.ts";
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
  const tools = needLocal(request);
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

/** Only local clusters can be installed by this version; anything else is refused with a way out. */
function needLocal({ tools, cluster, file }: InstallRequest): Tools {
  if (tools !== undefined) return tools;
  const provider = providerOf(cluster);
  throw new ValidationError([{
    file,
    field: `spec.provider.config.${provider}`,
    reason: `installing with provider '${provider}' is not possible on this machine yet`,
    remedy:
      `use provider 'local', or apply the objects of 'lattice render -f ${file}' to a cluster ` +
      "that runs its Cluster API provider",
  }]);
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

async function lockRun(home: string, { runId }: InstallRequest): Promise<HeldLock> {
  const lock = await tryLock(home, `run-${runId}`);
  if (lock !== undefined) return lock;
  throw new LatticeError("conflict", `Run '${runId}' is in progress in another process`, {
    field: "--run-id",
    remedy: "wait for it to end, or leave --run-id out to start another run",
  });
}

async function lockName(home: string, request: InstallRequest): Promise<HeldLock> {
  const { name } = request.cluster.metadata;
  const lock = await tryLock(home, `cluster-${name}`);
  if (lock !== undefined) return lock;
  throw new ValidationError([{
    file: request.file,
    field: "metadata.name",
    reason: `cluster '${name}' is being installed or uninstalled by another process`,
    remedy: "wait for it to end, or choose another name",
  }]);
}

async function openSession(
  request: InstallRequest,
  base: Omit<Session, "runId" | "cluster" | "fault" | "journal">,
): Promise<Session> {
  const { io, home, temporary } = base;
  const { runId, cluster: { metadata: { name } }, kubeconfigOut } = request;
  const journal: Journal = await readJournal(home, runId) ?? {
    formatVersion: 1,
    kind: "install",
    runId,
    cluster: name,
    state: "running",
    step: 0,
    timings: [],
    startedAt: io.now().toISOString(),
  };
  if (kubeconfigOut !== undefined) journal.kubeconfigOut = kubeconfigOut;
  return {
    ...base,
    runId,
    cluster: name,
    fault: faultHook(io, join(home, "clusters", temporary)),
    journal,
  };
}
