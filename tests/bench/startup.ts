/**
 * How long the CLI takes to say anything, beside kubectl and beside the limits that we set ourselves.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { locateTools } from "../../tools/locate.ts";
import { startApiServer } from "../support/apiserver.ts";
import { type BenchRow, benchRow } from "./types.ts";

const TURNS = 15;
const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
/** Goals of `lattice --help` and `lattice get clusters`, in milliseconds. */
const [HELP_LIMIT_MS, GET_LIMIT_MS] = [80, 300];

/**
 * Runs the benchmark.
 *
 * @returns Two rows a command: beside kubectl, and beside the limit.
 */
export async function benchStartup(): Promise<BenchRow[]> {
  const kubectl = (await locateTools()).bin("kubectl");
  await using server = await startApiServer();
  const kubeconfig = await Deno.makeTempFile({ prefix: "lattice-bench-" });
  try {
    await Deno.writeTextFile(kubeconfig, server.kubeconfig);
    const lattice = (...args: string[]): string[] => [Deno.execPath(), "run", "-A", MAIN, ...args];
    const figures = await medians({
      help: lattice("--help"),
      version: [kubectl, "version", "--client"],
      clusters: lattice("get", "clusters", "--kubeconfig", kubeconfig),
      namespaces: [kubectl, "get", "namespaces", "--kubeconfig", kubeconfig],
    });
    const { help = 0, version = 0, clusters = 0, namespaces = 0 } = figures;
    return [
      row("lattice --help, beside kubectl version --client", help, version),
      row("lattice --help, beside the limit", help, HELP_LIMIT_MS, 1),
      row("lattice get clusters, beside kubectl get namespaces", clusters, namespaces),
      row("lattice get clusters, beside the limit", clusters, GET_LIMIT_MS, 1),
    ];
  } finally {
    await Deno.remove(kubeconfig);
  }
}

function row(name: string, ours: number, peer: number, goal?: number): BenchRow {
  return benchRow({ name, ours, peer, unit: "ms", goal }, "less");
}

/** Runs the commands in turns, so that a busy machine disturbs all alike; the first turn warms up. */
async function medians(
  commands: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {};
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [name, command] of Object.entries(commands)) {
      const ms = await timeOf(command);
      if (turn > 0) (times[name] ??= []).push(ms);
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, list]) => [
      name,
      list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0,
    ]),
  );
}

async function timeOf([program = "", ...args]: readonly string[]): Promise<number> {
  const started = performance.now();
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) {
    throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
  return performance.now() - started;
}
