/**
 * The components of a cluster and their processes, as the active supervisor keeps them.
 *
 * @module
 */

import {
  areDependenciesReady,
  type ComponentState,
  digestOf,
  newComponent,
  type RunningProcess,
  withoutProcess,
  withProbe,
  withProcess,
  withSignal,
  withStartCondition,
} from "./component_state.ts";
import { namesIn, removeIfExists, steadyNow } from "./files.ts";
import { type ClusterPaths, logFile, pidFile } from "./layout.ts";
import type { ComponentId, ComponentSpec, HttpProbe } from "./model.ts";
import { limitLog } from "./logs.ts";
import { type Answer, Prober } from "./probe.ts";
import { isSameProcess, type ProcessHost } from "./processes.ts";
import { readPidFile, writePidFile } from "./supervisor_files.ts";

const PROBE_UNREADY_MS = 100;
const PROBE_READY_MS = 2_000;
/** How often a component is asked that was ready and is not. */
const PROBE_LOST_MS = 500;
const INSPECT_MS = 500;
const LOG_CHECK_MS = 60_000;
const PID_SUFFIX = ".pid";

interface Probing {
  readonly prober: Prober;
  readonly url: string;
  nextAt: number;
  busy: boolean;
}

/** Holds the state of every component and carries out what was decided. */
export class ComponentTable implements Disposable {
  readonly #paths: ClusterPaths;
  readonly #host: ProcessHost;
  readonly #say: (message: string) => void;
  readonly #probing = new Map<ComponentId, Probing>();
  #states: ComponentState[] = [];
  #inspectAt = 0;
  #logCheckAt = 0;
  #wake: () => void = () => {};

  /**
   * @param paths paths of the cluster
   * @param host the operating system
   * @param say writes a line to the log
   */
  constructor(paths: ClusterPaths, host: ProcessHost, say: (message: string) => void) {
    this.#paths = paths;
    this.#host = host;
    this.#say = say;
  }

  /** All components, each after those that it depends on. */
  get states(): readonly ComponentState[] {
    return this.#states;
  }

  /** Whether any component has a process. */
  get anyAlive(): boolean {
    return this.#states.some(({ process }) => process !== undefined);
  }

  /** Sets how components are started. Those that are no longer named are marked for stopping. */
  setSpecs(specs: readonly ComponentSpec[]): void {
    const now = steadyNow();
    const kept = specs.map((spec) => {
      const digest = digestOf(spec);
      const known = this.#find(spec.name);
      return known ? { ...known, spec, digest, obsolete: false } : newComponent(spec, digest, now);
    });
    const gone = this.#states.filter(({ spec, process }) =>
      process !== undefined && !specs.some(({ name }) => name === spec.name)
    );
    this.#states = [...kept, ...gone.map((state) => ({ ...state, obsolete: true }))];
  }

  /** Takes over the processes that an earlier supervisor started, and ends strays that it never recorded. */
  async adopt(): Promise<void> {
    const names = (await namesIn(this.#paths.run))
      .filter((name) => name.endsWith(PID_SUFFIX))
      .map((name) => name.slice(0, -PID_SUFFIX.length) as ComponentId);
    for (const name of names) await this.#adoptOne(name);
    await this.#endStrays();
  }

  /** Waits, but not longer than until a process ends or a probe changes something. */
  async rest(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, milliseconds);
    await promise;
    clearTimeout(timer);
  }

  /** Notices what ended and asks whether the others are ready. */
  async observe(): Promise<void> {
    const now = steadyNow();
    if (now >= this.#inspectAt) {
      this.#inspectAt = now + INSPECT_MS;
      await this.#inspectAdopted();
    }
    if (now >= this.#logCheckAt) {
      this.#logCheckAt = now + LOG_CHECK_MS;
      for (const { spec } of this.#states) await limitLog(logFile(this.#paths, spec.name));
    }
    for (const state of this.#states) this.#probe(state, now);
  }

  /** Starts the process of a component. A start that fails counts as a death. */
  async start(name: ComponentId): Promise<void> {
    const state = this.#find(name);
    if (state === undefined || state.process !== undefined) return;
    const { spec, digest } = state;
    const startedAt = steadyNow();
    const started = await this.#host.launch({
      argv: spec.argv,
      env: spec.env,
      cwd: spec.cwd,
      log: logFile(this.#paths, name),
    });
    const startTime = (await this.#host.inspect([started.pid])).get(started.pid) ?? "";
    const process: RunningProcess = { pid: started.pid, startTime, digest, owned: true, startedAt };
    this.#put(withProcess(state, process, state.starts + 1));
    this.#probingOf(name, spec.readiness).nextAt = 0;
    this.#say(`Started ${name}: pid ${started.pid}`);
    started.ended.then(() => this.#ended(name, started.pid));
    await writePidFile(pidFile(this.#paths, name), {
      pid: started.pid,
      startTime,
      bootId: await this.#host.bootId(),
      specDigest: digest,
      startedAt: new Date(startedAt).toISOString(),
      restarts: state.starts,
    });
  }

  /** Sends a signal to the process of a component, having made sure that it is still that process. */
  async signal(name: ComponentId, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const process = this.#find(name)?.process;
    if (process === undefined) return;
    const seen = await this.#host.inspect([process.pid]);
    if (seen.get(process.pid) !== process.startTime) return this.#ended(name, process.pid);
    this.#say(`${signal} to ${name}: pid ${process.pid}`);
    this.#host.signal(process.pid, signal);
    const state = this.#find(name);
    if (state?.process?.pid === process.pid) this.#put(withSignal(state, signal, steadyNow()));
  }

  /**
   * Kills every process, strays included.
   *
   * @returns whether any was left to kill
   */
  async killAll(): Promise<boolean> {
    await this.#inspectAdopted();
    const alive = this.#states.filter(({ process }) => process !== undefined);
    for (const { spec } of alive) await this.signal(spec.name, "SIGKILL");
    const strays = await this.#endStrays();
    return alive.length > 0 || strays > 0;
  }

  /** Closes the connections of the probes. The processes live on. */
  [Symbol.dispose](): void {
    for (const { prober } of this.#probing.values()) prober[Symbol.dispose]();
    this.#probing.clear();
  }

  #find(name: ComponentId): ComponentState | undefined {
    return this.#states.find(({ spec }) => spec.name === name);
  }

  #put(state: ComponentState): void {
    this.#states = this.#states.map((old) => old.spec.name === state.spec.name ? state : old);
  }

  async #adoptOne(name: ComponentId): Promise<void> {
    const file = pidFile(this.#paths, name);
    const recorded = await readPidFile(file);
    if (recorded === undefined) return;
    const boot = await this.#host.bootId();
    const state = this.#find(name) ?? this.#addObsolete(name);
    if (isSameProcess(recorded, await this.#host.inspect([recorded.pid]), boot)) {
      const { pid, startTime, specDigest: digest, restarts } = recorded;
      const process = { pid, startTime, digest, owned: false, startedAt: steadyNow() };
      this.#put(withProcess(state, process, restarts + 1));
      this.#say(`Adopted ${name}: pid ${pid}`);
      return;
    }
    await removeIfExists(file);
    // Its death in this boot makes the next start a restart; after a reboot it is a first start.
    if (recorded.bootId === boot) this.#put({ ...state, starts: recorded.restarts + 1 });
  }

  #addObsolete(name: ComponentId): ComponentState {
    const spec: ComponentSpec = {
      name,
      argv: [],
      env: {},
      cwd: this.#paths.directory,
      dependsOn: [],
      readiness: { url: "" },
      stopGraceMs: 5_000,
    };
    const state = { ...newComponent(spec, "", steadyNow()), obsolete: true };
    this.#states = [...this.#states, state];
    return state;
  }

  /** @returns how many there were */
  async #endStrays(): Promise<number> {
    const argvs = this.#states.map(({ spec }) => spec.argv).filter((argv) => argv.length > 0);
    const found = await this.#host.find(this.#paths.directory, argvs);
    const strays = found.filter((pid) => !this.#states.some(({ process }) => process?.pid === pid));
    for (const pid of strays) {
      this.#say(`Ending a process that no pid file names: pid ${pid}`);
      this.#host.signal(pid, "SIGKILL");
    }
    return strays.length;
  }

  async #inspectAdopted(): Promise<void> {
    const adopted = this.#states.flatMap(({ spec: { name }, process }) =>
      process === undefined || process.owned ? [] : [{ name, process }]
    );
    const seen = await this.#host.inspect(adopted.map(({ process }) => process.pid));
    for (const { name, process } of adopted) {
      if (seen.get(process.pid) !== process.startTime) await this.#ended(name, process.pid);
    }
  }

  async #ended(name: ComponentId, pid: number): Promise<void> {
    const state = this.#find(name);
    if (state?.process?.pid !== pid) return;
    this.#say(`Ended: ${name}, pid ${pid}`);
    this.#put(withoutProcess(state, steadyNow()));
    if (state.obsolete) this.#states = this.#states.filter(({ spec }) => spec.name !== name);
    this.#wake();
    await removeIfExists(pidFile(this.#paths, name)).catch(() => false);
  }

  #probe(state: ComponentState, now: number): void {
    const { spec, process } = state;
    if (process === undefined) {
      const waits = !state.mayStart && areDependenciesReady(this.#states, spec);
      if (waits && spec.startWhen) this.#ask(spec.name, spec.startWhen, undefined, now);
    } else if (process.stopSentAt === undefined && spec.readiness.url !== "") {
      this.#ask(spec.name, spec.readiness, process.pid, now);
    }
  }

  #ask(name: ComponentId, probe: HttpProbe, pid: number | undefined, now: number): void {
    const probing = this.#probingOf(name, probe);
    if (probing.busy || now < probing.nextAt) return;
    probing.busy = true;
    probing.prober.ask().then((answer) => {
      probing.busy = false;
      const wait = answer === "ready" ? PROBE_READY_MS : PROBE_UNREADY_MS;
      const wasReady = pid !== undefined && this.#find(name)?.wasReady === true;
      probing.nextAt = steadyNow() + (wasReady ? Math.max(wait, PROBE_LOST_MS) : wait);
      this.#answered(name, pid, answer);
    });
  }

  #answered(name: ComponentId, pid: number | undefined, answer: Answer): void {
    const old = this.#find(name);
    if (old === undefined || old.process?.pid !== pid) return;
    const state = pid === undefined
      ? withStartCondition(old, answer)
      : withProbe(old, answer, steadyNow());
    this.#put(state);
    if (state.ready !== old.ready || state.mayStart !== old.mayStart) this.#wake();
  }

  #probingOf(name: ComponentId, probe: HttpProbe): Probing {
    const known = this.#probing.get(name);
    if (known?.url === probe.url) return known;
    known?.prober[Symbol.dispose]();
    const probing: Probing = { prober: new Prober(probe), url: probe.url, nextAt: 0, busy: false };
    this.#probing.set(name, probing);
    return probing;
  }
}
