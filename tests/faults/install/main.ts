/**
 * The full enumeration: every victim at every step and at every request of the move.
 *
 * `deno run -A tests/faults/install/main.ts [--only REGEX] [--shard I/N]`; progress goes to stderr, the
 * verdicts as JSON to stdout. Expect half a minute a fault. Shards that run side by side need port ranges of
 * their own (`LATTICE_PORT_RANGE`).
 *
 * @module
 */

import { parseArgs } from "node:util";
import { referenceInstall, strike } from "./driver.ts";
import { everyFault } from "./faults.ts";

/** The verdict on one fault. */
interface Verdict {
  readonly fault: string;
  readonly ok: boolean;
  readonly error?: string;
  readonly ms: number;
}

async function judge(id: string, body: () => Promise<void>): Promise<Verdict> {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  try {
    await body();
    return { fault: id, ok: true, ms: ms() };
  } catch (error) {
    return { fault: id, ok: false, error: String(error), ms: ms() };
  }
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(text));
}

const OPTIONS = { only: { type: "string" }, shard: { type: "string" } } as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ args: Deno.args, options: OPTIONS });
  const pattern = new RegExp(values.only ?? "");
  const reference = await referenceInstall();
  const [shard = 1, shards = 1] = (values.shard ?? "1/1").split("/").map(Number);
  const faults = everyFault(reference.moveWrites)
    .filter(({ id }) => pattern.test(id))
    .filter((_, index) => index % shards === shard - 1);
  const verdicts: Verdict[] = [];
  for (const [index, fault] of faults.entries()) {
    const verdict = await judge(fault.id, () => strike(fault, reference, { uninstall: false }));
    verdicts.push(verdict);
    const result = verdict.ok ? "ok" : `FAILED: ${verdict.error}`;
    write(
      Deno.stderr,
      `[${index + 1}/${faults.length}] ${fault.id}: ${result} (${verdict.ms} ms)\n`,
    );
  }
  write(Deno.stdout, JSON.stringify(verdicts, null, 2) + "\n");
  return verdicts.every(({ ok }) => ok) ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
