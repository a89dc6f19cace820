/**
 * A world of its own for a test that installs real clusters: state directory, port range, the `lattice`
 * and `kubectl` programs, and a count of everything that is left over.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listClusters, readRecord, removeCluster } from "@lattice/providers/local/host";
import { CLUSTER_YAML } from "../../cli/testing/cluster.ts";
import { locateTools, type Tools } from "../../tools/locate.ts";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

/** What a program did. */
export interface Outcome {
  /** Exit code; 137 and the like when a signal ended it. */
  readonly code: number;
  /** Everything on stdout. */
  readonly stdout: string;
  /** Everything on stderr. */
  readonly stderr: string;
  /** Milliseconds from start to end. */
  readonly ms: number;
}

/** How to run a program. */
export interface RunOptions {
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to feed to its standard input. */
  readonly stdin?: string;
  /** Milliseconds after which it is killed. Default 180,000. */
  readonly timeoutMs?: number;
}

/** The sandbox of one test. Disposing it removes every cluster in it. */
export class Sandbox implements AsyncDisposable {
  /** State directory of every command. */
  readonly home: string;
  /** Folder for the test's own files. */
  readonly folder: string;
  readonly #tools: Tools;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, tools: Tools) {
    this.folder = folder;
    this.home = join(folder, "home");
    this.#tools = tools;
    this.#env = { LATTICE_HOME: this.home };
  }

  /** Makes a sandbox; the components must have been built. */
  static async create(): Promise<Sandbox> {
    const tools = await locateTools();
    return new Sandbox(await Deno.makeTempDir({ prefix: "lattice-e2e-" }), tools);
  }

  /**
   * Runs `lattice`.
   *
   * @param args Its arguments.
   * @param options How to run it.
   */
  async lattice(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return await runProgram(Deno.execPath(), ["run", "-q", "-A", MAIN, ...args], {
      ...options,
      env: { ...this.#env, ...options.env },
    });
  }

  /**
   * Runs `kubectl` against a local cluster as its administrator.
   *
   * @param cluster Name of the cluster.
   * @param args Its arguments.
   * @param options How to run it.
   * @returns What it printed; a failure fails the test.
   */
  async kubectl(
    cluster: string,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<string> {
    const outcome = await this.tryKubectl(cluster, args, options);
    assert.equal(outcome.code, 0, `kubectl ${args.join(" ")}: ${outcome.stderr}`);
    return outcome.stdout;
  }

  /** Like {@linkcode Sandbox.kubectl}, for commands that may fail. */
  async tryKubectl(
    cluster: string,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Outcome> {
    const record = await readRecord(this.home, cluster);
    assert.ok(record, `there is no cluster '${cluster}'`);
    return await runProgram(
      this.#tools.bin("kubectl"),
      ["--kubeconfig", record.kubeconfig, ...args],
      options,
    );
  }

  /**
   * Writes a file into the sandbox.
   *
   * @param name Its name.
   * @param text Its content.
   * @returns Its path.
   */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await Deno.writeTextFile(path, text);
    return path;
  }

  /** Everything that exists because of this sandbox. */
  async leftovers(): Promise<Leftovers> {
    return {
      processes: await processesOf(this.home),
      clusters: await names(join(this.home, "clusters")),
      ports: await names(join(this.home, "ports")),
      runs: await names(join(this.home, "runs")),
    };
  }

  /** Removes every cluster, then the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { name } of await listClusters(this.home)) {
      await removeCluster(this.home, name, { timeoutMs: 60_000 });
    }
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** What is left over, by kind. */
export interface Leftovers {
  /** Command lines. */
  readonly processes: readonly string[];
  /** Cluster directories. */
  readonly clusters: readonly string[];
  /** Port reservations. */
  readonly ports: readonly string[];
  /** Journals and locks. */
  readonly runs: readonly string[];
}

/** Nothing at all. */
export const NOTHING: Leftovers = { processes: [], clusters: [], ports: [], runs: [] };

/**
 * The file of a small local cluster.
 *
 * @param name Its name.
 * @param workers Size of its one pool, `general`.
 */
export function clusterYaml(name: string, workers = 2): string {
  return CLUSTER_YAML.replace("name: mgmt", `name: ${name}`)
    .replace("replicas: 2", `replicas: ${workers}`);
}

/**
 * Asks until an answer is right.
 *
 * @param what What is waited for, for the failure.
 * @param timeoutMs Deadline in milliseconds.
 * @param ask Returns the answer, or `undefined` while it is not right.
 */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert.ok(performance.now() < deadline, `not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function runProgram(
  program: string,
  args: readonly string[],
  { env = {}, stdin, timeoutMs = 180_000 }: RunOptions = {},
): Promise<Outcome> {
  const started = performance.now();
  await using child = new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  try {
    if (stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin));
      await writer.close();
    }
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const ms = performance.now() - started;
    return { code, stdout: text(stdout), stderr: text(stderr), ms };
  } finally {
    clearTimeout(timer);
  }
}

/** Processes that were started for a state directory: all of them name it in arguments or environment. */
export async function processesOf(home: string): Promise<string[]> {
  const [named, told] = await Promise.all([
    processesWith(home, "cmdline"),
    processesWith(`LATTICE_HOME=${home}`, "environ"),
  ]);
  const found = [...new Set([...named, ...told])].filter((pid) => pid !== String(Deno.pid));
  if (found.length === 0) return [];
  const { stdout } = await runProgram("ps", ["-o", "pid=,args=", "-p", found.join(",")]);
  return stdout.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/**
 * Pids of the processes with a text in a file of theirs. Deno reads no `/proc` without every permission, so
 * grep does; it takes the text from standard input, or it would find itself.
 */
async function processesWith(text: string, file: "cmdline" | "environ"): Promise<string[]> {
  const script = `grep -lsaF -f - /proc/[0-9]*/${file}`;
  const { stdout } = await runProgram("sh", ["-c", script], { stdin: text + "\n" });
  return [...stdout.matchAll(/^\/proc\/(\d+)\//gm)].map((match) => match[1] ?? "");
}

async function names(folder: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) found.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}
