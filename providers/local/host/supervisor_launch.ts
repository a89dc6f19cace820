/**
 * Starting supervisors, from outside or from another supervisor.
 *
 * @module
 */

import { resolve } from "node:path";
import { isLocked, openLock, pause, removeIfExists, steadyNow } from "./files.ts";
import { clusterPaths, logFile } from "./layout.ts";
import { INHERITED_VARIABLES, launchDaemon } from "./processes.ts";

const POLL_MS = 25;
const RETRY_MS = 2_000;

/**
 * Makes sure that a supervisor holds the lock of a cluster. Several callers at once do no harm: of all
 * that they start, one becomes active, one its standby, and the others end.
 *
 * @param home state directory
 * @param name name of the cluster, which exists
 * @param timeoutMs how long to wait for a supervisor to hold the lock
 * @returns `false` when none did in time
 */
export async function ensureSupervisor(
  home: string,
  name: string,
  timeoutMs: number,
): Promise<boolean> {
  const { lock } = clusterPaths(home, name);
  const deadline = steadyNow() + timeoutMs;
  for (let nextLaunch = 0; steadyNow() < deadline; await pause(POLL_MS)) {
    if (await isLocked(lock)) return true;
    if (steadyNow() < nextLaunch) continue;
    await launchFirst(home, name);
    nextLaunch = steadyNow() + RETRY_MS;
  }
  return await isLocked(lock);
}

/**
 * Starts a supervisor for a cluster that has none, without waiting for it.
 *
 * @param home state directory
 * @param name name of the cluster, which exists
 */
export async function launchFirst(home: string, name: string): Promise<void> {
  await forgetStatus(home, name);
  await launchSupervisor(home, name);
}

/**
 * Starts one more supervisor program for a cluster, whatever else runs.
 *
 * @param home state directory
 * @param name name of the cluster
 */
export async function launchSupervisor(home: string, name: string): Promise<void> {
  const paths = clusterPaths(home, name);
  await launchDaemon({
    argv: supervisorCommand(home, name),
    env: {},
    cwd: "/",
    log: logFile(paths, "supervisor"),
  });
}

/**
 * Without a supervisor, what the last one wrote is no longer true; after a reboot it would claim
 * that everything is ready. It is forgotten only while no supervisor can be writing.
 */
async function forgetStatus(home: string, name: string): Promise<void> {
  const { lock, status } = clusterPaths(home, name);
  using file = await openLock(lock);
  if (await file.tryLock(true)) await removeIfExists(status);
}

/**
 * The command line of a supervisor, with the permissions that it needs and no others. It may run every
 * program, since it has to signal processes that an earlier supervisor started.
 */
function supervisorCommand(home: string, name: string): string[] {
  const escaped = resolve(home).replaceAll(",", ",,");
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--v8-flags=--max-old-space-size=64,--max-semi-space-size=1",
    "--allow-run",
    `--allow-read=${escaped}`,
    `--allow-write=${escaped}`,
    "--allow-net=127.0.0.1",
    `--allow-env=${INHERITED_VARIABLES.join(",")}`,
    import.meta.resolve("./supervisor_main.ts"),
    resolve(home),
    name,
  ];
}
