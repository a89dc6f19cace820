/**
 * `deno task build:crypto`: builds the crypto module in a fresh folder and records it.
 *
 *     deno task build:crypto            writes crypto/aws_lc_wasm.js when the module differs
 *     deno task build:crypto --check    compares only; exit code 1 when the module differs
 *
 * `--jobs N` compilers run at once (2); `--work DIR` keeps the build in an existing folder.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { LatticeError } from "@lattice/api/errors";
import { standardErrorProgress } from "../progress.ts";
import { buildModule, sha256 } from "./build.ts";
import { recordedHash, writeRecord } from "./record.ts";

/** What the command line says. */
interface Arguments {
  readonly check: boolean;
  readonly jobs: string;
  readonly work?: string;
}

/**
 * The command.
 *
 * @param args its arguments
 * @returns the exit code: 0 done or equal, 1 failure or different
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      check: { type: "boolean", default: false },
      jobs: { type: "string", default: "2" },
      work: { type: "string" },
    },
  });
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, onSignal);
  try {
    return await build(values, interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    if (!(error instanceof LatticeError)) throw error;
    say(`error: ${error.message}${error.remedy ? `; ${error.remedy}` : ""}`);
    return 1;
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(name, onSignal);
  }
}

async function build({ check, jobs, work }: Arguments, signal: AbortSignal): Promise<number> {
  const progress = standardErrorProgress();
  const folder = await Deno.realPath(work ?? await Deno.makeTempDir({ prefix: "lattice-crypto-" }));
  try {
    const wasm = await buildModule({ work: folder, jobs: Number(jobs), progress, signal });
    const [hash, recorded] = [await sha256(wasm), await recordedHash()];
    say(`built ${hash} (${wasm.length} bytes), recorded ${recorded || "nothing"}`);
    if (check) return hash === recorded ? 0 : 1;
    if (hash !== recorded) await writeRecord(wasm, hash);
    return 0;
  } finally {
    progress.close();
    if (work === undefined) await Deno.remove(folder, { recursive: true });
  }
}

/** A line on standard error. */
function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
