/**
 * A full disk must not leave half a cluster: it is noticed early, and there is room left to clean up.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { ValidationError } from "@lattice/api/errors";

/** Below this many free bytes etcd and everybody else fails soon. */
const LEAST_BYTES = 16 * 1024 * 1024;
const LOOK_EVERY_MS = 1_000;
/** Enough for every small file that a clean-up writes. */
const BALLAST_BYTES = 4 * 1024 * 1024;

/** Watches the disk of a directory. */
export interface DiskWatch extends Disposable {
  /** Aborts, with an error for the user as its reason, when the disk is full. */
  readonly signal: AbortSignal;
}

/**
 * Reads the free space of the file system that holds a path.
 *
 * @param path An existing path.
 * @returns Bytes.
 */
export async function freeSpace(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/**
 * Explains that the disk is too full.
 *
 * @param home The state directory.
 * @param free Free bytes.
 * @param needed Bytes that are needed.
 */
export function diskFull(home: string, free: number, needed: number): ValidationError {
  return new ValidationError([{
    field: "LATTICE_HOME",
    reason: `the disk of '${home}' has ${mebibytes(free)} MiB free, ${
      mebibytes(needed)
    } are needed`,
    remedy: "free some space, or set LATTICE_HOME to a directory on another disk",
  }]);
}

/**
 * Watches the disk while a run works: components that cannot write fail in ways that name anything but the
 * disk.
 *
 * @param home The state directory.
 * @param freeBytes Reads the free space.
 * @param everyMs How often to look.
 */
export function watchDisk(
  home: string,
  freeBytes: (path: string) => Promise<number> = freeSpace,
  everyMs: number = LOOK_EVERY_MS,
): DiskWatch {
  const controller = new AbortController();
  const look = async (): Promise<void> => {
    // A file system that cannot be asked is no reason to stop.
    const free = await freeBytes(home).catch(() => Infinity);
    if (free < LEAST_BYTES) controller.abort(diskFull(home, free, LEAST_BYTES));
  };
  const timer = setInterval(look, everyMs);
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * Occupies a little space that a clean-up can give back. On a disk that is full already it occupies none.
 *
 * @param home The state directory.
 * @param runId Identity of the run.
 * @returns Disposing it frees the space; once is enough, twice is harmless.
 */
export async function takeBallast(home: string, runId: string): Promise<Disposable> {
  const path = join(home, "runs", `${runId}.ballast`);
  const ballast = ballastAt(path);
  try {
    // Written, not truncated to size: a sparse file would occupy nothing.
    await Deno.writeFile(path, new Uint8Array(BALLAST_BYTES), { mode: 0o600 });
  } catch {
    ballast[Symbol.dispose]();
  }
  return ballast;
}

function ballastAt(path: string): Disposable {
  return {
    [Symbol.dispose](): void {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    },
  };
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / (1024 * 1024));
}
