/**
 * The work of a cluster's active supervisor.
 *
 * Several times a second it looks at what is wanted, at what runs and at what is ready, and does what
 * {@linkcode decide} says. It keeps nothing in memory that it could not find again: the next supervisor adopts the
 * processes from their pid files.
 *
 * *Guarantees*: a component is started only while no process of it is known or found. An error in one round (a full disk, a
 * damaged file) is logged, and the next round tries again.
 *
 * @module
 */

import { join } from "node:path";
import { type Action, type ComponentState, decide } from "./component_state.ts";
import { ComponentTable } from "./component_table.ts";
import {
  isLocked,
  namesIn,
  pause,
  readIfExists,
  removeIfExists,
  statIfExists,
  steadyNow,
} from "./files.ts";
import { type ClusterPaths, clusterPaths, clustersDirectory, isClusterName } from "./layout.ts";
import type { ComponentStatus, DesiredState, ObservedState, StatusFile } from "./model.ts";
import { releaseBlock } from "./port_release.ts";
import type { ProcessHost } from "./processes.ts";
import { readDesiredLight, writeStatus } from "./supervisor_files.ts";

const QUIET_TICK_MS = 250;
const BUSY_TICK_MS = 50;
const AFTER_ERROR_MS = 1_000;
const STANDBY_CHECK_MS = 1_000;
/** A standby that was started gets this long to take its lock before another is started. */
const STANDBY_LAUNCH_MS = 2_000;
const ABANDON_WAIT_MS = 5_000;

/** What a supervisor works with. */
export interface SupervisorOptions {
  /** State directory. */
  home: string;
  /** Name of the cluster. */
  name: string;
  /** The lock file that makes this supervisor the active one; held. */
  lock: Deno.FsFile;
  /** What was wanted when the program started. */
  desired: DesiredState;
  /** The operating system. */
  host: ProcessHost;
  /** Writes a line to the log. */
  say: (message: string) => void;
  /** Starts other supervisors. */
  launcher: SupervisorLauncher;
}

/** Starts supervisors that are not there yet. */
export interface SupervisorLauncher {
  /** Starts the standby of the own cluster. */
  standby(home: string, name: string): Promise<void>;
  /** Starts the first supervisor of another cluster. */
  first(home: string, name: string): Promise<void>;
}

/** Supervises one cluster. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #paths: ClusterPaths;
  readonly #table: ComponentTable;
  #desired: DesiredState;
  #desiredVersion = "";
  #published = "";
  #complaint = "";
  #standbyCheckAt = 0;
  #standbyLaunchAt = 0;

  /** @param options what it works with */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#desired = options.desired;
    this.#paths = clusterPaths(options.home, options.name);
    this.#table = new ComponentTable(this.#paths, options.host, options.say);
  }

  /** Supervises until the cluster is stopped, removed, or its directory is gone. */
  async run(): Promise<void> {
    this.#options.say("active");
    using _table = this.#table;
    let adopted = false;
    for (let more = true; more;) {
      let rest = AFTER_ERROR_MS;
      try {
        if (!adopted) await this.#begin();
        adopted = true;
        more = await this.#tick();
        rest = this.#isQuiet() ? QUIET_TICK_MS : BUSY_TICK_MS;
      } catch (error) {
        this.#complain(`Round failed: ${error instanceof Error ? error.message : error}`);
      }
      if (more) await this.#table.rest(rest);
    }
    this.#options.say("done");
  }

  async #begin(): Promise<void> {
    if (!await this.#isCurrent()) return;
    await this.#refreshDesired();
    // Says at once that what an earlier supervisor wrote no longer holds.
    await this.#publish();
    await this.#table.adopt();
  }

  async #tick(): Promise<boolean> {
    if (!await this.#isCurrent()) {
      await this.#abandon();
      return false;
    }
    await this.#refreshDesired();
    await this.#serveRequests();
    await this.#table.observe();
    const { state } = this.#desired;
    for (const action of decide(this.#table.states, state, steadyNow())) await this.#act(action);
    if (state !== "running" && !this.#table.anyAlive) return await this.#end();
    await this.#keepStandby();
    await this.#publish();
    return true;
  }

  /** Whether the directory is still the one whose lock is held. */
  async #isCurrent(): Promise<boolean> {
    const [held, present] = await Promise.all([
      this.#options.lock.stat(),
      statIfExists(this.#paths.lock),
    ]);
    return present !== undefined && present.ino === held.ino && present.dev === held.dev;
  }

  async #refreshDesired(): Promise<void> {
    const info = await statIfExists(this.#paths.desired);
    const version = `${info?.ino} ${info?.mtime?.getTime()} ${info?.size}`;
    if (version === this.#desiredVersion) return;
    this.#desiredVersion = version;
    const read = await this.#readDesired();
    // Damaged, or just being taken away with its directory: what was wanted before holds.
    if (read === undefined) return;
    this.#desired = read;
    this.#table.setSpecs(read.components);
  }

  async #readDesired(): Promise<DesiredState | undefined> {
    try {
      return await readDesiredLight(this.#paths.desired);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#complain(error.message);
      return undefined;
    }
  }

  /** Logs an error, but not over and over while nothing else happens. */
  #complain(message: string): void {
    if (message !== this.#complaint) this.#options.say(message);
    this.#complaint = message;
  }

  async #act(action: Action): Promise<void> {
    if (action.do === "start") {
      await this.#table.start(action.name);
    } else {
      await this.#table.signal(action.name, action.signal);
    }
  }

  /** @returns whether there is more to do after all */
  async #end(): Promise<boolean> {
    await this.#publish();
    if (this.#desired.state === "removed") {
      await this.#removeEverything();
      return false;
    }
    await this.#refreshDesired();
    return this.#desired.state !== "stopped";
  }

  async #removeEverything(): Promise<void> {
    const { home } = this.#options;
    const doomed = this.#doomedDirectory();
    // From here on the name is free, whatever happens to this process: the standby finishes.
    await Deno.rename(this.#paths.directory, doomed);
    await removeIfExists(doomed);
    await releaseBlock(home, this.#desired.portBase, this.#desired.portToken);
  }

  #doomedDirectory(): string {
    const { home, name } = this.#options;
    return join(clustersDirectory(home), `.${name}.${this.#desired.id}.removed`);
  }

  /** The directory is gone: by hand, or by a supervisor that was killed while it removed it. */
  async #abandon(): Promise<void> {
    this.#options.say("The directory of the cluster is gone: ending its processes");
    this.#table.setSpecs(this.#desired.components);
    const deadline = steadyNow() + ABANDON_WAIT_MS;
    while (await this.#table.killAll() && steadyNow() < deadline) await pause(BUSY_TICK_MS);
    await removeIfExists(this.#doomedDirectory());
    const { portBase, portToken } = this.#desired;
    await releaseBlock(this.#options.home, portBase, portToken);
  }

  async #serveRequests(): Promise<void> {
    const { home, name, say } = this.#options;
    for (const other of await namesIn(this.#paths.spawn)) {
      await removeIfExists(join(this.#paths.spawn, other));
      if (!isClusterName(other) || other === name) continue;
      const paths = clusterPaths(home, other);
      if (await statIfExists(paths.desired) === undefined) {
        say(`Asked for a supervisor of '${other}', which does not exist`);
      } else if (!await isLocked(paths.lock)) {
        say(`Starting a supervisor of '${other}'`);
        await this.#options.launcher.first(home, other);
      }
    }
  }

  async #keepStandby(): Promise<void> {
    const now = steadyNow();
    if (now < this.#standbyCheckAt) return;
    this.#standbyCheckAt = now + STANDBY_CHECK_MS;
    if (now < this.#standbyLaunchAt || await isLocked(this.#paths.standbyLock)) return;
    this.#standbyLaunchAt = now + STANDBY_LAUNCH_MS;
    await this.#options.launcher.standby(this.#options.home, this.#options.name);
  }

  async #publish(): Promise<void> {
    const standby = await this.#standbyPid();
    const content: Omit<StatusFile, "writtenAt"> = {
      formatVersion: 1,
      state: observed(this.#desired, this.#table.states),
      supervisor: { active: Deno.pid, ...(standby === undefined ? {} : { standby }) },
      components: this.#table.states.map(statusOf),
    };
    const text = JSON.stringify(content);
    if (text === this.#published) return;
    await writeStatus(this.#paths.status, { ...content, writtenAt: new Date().toISOString() });
    this.#published = text;
  }

  async #standbyPid(): Promise<number | undefined> {
    if (!await isLocked(this.#paths.standbyLock)) return undefined;
    const pid = Number(await readIfExists(this.#paths.standbyLock));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  }

  #isQuiet(): boolean {
    return this.#desired.state === "running" && this.#table.states.every(({ ready }) => ready);
  }
}

function statusOf(state: ComponentState): ComponentStatus {
  return {
    name: state.spec.name,
    ...(state.process === undefined ? {} : { pid: state.process.pid }),
    ready: state.ready,
    restarts: Math.max(0, state.starts - 1),
    since: new Date(state.since).toISOString(),
  };
}

function observed({ state }: DesiredState, states: readonly ComponentState[]): ObservedState {
  if (state === "removed") return "removing";
  if (state === "stopped") {
    return states.some(({ process }) => process !== undefined) ? "stopping" : "stopped";
  }
  return states.every(({ ready }) => ready) ? "running" : "starting";
}
