/**
 * How long an install takes, step by step, beside the budget of each step.
 *
 * @module
 */

import { clusterYaml, Sandbox } from "../e2e/sandbox.ts";
import { type BenchRow, benchRow } from "./types.ts";

/** Budget of each step in milliseconds; together the limit of an install, 60 s. */
const BUDGETS_MS = [10_000, 10_000, 1_000, 25_000, 8_000, 5_000, 1_000] as const;

/**
 * Installs a small local cluster once.
 *
 * @returns One row a step and one for the whole.
 */
export async function benchInstall(): Promise<BenchRow[]> {
  await using sandbox = await Sandbox.create();
  const file = await sandbox.write("cluster.yaml", clusterYaml("bench"));
  const { code, stderr, ms } = await sandbox.lattice(["install", "-f", file, "--run-id", "bench"]);
  if (code !== 0) throw new Error(`the install failed: ${stderr}`);
  const { timings } = JSON.parse(await Deno.readTextFile(`${sandbox.home}/runs/bench.json`)) as {
    timings: { step: number; title: string; ms: number }[];
  };
  const limit = BUDGETS_MS.reduce((sum, each) => sum + each, 0);
  return [
    ...timings.map(({ step, title, ms }) =>
      row(`install, step ${step}: ${title}`, ms, BUDGETS_MS[step - 1] ?? limit)
    ),
    row("install, from command to kubeconfig", ms, limit, 1),
  ];
}

function row(name: string, ours: number, budget: number, goal?: number): BenchRow {
  // Times are whole milliseconds: one that rounds to nothing would make the ratio infinite.
  return benchRow({ name, ours: Math.max(1, ours), peer: budget, unit: "ms", goal }, "less");
}
