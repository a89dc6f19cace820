/**
 * Where this run keeps its state.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { ValidationError } from "@lattice/api/errors";
import { stateHome } from "@lattice/providers/local/host";
import type { Io } from "../io.ts";
import { diskFull, freeSpace } from "./disk.ts";

/**
 * The state directory: `LATTICE_HOME` of the given world, else the default.
 *
 * @param io The world.
 * @returns An absolute path.
 */
export function homeOf(io: Io): string {
  const given = io.env("LATTICE_HOME");
  return given === undefined ? stateHome() : resolve(given);
}

/** Bytes that a cluster writes at first: mostly etcd's preallocated logs. */
export const CLUSTER_BYTES: number = 256 * 1024 * 1024;

/**
 * Makes the state directory and checks that it can hold what a run will write.
 *
 * @param home The state directory.
 * @param neededBytes What the run will write.
 * @param freeBytes Reads the free space of the file system of a path.
 * @throws {ValidationError} When the directory cannot be written or its disk is (nearly) full.
 */
export async function checkHome(
  home: string,
  neededBytes: number,
  freeBytes: (path: string) => Promise<number> = freeSpace,
): Promise<void> {
  try {
    await Deno.mkdir(join(home, "runs"), { recursive: true, mode: 0o700 });
    const probe = await Deno.makeTempFile({ dir: join(home, "runs"), prefix: ".probe-" });
    await Deno.remove(probe);
  } catch (cause) {
    throw stateProblem(home, cause);
  }
  const free = await freeBytes(home);
  if (free < neededBytes) throw diskFull(home, free, neededBytes);
}

/**
 * Explains why the state directory cannot be used.
 *
 * @param home The state directory.
 * @param cause What the system said.
 */
export function stateProblem(home: string, cause: unknown): ValidationError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new ValidationError([{
    field: "LATTICE_HOME",
    reason: `cannot write the state directory '${home}': ${words}`,
    remedy: "make it writable, or set LATTICE_HOME to a directory that is",
  }], cause);
}
