/**
 * Runs benchmarks one after another: a table on stderr, the same rows as JSON on stdout.
 *
 * `deno task bench [NAME...]`, with names of {@linkcode BENCHES}; all of them without.
 *
 * @module
 */

import { type BenchRow, benchTable } from "./types.ts";

/** Benchmarks by name, in the order in which they run. Imported one by one: each alone needs little. */
export const BENCHES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  startup: async () => await (await import("./startup.ts")).benchStartup(),
  kube: async () => await (await import("./kube.ts")).benchKube(),
  crypto: async () => await (await import("./crypto.ts")).benchCrypto(),
  install: async () => await (await import("./install.ts")).benchInstall(),
  move: async () => await (await import("./move.ts")).benchMove(),
  policy: async () => await (await import("./policy.ts")).benchPolicy(),
};

/**
 * Runs the benchmarks that were named.
 *
 * @param names Names; all when empty.
 * @param say Takes text for people.
 * @returns All rows.
 * @throws {RangeError} For a name that is no benchmark.
 */
export async function runBenches(
  names: readonly string[],
  say: (text: string) => void,
): Promise<BenchRow[]> {
  const unknown = names.find((name) => !(name in BENCHES));
  if (unknown !== undefined) {
    throw new RangeError(`Cannot run '${unknown}': choose from ${Object.keys(BENCHES).join(", ")}`);
  }
  const rows: BenchRow[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    say(`\n${name}\n`);
    const measured = await bench();
    say(benchTable(measured) + "\n");
    rows.push(...measured);
  }
  return rows;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const rows = await runBenches(Deno.args, (text) => {
    Deno.stderr.writeSync(encoder.encode(text));
  });
  Deno.stdout.writeSync(encoder.encode(JSON.stringify(rows, null, 2) + "\n"));
}
