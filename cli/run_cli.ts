/**
 * Runs one command line from arguments to exit code.
 *
 * @module
 */

import { CommanderError } from "commander";
import { exitCode } from "@lattice/api/errors";
import { EXIT } from "./exit_codes.ts";
import type { Io } from "./io.ts";
import { describeError } from "./output/errors.ts";
import { buildProgram } from "./program.ts";

/**
 * Runs a command line.
 *
 * @param args The arguments after the program's name.
 * @param io The world to run in.
 * @returns The exit code; everything worth saying was written to `io`. Never throws.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await buildProgram(io).parseAsync([...args], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    return explain(error, io);
  }
}

/** Prints an error, unless commander already did, and derives the exit code. */
function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    // Help and version arrive as "errors" with exit code 0; commander has printed all of them.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  for (const line of describeError(error, io.env("LATTICE_DEBUG") !== undefined)) {
    io.stderr(line + "\n");
  }
  return io.signal.aborted ? EXIT.interrupted : exitCode(error);
}
