/**
 * An {@linkcode Io} for tests: records what is written and plays whatever world a test needs.
 *
 * @module
 */

import type { Io } from "../io.ts";
import { run } from "../run_cli.ts";

/** The world that a test wants. */
export interface World {
  /** Environment variables; nothing else is set. */
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds. */
  readonly stdin?: string;
  /** The answer to a prompt; left out, nobody can answer. */
  readonly answer?: string;
  /** The present moment. */
  readonly now?: Date;
  /** Interrupts the run. */
  readonly signal?: AbortSignal;
  /** Whether stderr is a terminal. */
  readonly isTerminal?: boolean;
}

/** What a command line did. */
export interface Outcome {
  /** Exit code. */
  readonly code: number;
  /** Everything on stdout. */
  readonly stdout: string;
  /** Everything on stderr. */
  readonly stderr: string;
}

/**
 * Makes an Io that records.
 *
 * @param world What the command finds.
 */
export function testIo(world: World = {}): Io & { out: () => string; err: () => string } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    readStdin: () => Promise.resolve(world.stdin ?? ""),
    ask: (question) => {
      err.push(question);
      return Promise.resolve(world.answer);
    },
    env: (name) => world.env?.[name] || undefined,
    isTerminal: world.isTerminal ?? false,
    now: () => world.now ?? new Date("2026-11-23T12:00:00Z"),
    signal: world.signal ?? new AbortController().signal,
    out: () => out.join(""),
    err: () => err.join(""),
  };
}

/**
 * Runs a command line inside this process.
 *
 * @param args Arguments after `lattice`.
 * @param world What the command finds.
 */
export async function lattice(args: readonly string[], world: World = {}): Promise<Outcome> {
  const io = testIo(world);
  const code = await run(args, io);
  return { code, stdout: io.out(), stderr: io.err() };
}
