/**
 * Runs the `helm` program: in a clean environment, for a limited time, with output of limited size.
 *
 * @module
 */
import { join, resolve } from "node:path";
import {
  DeadlineError,
  InterruptedError,
  LatticeError,
  PrerequisiteError,
} from "@lattice/api/errors";

/** One run. */
export interface HelmRun {
  /** Path of the program; a relative one starts where this program runs. */
  readonly helm: string;
  /** Arguments. Nothing secret: others can see them. */
  readonly args: readonly string[];
  /** Standard input, e.g. values. */
  readonly input?: string | undefined;
  /** Environment; nothing else is passed on. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What it does, for messages, e.g. `render the chart "cilium" 1.18.5`. */
  readonly what: string;
  /** Milliseconds. Default: {@linkcode HELM_TIMEOUT_MS}. */
  readonly timeoutMs?: number | undefined;
  /** Bytes of output. Default: 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Longest run, in milliseconds. */
export const HELM_TIMEOUT_MS = 120_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_WORDS = 64 * 1024;

/**
 * Runs helm to its end. It finds no configuration, plugin or cache of the user.
 *
 * @param run what to run
 * @returns what it wrote
 * @throws {PrerequisiteError} when there is no such program
 * @throws {DeadlineError} when it takes too long
 * @throws {InterruptedError} when the signal aborts
 * @throws {LatticeError} `internal` when it fails; the message ends with its last words
 */
export async function runHelm(run: HelmRun): Promise<string> {
  const home = await Deno.makeTempDir({ prefix: "lattice-helm-" });
  try {
    return await runIn(home, run);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function runIn(home: string, run: HelmRun): Promise<string> {
  const deadline = AbortSignal.timeout(run.timeoutMs ?? HELM_TIMEOUT_MS);
  const tooMuch = new AbortController();
  const stop = AbortSignal.any([deadline, tooMuch.signal, ...(run.signal ? [run.signal] : [])]);
  if (stop.aborted) throw new InterruptedError(`Stopped before helm could ${run.what}`);
  const child = spawn(home, run);
  const kill = (): void => end(child);
  stop.addEventListener("abort", kill, { once: true });
  const [, output, words, status] = await Promise.all([
    feed(child.stdin, run.input ?? ""),
    collect(child.stdout, run.maxBytes ?? MAX_BYTES, () => tooMuch.abort()),
    collect(child.stderr, MAX_WORDS, () => {}),
    child.status,
  ]).finally(() => stop.removeEventListener("abort", kill));
  if (status.success && !tooMuch.signal.aborted) return output;
  if (run.signal?.aborted) {
    throw new InterruptedError(`Stopped while helm was to ${run.what}`, {
      cause: run.signal.reason,
    });
  }
  if (deadline.aborted) {
    const seconds = (run.timeoutMs ?? HELM_TIMEOUT_MS) / 1000;
    throw new DeadlineError(`Helm did not ${run.what} within ${seconds} s`);
  }
  const why = tooMuch.signal.aborted ? "its output is too large" : lastWords(words);
  throw new LatticeError("internal", `Helm cannot ${run.what}: ${why}`);
}

// Not a polite signal: the deadline holds for a helm that does not listen, too.
function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It had ended by itself.
  }
}

function spawn(home: string, run: HelmRun): Deno.ChildProcess {
  try {
    // A mere name is looked for in the PATH.
    const program = run.helm.includes("/") ? resolve(run.helm) : run.helm;
    return new Deno.Command(program, {
      args: [...run.args],
      clearEnv: true,
      env: {
        HOME: home,
        HELM_CACHE_HOME: join(home, "cache"),
        HELM_CONFIG_HOME: join(home, "config"),
        HELM_DATA_HOME: join(home, "data"),
        ...run.env,
      },
      cwd: home,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw noHelm(run.helm, cause);
  }
}

/**
 * The error for a program that is not there.
 *
 * @param place where it was looked for
 * @param cause why not
 * @returns the error
 */
export function noHelm(place: string, cause?: unknown): PrerequisiteError {
  return new PrerequisiteError(`There is no helm to render charts with: "${place}"`, {
    remedy: 'name the program by LATTICE_HELM, or build it: "npx -y deno@2.9.6 task setup helm"',
    cause,
  });
}

// A program that ends without reading its input has its own reasons, which it tells.
async function feed(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    await writer.abort().catch(() => {});
  }
}

// What is beyond the limit is still read, or the program would hang.
async function collect(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  onTooMuch: () => void,
): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size <= maxBytes) parts.push(decoder.decode(chunk, { stream: true }));
    else onTooMuch();
  }
  return parts.join("") + decoder.decode();
}

function lastWords(words: string): string {
  const lines = words.trim().split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-3).join(" | ") || "it says nothing";
}
