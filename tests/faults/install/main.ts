/**
 * The full enumeration: every victim at every step and at every request of the move.
 *
 * `deno run -A tests/faults/install/main.ts [--only REGEX]`; progress goes to stderr, the verdicts as JSON
 * to stdout. Expect about a minute and a half a fault.
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

async function main(): Promise<number> {
  const { values } = parseArgs({ args: Deno.args, options: { only: { type: "string" } } });
  const pattern = new RegExp(values.only ?? "");
  const reference = await referenceInstall();
  const faults = everyFault(reference.moveCalls).filter(({ id }) => pattern.test(id));
  const verdicts: Verdict[] = [];
  for (const [index, fault] of faults.entries()) {
    const verdict = await judge(fault.id, () => strike(fault, reference));
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
