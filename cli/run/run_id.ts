/**
 * Run ids: what makes two invocations of the same command one run.
 *
 * @module
 */

import { ValidationError } from "@lattice/api/errors";
import { randomFraction } from "@lattice/kube";
import type { Io } from "../io.ts";

/** The longest run id: `lattice-bootstrap-` before it still makes a legal cluster name. */
export const MAX_RUN_ID = 32;

/**
 * Takes the run id from the flag, then `LATTICE_RUN_ID`, else makes one.
 *
 * @param flag Value of `--run-id`.
 * @param io The world.
 * @returns The given id unchanged, or six hexadecimal digits.
 * @throws {ValidationError} When the given id cannot be part of a file name.
 */
export function chooseRunId(flag: string | undefined, io: Io): string {
  const given = flag ?? io.env("LATTICE_RUN_ID");
  if (given === undefined) return newRunId();
  if (given.length <= MAX_RUN_ID && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(given)) return given;
  throw new ValidationError([{
    field: flag === undefined ? "LATTICE_RUN_ID" : "--run-id",
    reason: `must be a DNS label of at most ${MAX_RUN_ID} characters: current value is '${given}'`,
    remedy: "use lower-case letters, digits and inner hyphens",
  }]);
}

/**
 * Makes a run id by chance: time and process id are nearly the same in commands that start together.
 *
 * @returns Six lower-case hexadecimal digits.
 */
export function newRunId(): string {
  return Math.floor(randomFraction() * 0x1000000).toString(16).padStart(6, "0");
}
