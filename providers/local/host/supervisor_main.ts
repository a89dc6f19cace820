/**
 * The program of a cluster's supervisors: `supervisor_main.ts HOME NAME`.
 *
 * Two of them run for a cluster. The active one holds `run/lock` and does the work. The standby holds
 * `run/standby.lock` and waits for the other lock, which the system gives it the moment the active one is gone,
 * however it went. The active one replaces a standby that is missing.
 *
 * @module
 */

import { openLock, pause } from "./files.ts";
import { clusterPaths, isClusterName } from "./layout.ts";
import { host } from "./processes.ts";
import { Supervisor } from "./supervisor.ts";
import { readDesiredLight } from "./supervisor_files.ts";
import { launchFirst, launchSupervisor } from "./supervisor_launch.ts";

const STANDBY_ATTEMPTS = 10;
const STANDBY_RETRY_MS = 30;

/** Runs one supervisor until there is nothing left to supervise. */
async function main(home: string, name: string): Promise<void> {
  const paths = clusterPaths(home, name);
  const desired = await readDesiredLight(paths.desired);
  if (desired === undefined) return;
  using lock = await openLock(paths.lock);
  if (!await lock.tryLock(true) && !await waitAsStandby(paths.standbyLock, lock)) return;
  const launcher = { standby: launchSupervisor, first: launchFirst };
  await new Supervisor({ home, name, lock, desired, host, say, launcher }).run();
}

/**
 * Waits as the standby until the active supervisor is gone.
 *
 * @returns `false` when there is a standby already
 */
async function waitAsStandby(path: string, lock: Deno.FsFile): Promise<boolean> {
  using standby = await openLock(path);
  // Whoever looks whether there is a standby holds the lock for an instant: try again.
  for (let attempt = 1; !await standby.tryLock(true); attempt++) {
    if (attempt === STANDBY_ATTEMPTS) return false;
    await pause(STANDBY_RETRY_MS);
  }
  await standby.truncate();
  await standby.write(new TextEncoder().encode(String(Deno.pid)));
  await lock.lock(true);
  return true;
}

function say(message: string): void {
  const line = `${new Date().toISOString()} ${Deno.pid} ${message}\n`;
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  } catch {
    // A log that cannot be written, as when the disk is full, must not stop the supervisor.
  }
}

const [home, name] = Deno.args;
if (home === undefined || name === undefined || !isClusterName(name)) {
  say("Cannot supervise: the arguments are HOME and NAME");
  Deno.exit(2);
}
try {
  await main(home, name);
} catch (error) {
  say(`Supervisor failed: ${error instanceof Error ? error.stack : error}`);
  Deno.exit(1);
}
// Components that still run keep their handles open in this process; they outlive it on purpose.
Deno.exit(0);
