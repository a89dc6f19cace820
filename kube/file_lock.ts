/**
 * An exclusive lock on a file that several programs rewrite, in the way of kubectl: whoever creates `FILE.lock` holds it.
 * Ours also keeps an operating-system lock on it, so that one left behind by a dead process is
 * recognised at once.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { backoffMs, sleep } from "./backoff.ts";

/** Milliseconds to wait for another writer; writing takes a few. */
const WAIT_MS = 10_000;
/** A lock file without our mark (kubectl makes such) that is older than this was left behind. */
const FOREIGN_STALE_MS = 60_000;
const MARK = new TextEncoder().encode("lattice\n");

/**
 * Runs a function while holding the lock of a file.
 *
 * @param path The file to protect; `path.lock` is created beside it.
 * @param run What to do.
 * @param signal Ends the wait for the lock.
 * @returns What `run` returns.
 * @throws {LatticeError} `conflict` when somebody else holds the lock for 10 s.
 */
export async function withFileLock<T>(
  path: string,
  run: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const lockPath = `${path}.lock`;
  using held = await acquire(lockPath, signal);
  try {
    return await run();
  } finally {
    // Removed before the file closes: whoever waits on the old file then finds it gone and starts over.
    await Deno.remove(lockPath);
    void held;
  }
}

async function acquire(lockPath: string, signal: AbortSignal | undefined): Promise<Deno.FsFile> {
  const deadline = Date.now() + WAIT_MS;
  for (let attempt = 0;; attempt++) {
    const file = await create(lockPath) ?? await takeOver(lockPath);
    if (file) return file;
    if (Date.now() > deadline) {
      throw new LatticeError("conflict", `Cannot lock '${lockPath}': another program holds it`, {
        file: lockPath,
        remedy: "wait for the other program, or delete the file if none runs",
      });
    }
    await sleep(backoffMs(attempt, { baseMs: 5, maxMs: 100 }), signal);
  }
}

async function create(lockPath: string): Promise<Deno.FsFile | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(lockPath, { createNew: true, write: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
  try {
    await file.lock(true);
    await file.write(MARK);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Takes a lock file whose owner is dead: nobody holds the system's lock on it, yet it is there. */
async function takeOver(lockPath: string): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(lockPath, { read: true, write: true }).catch(() => undefined);
  if (!file) return undefined;
  const abandoned = await file.tryLock(true) && await isAbandoned(file, lockPath);
  if (abandoned) return file;
  file.close();
  return undefined;
}

async function isAbandoned(file: Deno.FsFile, lockPath: string): Promise<boolean> {
  const opened = await file.stat();
  const present = await Deno.stat(lockPath).catch(() => undefined);
  if (!present || present.ino !== opened.ino || present.dev !== opened.dev) return false;
  if (opened.size > 0) return true;
  return Date.now() - (opened.mtime?.getTime() ?? Date.now()) > FOREIGN_STALE_MS;
}
