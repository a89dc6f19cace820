/**
 * Which directory holds the state of all local clusters.
 * @module
 */

import { LatticeError } from "@lattice/api/errors";
import { resolve } from "node:path";
import { LockTimeoutError } from "./files.ts";

/**
 * The directory of all local state: `$LATTICE_HOME`, else `$XDG_STATE_HOME/lattice`, else
 * `~/.local/state/lattice`. It may not exist yet. Needs to read those three variables.
 *
 * @returns an absolute path
 * @throws {LatticeError} `prerequisite` when none of the variables is set
 */
export function stateHome(): string {
  const own = Deno.env.get("LATTICE_HOME");
  if (own) return resolve(own);
  const state = Deno.env.get("XDG_STATE_HOME");
  if (state) return resolve(state, "lattice");
  const home = Deno.env.get("HOME");
  if (home) return resolve(home, ".local", "state", "lattice");
  throw new LatticeError("prerequisite", "Cannot tell where the state of local clusters is kept", {
    remedy: "set LATTICE_HOME, XDG_STATE_HOME or HOME",
  });
}

/**
 * Does something in the state directory, and words what the file system refuses for people.
 *
 * @param home state directory, for the message
 * @param work what to do
 * @returns what the work returned
 * @throws {LatticeError} `validation` when the directory cannot be written or the disk is full,
 *   `unavailable` when another process keeps it locked; anything else unchanged
 */
export async function explained<T>(home: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw explanation(home, cause) ?? cause;
  }
}

function explanation(home: string, cause: unknown): LatticeError | undefined {
  if (cause instanceof LatticeError) return undefined;
  if (cause instanceof LockTimeoutError) {
    return new LatticeError("unavailable", `The state directory "${home}" is locked`, {
      remedy: "try again once the other lattice command has ended",
      cause,
    });
  }
  const code = codeOf(cause);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LatticeError("validation", `The disk of the state directory "${home}" is full`, {
      field: "LATTICE_HOME",
      remedy: "free some space or set LATTICE_HOME to another disk",
      cause,
    });
  }
  if (UNWRITABLE.has(code) || cause instanceof Deno.errors.NotADirectory) {
    return new LatticeError("validation", `The state directory "${home}" is not writable`, {
      field: "LATTICE_HOME",
      remedy: "set LATTICE_HOME to a directory that you may write",
      cause,
    });
  }
  return undefined;
}

const UNWRITABLE: ReadonlySet<string | undefined> = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ELOOP",
]);

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
