/**
 * `lattice uninstall`: takes a cluster apart until nothing of it is left.
 *
 * *Expected flow*: find the cluster, ask, then either the reverse pivot (a cluster that manages itself)
 * or a plain deletion (a cluster that a bootstrap cluster still manages).
 *
 * *Guarantees*: the same command with the same run id goes on wherever an earlier one stopped. The
 * temporary cluster is removed only when the infrastructure is gone.
 *
 * @module
 */

import { join } from "node:path";
import { LatticeError, UsageError } from "@lattice/api/errors";
import { listClusters, readRecord, removeCluster } from "@lattice/providers/local/host";
import { locateTools } from "../../tools/locate.ts";
import type { UninstallFlags } from "../commands/uninstall.ts";
import type { Io } from "../io.ts";
import { stepReporter } from "../output/reporter.ts";
import { takeBallast, watchDisk } from "../run/disk.ts";
import { faultHook } from "../run/fault.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { type Journal, readJournal, removeJournal } from "../run/journal.ts";
import { type HeldLock, tryLock } from "../run/lock.ts";
import { chooseRunId } from "../run/run_id.ts";
import { runSteps, type Session, type StepDefinition } from "../run/session.ts";
import { checkHome, CLUSTER_BYTES, homeOf } from "../run/state_home.ts";
import { discardSteps } from "./discard.ts";
import { reverseSteps } from "./reverse.ts";
import { selectCluster, type Selection } from "./select.ts";

/**
 * Uninstalls a cluster, or resumes an uninstall.
 *
 * @param flags The command line.
 * @param io The world.
 */
export async function uninstall(flags: UninstallFlags, io: Io): Promise<void> {
  const runId = chooseRunId(flags.runId, io);
  const home = homeOf(io);
  const begun = await readJournal(home, runId);
  if (begun?.kind === "uninstall") return await resume(begun, flags, home, io);
  const selection = await selectCluster(flags, home, io);
  if (!flags.yes && !await confirmed(selection, io)) {
    io.stderr("Nothing was changed.\n");
    return;
  }
  const { name: cluster, holder } = selection;
  const temporary = holder.role === "bootstrap" ? holder.name : `lattice-uninstall-${runId}`;
  await execute({ flags, io, home, runId, cluster, temporary });
}

/** The cluster that is being uninstalled may be gone already: the journal says which one it was. */
async function resume(
  journal: Journal,
  flags: UninstallFlags,
  home: string,
  io: Io,
): Promise<void> {
  const { runId, cluster } = journal;
  const bootstrap = await bootstrapOf(flags.kubeconfig, home);
  const temporary = bootstrap ?? `lattice-uninstall-${runId}`;
  await execute({ flags, io, home, runId, cluster, temporary });
}

/** Name of the bootstrap cluster whose kubeconfig was given, while it exists. */
async function bootstrapOf(kubeconfig: string, home: string): Promise<string | undefined> {
  const records = await listClusters(home);
  return records.find((each) => each.role === "bootstrap" && each.kubeconfig === kubeconfig)?.name;
}

/** What one uninstall is about. */
interface Job {
  readonly flags: UninstallFlags;
  readonly io: Io;
  readonly home: string;
  readonly runId: string;
  readonly cluster: string;
  readonly temporary: string;
}

async function execute(job: Job): Promise<void> {
  const { home, io, flags, runId, cluster, temporary } = job;
  const discard = temporary.startsWith("lattice-bootstrap-");
  // A discard only removes; a reverse pivot makes one more cluster.
  await checkHome(home, discard ? 0 : CLUSTER_BYTES);
  using _run = await lock(home, `run-${runId}`, "--run-id");
  using _name = await lock(home, `cluster-${cluster}`, "--name");
  using reporter = stepReporter(io);
  using ballast = await takeBallast(home, runId);
  using disk = watchDisk(home);
  const signal = AbortSignal.any(discard ? [io.signal] : [io.signal, disk.signal]);
  const session = await openSession(job, { reporter, ballast, signal });
  reporter.line(`Uninstalling cluster '${cluster}' (run ${runId})`);
  const steps: readonly StepDefinition[] = discard
    ? discardSteps(session)
    : reverseSteps(session, flags);
  try {
    await runSteps(session, steps);
  } catch (error) {
    await explain(session, flags, steps.length);
    throw disk.signal.aborted && !io.signal.aborted ? disk.signal.reason : error;
  }
  reporter.line(`Cluster '${cluster}' is gone.`);
}

async function confirmed({ name, holder }: Selection, io: Io): Promise<boolean> {
  const answer = await io.ask(
    `Destroy cluster '${name}' (provider local, held by '${holder.name}')? [y/N] `,
  );
  if (answer === undefined) {
    throw new UsageError("Cannot ask for confirmation: there is no terminal", {
      field: "--yes",
      remedy: "add -y to confirm without a prompt",
    });
  }
  return answer.trim().toLowerCase() === "y";
}

/** From the step that moves on, the temporary cluster may hold the only CAPI objects of machines. */
const MOVING_STEP = 4;

/** Removes a temporary cluster that holds nothing. */
async function backOut({ journal, temporary, home, runId }: Session): Promise<boolean> {
  if (journal.step >= MOVING_STEP || temporary !== `lattice-uninstall-${runId}`) return false;
  try {
    await removeCluster(home, temporary, { timeoutMs: DEADLINES.cleanUp });
    await removeJournal(home, runId);
    return true;
  } catch {
    return false; // The error that ended the uninstall is the one to show.
  }
}

async function lock(home: string, name: string, field: string): Promise<HeldLock> {
  const held = await tryLock(home, name);
  if (held !== undefined) return held;
  throw new LatticeError("conflict", "Another process installs or uninstalls this cluster", {
    field,
    remedy: "wait for it to end",
  });
}

async function openSession(
  job: Job,
  held: Pick<Session, "reporter" | "ballast" | "signal">,
): Promise<Session> {
  const { io, home, runId, cluster, temporary } = job;
  return {
    ...held,
    io,
    home,
    runId,
    cluster,
    temporary,
    tools: await locateTools(),
    fault: faultHook(io, join(home, "clusters", temporary)),
    journal: {
      formatVersion: 1,
      kind: "uninstall",
      runId,
      cluster,
      state: "running",
      step: 0,
      timings: (await readJournal(home, runId))?.timings ?? [],
      startedAt: io.now().toISOString(),
    },
  };
}

/** Says what is left and how to go on. */
async function explain(session: Session, flags: UninstallFlags, total: number): Promise<void> {
  const { reporter, io: { signal }, journal, temporary, runId, home, cluster } = session;
  session.ballast[Symbol.dispose]();
  if (!signal.aborted && !flags.keepBootstrapOnFailure && await backOut(session)) {
    return reporter.line("Nothing was moved yet; the temporary cluster was removed again.");
  }
  const how = signal.aborted ? "Interrupted" : "Failed";
  const left = await Promise.all(
    [temporary, cluster].map(async (name) =>
      await readRecord(home, name).catch(() => undefined) ? [`cluster '${name}'`] : []
    ),
  );
  const name = flags.name ? ` -n ${flags.name}` : "";
  reporter.line(
    `${how} in step ${journal.step} of ${total}. Left: ${left.flat().join(" and ") || "nothing"}.`,
  );
  reporter.line(`  resume:  lattice uninstall -k ${flags.kubeconfig}${name} -y --run-id ${runId}`);
  reporter.line(`  look:    lattice local status; logs in ${home}/clusters/*/logs`);
}
