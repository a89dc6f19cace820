/**
 * Running the programs of others: docker, kind, clusterctl.
 *
 * @module
 */

import {
  DeadlineError,
  InterruptedError,
  LatticeError,
  PrerequisiteError,
} from "@lattice/api/errors";

/** One run of a program. */
export interface ProgramRun {
  /** Program: a path, or a name on `PATH`. */
  readonly program: string;
  /** Its arguments. Everybody on the machine can read them: no secrets. */
  readonly args: readonly string[];
  /** Environment besides the present one; may be secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to feed to its standard input. */
  readonly stdin?: string;
  /** Milliseconds after which it is killed. */
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Hides secrets in what it says. */
  readonly hide?: (text: string) => string;
}

/** How many characters of its last words an error quotes. */
const LAST_WORDS = 600;

/**
 * Runs a program to its end.
 *
 * @param run What to run.
 * @returns What it wrote to standard output.
 * @throws {PrerequisiteError} When there is no such program.
 * @throws {DeadlineError} When it takes too long; it was killed.
 * @throws {InterruptedError} When the signal aborts; it was killed.
 * @throws {LatticeError} `internal` when it fails; the message ends with its last words.
 */
export async function runProgram(run: ProgramRun): Promise<string> {
  const { program, args, env = {}, stdin, timeoutMs, signal, hide = (text) => text } = run;
  const name = program.split("/").at(-1) ?? program;
  const what = `${name} ${args.slice(0, 2).join(" ")}`;
  const late = AbortSignal.timeout(timeoutMs);
  signal.throwIfAborted();
  const output = await execute(program, args, env, stdin, AbortSignal.any([signal, late]));
  const decoder = new TextDecoder();
  if (output.success) return decoder.decode(output.stdout);
  if (signal.aborted) throw new InterruptedError(`'${what}' was stopped`);
  if (late.aborted) throw new DeadlineError(`'${what}' took longer than ${timeoutMs} ms`);
  const words = hide(decoder.decode(output.stderr).trim()).slice(-LAST_WORDS);
  throw new LatticeError("internal", `'${what}' failed: ${words || `exit code ${output.code}`}`, {
    remedy: "correct what it complains about, then run the same command with the same --run-id",
  });
}

async function execute(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin: string | undefined,
  signal: AbortSignal,
): Promise<Deno.CommandOutput> {
  try {
    const child = new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).spawn();
    const output = child.output();
    if (stdin !== undefined) await feed(child, stdin);
    return await output;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new PrerequisiteError(`There is no program '${program}'`, {
      remedy: "install it, and see that PATH leads to it",
      cause,
    });
  }
}

/** A program that ends without reading its input is no failure of ours: its exit code says more. */
async function feed(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    await writer.abort().catch(() => {});
  }
}

/**
 * Tells whether a program can be run.
 *
 * @param program A name on `PATH`.
 * @param args Arguments that make it end at once with success.
 * @param signal Ends the look early.
 * @returns Why not, in a few words; `undefined` when it can.
 */
export async function whyNot(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await runProgram({ program, args, timeoutMs: 20_000, signal });
    return undefined;
  } catch (error) {
    if (error instanceof PrerequisiteError) return `there is no program '${program}' on PATH`;
    if (error instanceof InterruptedError || !(error instanceof LatticeError)) throw error;
    return error.message.replace(/\s+/g, " ");
  }
}
