/**
 * Asks for disk space before it runs out.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { LatticeError } from "@lattice/api/errors";

/**
 * Checks that a file system has room.
 *
 * @param path a path on it; the nearest existing folder is asked
 * @param bytes how much is needed
 * @param what what needs it, for the message
 * @param variable the environment variable that moves it elsewhere, for the remedy
 * @throws {LatticeError} `prerequisite` when there is less
 */
export async function requireSpace(
  path: string,
  bytes: number,
  what: string,
  variable: string,
): Promise<void> {
  const free = await freeBytes(path);
  if (free === undefined || free >= bytes) return;
  throw new LatticeError(
    "prerequisite",
    `Not enough disk space for ${what} at "${path}": ` +
      `need ${gigabytes(bytes)} GB, have ${gigabytes(free)} GB`,
    { remedy: `free some space, or point ${variable} at another disk` },
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

/** Undefined when the platform cannot say. */
async function freeBytes(path: string): Promise<number | undefined> {
  for (let folder = path;; folder = dirname(folder)) {
    try {
      const stats = await statfs(folder);
      return Number(stats.bavail) * Number(stats.bsize);
    } catch {
      if (dirname(folder) === folder) return undefined;
    }
  }
}
