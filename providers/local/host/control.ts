/**
 * What installers, operators and people do with local clusters: start, stop, look, wait, remove.
 *
 * Everything goes through files of the cluster's directory; only starting a supervisor needs the right
 * to run programs.
 *
 * @module
 */

import { DeadlineError, InterruptedError, LatticeError, NotFoundError } from "@lattice/api/errors";
import { join } from "node:path";
import {
  isLocked,
  makeDirectory,
  namesIn,
  openLock,
  pause,
  removeIfExists,
  steadyNow,
} from "./files.ts";
import { explained } from "./home.ts";
import { clusterPaths, clustersDirectory, isClusterName, logFile } from "./layout.ts";
import type {
  ClusterRecord,
  ComponentId,
  ComponentStatus,
  DesiredRunState,
  ObservedState,
  StatusFile,
} from "./model.ts";
import { releaseBlock } from "./port_release.ts";
import { releasePorts } from "./ports.ts";
import { noSuchCluster, readDesired, readRecord, readStatus, setDesiredState } from "./records.ts";
import { ensureSupervisor } from "./supervisor_launch.ts";

const POLL_MS = 100;
const SUPERVISOR_TIMEOUT_MS = 20_000;

/** How long to wait, and what ends the wait early. */
export interface WaitOptions {
  /** Deadline in milliseconds. */
  timeoutMs: number;
  /** Ends the wait with an {@linkcode InterruptedError}. */
  signal?: AbortSignal;
}

/** What is known of a cluster now. */
export interface ClusterStatus {
  /** What the cluster is. */
  record: ClusterRecord;
  /** What is wanted. */
  desired: DesiredRunState;
  /** What it does. */
  state: ObservedState;
  /** One entry a component, in starting order; without pids while nobody supervises. */
  components: ComponentStatus[];
  /** Process ids of the supervisors that are alive. */
  supervisor: { active?: number; standby?: number };
}

/**
 * Starts the supervisor pair of a cluster unless one is alive. Needs the right to run programs.
 *
 * @param home state directory
 * @param name name of the cluster
 * @throws {LatticeError} `not-found` without such a cluster, `timeout` when no supervisor comes up
 */
export async function startSupervisor(home: string, name: string): Promise<void> {
  if (await readRecord(home, name) === undefined) throw noSuchCluster(home, name);
  const deadline = steadyNow() + SUPERVISOR_TIMEOUT_MS;
  while (steadyNow() < deadline) {
    const alive = await ensureSupervisor(home, name, Math.max(1, deadline - steadyNow()));
    if (alive && await isServed(home, name)) return;
    await pause(POLL_MS / 4);
  }
  throw new DeadlineError(`No supervisor of the local cluster "${name}" came up`, {
    remedy: `see "${logFile(clusterPaths(home, name), "supervisor")}"`,
  });
}

/** Whether the supervisor that holds the lock works on what is wanted, and is not just about to end. */
async function isServed(home: string, name: string): Promise<boolean> {
  const [desired, status] = await Promise.all([readDesired(home, name), readStatus(home, name)]);
  if (desired === undefined) return true;
  return status !== undefined && (desired.state !== "running" || status.state !== "stopped");
}

/**
 * Asks the supervisor of one cluster to start the supervisor of another. Needs no right to run programs.
 *
 * @param home state directory
 * @param own name of the cluster whose supervisor is asked
 * @param other name of the cluster to start; nothing happens if its supervisor is alive
 * @throws {LatticeError} `not-found` when the asked cluster does not exist, or the other cannot
 */
export async function requestSupervisor(home: string, own: string, other: string): Promise<void> {
  if (!isClusterName(other)) throw noSuchCluster(home, other);
  if (await readRecord(home, own) === undefined) throw noSuchCluster(home, own);
  const { spawn } = clusterPaths(home, own);
  await explained(home, async () => {
    await makeDirectory(spawn);
    await Deno.writeTextFile(join(spawn, other), "", { mode: 0o600 });
  });
}

/**
 * The present state of a cluster.
 *
 * @param home state directory
 * @param name name of the cluster
 * @throws {LatticeError} `not-found` without such a cluster
 */
export async function clusterStatus(home: string, name: string): Promise<ClusterStatus> {
  const [record, desired, seen] = await Promise.all([
    readRecord(home, name),
    readDesired(home, name),
    seenNow(home, name),
  ]);
  if (record === undefined || desired === undefined) throw noSuchCluster(home, name);
  if (seen !== undefined) {
    const { state, components, supervisor } = seen;
    return { record, desired: desired.state, state, components, supervisor };
  }
  const since = record.createdAt;
  return {
    record,
    desired: desired.state,
    state: desired.state === "stopped" ? "stopped" : "unsupervised",
    components: desired.components.map(({ name }) => ({ name, ready: false, restarts: 0, since })),
    supervisor: {},
  };
}

/** What the supervisor last wrote, if there is one that holds it true. */
async function seenNow(home: string, name: string): Promise<StatusFile | undefined> {
  const status = await readStatus(home, name);
  return status !== undefined && await isLocked(clusterPaths(home, name).lock) ? status : undefined;
}

/**
 * Waits until components are ready.
 *
 * @param home state directory
 * @param name name of the cluster
 * @param components which ones; all have to be part of the cluster
 * @param options deadline and signal
 * @throws {LatticeError} `timeout` names what is not ready and where its log is; `not-found` without such a
 *   cluster or component
 */
export async function waitReady(
  home: string,
  name: string,
  components: readonly ComponentId[],
  options: WaitOptions,
): Promise<void> {
  let missing: readonly ComponentId[] = components;
  const done = await poll(options, async () => {
    const status = await clusterStatus(home, name);
    const unknown = components.find((id) => !status.components.some(({ name }) => name === id));
    if (unknown !== undefined) {
      throw new NotFoundError(`The local cluster "${name}" has no component "${unknown}"`);
    }
    missing = components.filter((id) =>
      !status.components.some((component) => component.name === id && component.ready)
    );
    return missing.length === 0;
  });
  if (done) return;
  const paths = clusterPaths(home, name);
  throw new DeadlineError(
    `Not ready within ${options.timeoutMs} ms in the local cluster "${name}": ${
      missing.join(", ")
    }`,
    { remedy: `see ${missing.map((id) => `"${logFile(paths, id)}"`).join(", ")}` },
  );
}

/**
 * Removes a cluster: its processes, its directory, its reservation of ports. Needs the right to run programs only
 * when no supervisor of the cluster is alive.
 *
 * @param home state directory
 * @param name name of the cluster
 * @param options deadline and signal
 * @returns `false` when there was no such cluster
 * @throws {LatticeError} `timeout` when something of it is left at the deadline
 */
export async function removeCluster(
  home: string,
  name: string,
  options: WaitOptions,
): Promise<boolean> {
  const record = await readRecord(home, name);
  if (record === undefined) {
    await sweepRemoved(home, name);
    await releasePorts(home, name);
    return false;
  }
  const paths = clusterPaths(home, name);
  // Open files show when the supervisors end, also after their names are gone.
  using active = await openLock(paths.lock);
  using standby = await openLock(paths.standbyLock);
  await markRemoved(home, name);
  if (!await isHeld(active)) await ensureSupervisor(home, name, options.timeoutMs);
  const gone = await poll(
    options,
    async () =>
      await readRecord(home, name) === undefined && !await isHeld(active) && !await isHeld(standby),
  );
  if (!gone) {
    throw new DeadlineError(
      `The local cluster "${name}" is not removed within ${options.timeoutMs} ms`,
      { remedy: `see "${logFile(paths, "supervisor")}"` },
    );
  }
  await sweepRemoved(home, name);
  await releaseBlock(home, record.portBase, record.portToken);
  return true;
}

async function markRemoved(home: string, name: string): Promise<void> {
  try {
    await setDesiredState(home, name, "removed");
  } catch (error) {
    // Somebody else removed it between two looks.
    if (!(error instanceof LatticeError && error.code === "not-found")) throw error;
  }
}

async function isHeld(lock: Deno.FsFile): Promise<boolean> {
  if (!await lock.tryLock(false)) return true;
  await lock.unlock();
  return false;
}

/** Deletes what a supervisor left that was killed in the middle of a removal. */
async function sweepRemoved(home: string, name: string): Promise<void> {
  for (const entry of await namesIn(clustersDirectory(home))) {
    if (entry.startsWith(`.${name}.`) && entry.endsWith(".removed")) {
      await removeIfExists(join(clustersDirectory(home), entry));
    }
  }
}

async function poll(
  { timeoutMs, signal }: WaitOptions,
  isDone: () => Promise<boolean>,
): Promise<boolean> {
  const deadline = steadyNow() + timeoutMs;
  while (true) {
    if (signal?.aborted) {
      throw new InterruptedError("The wait was interrupted", { cause: signal.reason });
    }
    if (await isDone()) return true;
    if (steadyNow() >= deadline) return false;
    await pause(POLL_MS);
  }
}
