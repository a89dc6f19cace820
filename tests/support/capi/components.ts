/**
 * Runs the components of a planned local cluster as child processes: the command lines of the product, without its
 * supervisor. A supervisor restarts an API server that does not answer for a while; a machine on which hundreds of clusters
 * come up at once, beside other tests, is too busy for that.
 *
 * @module
 */
import { join } from "node:path";
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { clusterPaths, type ComponentId } from "@lattice/providers/local/host";
import type { ComponentSpec, HttpProbe } from "../../../providers/local/host/model.ts";
import { Prober } from "../../../providers/local/host/probe.ts";
import { readDesired } from "../../../providers/local/host/records.ts";

const POLL_MS = 200;

interface Running {
  readonly name: ComponentId;
  readonly child: Deno.ChildProcess;
  readonly logged: Promise<unknown>;
  hasEnded: boolean;
}

/** Components of one cluster. Disposing them ends their processes, the last one first. */
export class Components implements AsyncDisposable {
  readonly #specs: ReadonlyMap<string, ComponentSpec>;
  readonly #logs: string;
  readonly #running: Running[] = [];

  private constructor(specs: ReadonlyMap<string, ComponentSpec>, logs: string) {
    this.#specs = specs;
    this.#logs = logs;
  }

  /**
   * Reads the plan; starts nothing.
   *
   * @param home state directory
   * @param name a cluster that was planned
   */
  static async of(home: string, name: string): Promise<Components> {
    const desired = await readDesired(home, name);
    const specs = desired?.components.map((spec) => [spec.name, spec] as const);
    return new Components(new Map(specs), clusterPaths(home, name).logs);
  }

  /** Process ids by name. */
  get pids(): ReadonlyMap<string, number> {
    return new Map(this.#running.map(({ name, child }) => [name, child.pid]));
  }

  /**
   * Starts components one after another, each once the one before is ready.
   *
   * @param names which ones, in order
   * @param timeoutMs longest wait for all of them
   * @throws {LatticeError} when one ends by itself
   * @throws {DeadlineError} when they are not ready in time
   */
  async start(names: readonly ComponentId[], timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (const name of names) {
      const spec = this.#specs.get(name);
      if (spec === undefined) throw new LatticeError("internal", `The plan has no "${name}"`);
      if (spec.startWhen) await until(spec.startWhen, `${name} may start`, deadline, () => false);
      const running = await launch(spec, join(this.#logs, `${name}.log`));
      this.#running.push(running);
      await until(spec.readiness, `${name} is ready`, deadline, () => running.hasEnded);
    }
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, logged } of this.#running.splice(0).reverse()) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It had ended by itself.
      }
      await child.status;
      await logged;
    }
  }
}

async function launch(spec: ComponentSpec, log: string): Promise<Running> {
  const [program = "", ...args] = spec.argv;
  const child = new Deno.Command(program, {
    args,
    // The plan lets a bootstrap cluster's API server collect garbage seldom, for speed: with 100 clusters it took 6 GB.
    env: { ...spec.env, GOGC: "100" },
    cwd: spec.cwd,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const file = await Deno.open(log, { create: true, write: true, truncate: true });
  const logged = child.stderr.pipeTo(file.writable).catch(() => undefined);
  const running: Running = { name: spec.name, child, logged, hasEnded: false };
  child.status.then(() => running.hasEnded = true);
  return running;
}

async function until(
  probe: HttpProbe,
  what: string,
  deadline: number,
  isHopeless: () => boolean,
): Promise<void> {
  using prober = new Prober(probe);
  while (await prober.ask() !== "ready") {
    if (isHopeless()) throw new LatticeError("internal", `It ended by itself before ${what}`);
    if (performance.now() > deadline) throw new DeadlineError(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
