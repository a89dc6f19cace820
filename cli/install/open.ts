/**
 * Opening an install: its locks, its journal, its session.
 *
 * @module
 */

import { join } from "node:path";
import { LatticeError, ValidationError } from "@lattice/api/errors";
import { faultHook } from "../run/fault.ts";
import { type Journal, readJournal } from "../run/journal.ts";
import { type HeldLock, tryLock } from "../run/lock.ts";
import type { Session } from "../run/session.ts";
import type { InstallRequest } from "./request.ts";

/**
 * Takes the lock of a run.
 *
 * @param home The state directory.
 * @param request What is to be installed.
 * @throws {LatticeError} `conflict` when another process works on it.
 */
export async function lockRun(home: string, { runId }: InstallRequest): Promise<HeldLock> {
  const lock = await tryLock(home, `run-${runId}`);
  if (lock !== undefined) return lock;
  throw new LatticeError("conflict", `Run '${runId}' is in progress in another process`, {
    field: "--run-id",
    remedy: "wait for it to end, or leave --run-id out to start another run",
  });
}

/**
 * Takes the lock of a cluster's name.
 *
 * @param home The state directory.
 * @param request What is to be installed.
 * @throws {ValidationError} When another process works on it.
 */
export async function lockName(home: string, request: InstallRequest): Promise<HeldLock> {
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

/**
 * Makes the session of a run, with the journal that an earlier invocation may have left.
 *
 * @param request What is to be installed.
 * @param base Everything that was opened for the run.
 */
export async function openSession(
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
