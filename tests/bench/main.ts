/**
 * Runs benchmarks one after another: a table on stderr, the same rows as JSON on stdout.
 *
 * `deno task bench [NAME...]`, with names of {@linkcode BENCHES} or {@linkcode LONG_BENCHES}; all of the former without.
 * `deno task bench scale --clusters 50` says how many clusters there shall be.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type BenchRow, benchTable } from "./types.ts";

/** What a benchmark is told. */
export interface BenchContext {
  /** Takes lines for people while it runs. */
  readonly say: (line: string) => void;
  /** Number of clusters, for those that make some. */
  readonly clusters?: number;
}

type Bench = (context: BenchContext) => Promise<BenchRow[]>;

/** Benchmarks by name, in the order in which they run. Imported one by one: each alone needs little. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  startup: async () => await (await import("./startup.ts")).benchStartup(),
  kube: async () => await (await import("./kube.ts")).benchKube(),
  crypto: async () => await (await import("./crypto.ts")).benchCrypto(),
  install: async () => await (await import("./install.ts")).benchInstall(),
  move: async () => await (await import("./move.ts")).benchMove(),
  policy: async () => await (await import("./policy.ts")).benchPolicy(),
  render: async () => await (await import("./render.ts")).benchRender(),
};

/** Benchmarks that take a quarter of an hour: they run only when they are named. */
export const LONG_BENCHES: Readonly<Record<string, Bench>> = {
  scale: async (context) => await (await import("./scale.ts")).benchScale(context),
};

/**
 * Runs the benchmarks that were named.
 *
 * @param names Names; all but the long ones when empty.
 * @param say Takes text for people.
 * @param clusters Number of clusters, for benchmarks that make some.
 * @returns All rows.
 * @throws {RangeError} For a name that is no benchmark.
 */
export async function runBenches(
  names: readonly string[],
  say: (text: string) => void,
  clusters?: number,
): Promise<BenchRow[]> {
  const all = { ...BENCHES, ...LONG_BENCHES };
  const unknown = names.find((name) => !(name in all));
  if (unknown !== undefined) {
    throw new RangeError(`Cannot run '${unknown}': choose from ${Object.keys(all).join(", ")}`);
  }
  const context = {
    say: (line: string) => say(`${line}\n`),
    ...(clusters === undefined ? {} : { clusters }),
  };
  const rows: BenchRow[] = [];
  for (const [name, bench] of Object.entries(names.length > 0 ? all : BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    say(`\n${name}\n`);
    const measured = await bench(context);
    say(benchTable(measured) + "\n");
    rows.push(...measured);
  }
  return rows;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { clusters: { type: "string" } },
  });
  const say = (text: string): void => void Deno.stderr.writeSync(encoder.encode(text));
  const clusters = values.clusters === undefined ? undefined : Number(values.clusters);
  if (clusters !== undefined && !(Number.isInteger(clusters) && clusters > 0)) {
    throw new RangeError(`Cannot make '${values.clusters}' clusters: give a positive number`);
  }
  const rows = await runBenches(positionals, say, clusters);
  Deno.stdout.writeSync(encoder.encode(JSON.stringify(rows, null, 2) + "\n"));
}
