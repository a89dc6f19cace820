/**
 * Files that are either whole or not there, and locks that end with their holder.
 *
 * The supervisor uses this module, so of other rooms it imports nothing that imports more.
 * @module
 */

import { randomFraction } from "./random.ts";
import { dirname } from "node:path";

/** Permission bits of every file that Lattice keeps: for its owner only. */
const FILE_MODE = 0o600;
/** Permission bits of every directory that Lattice keeps. */
const DIRECTORY_MODE = 0o700;
const LOCK_RETRY_MS = 20;

/** A lock was not obtained before the deadline. */
export class LockTimeoutError extends Error {
  /** Class name, for logs. */
  override readonly name = "LockTimeoutError";
}

/**
 * Makes a directory and its parents, for their owner only. No error if it exists.
 *
 * @throws {Deno.errors.NotADirectory} when something else has its name
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new Deno.errors.NotADirectory(`Cannot make the directory '${path}': it is a file`);
  }
}

/**
 * Waits for all, and only then throws the first error. With `Promise.all`, the others would still be
 * writing while the caller cleans up.
 */
export async function allEnded<T extends readonly unknown[]>(
  pending: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(pending);
  return await Promise.all(pending) as unknown as T;
}

/**
 * Writes a file so that readers, and a crash, see the old or the new content and nothing between.
 *
 * @param path file to replace or make; its directory exists
 * @param text new content
 * @param volatile the content means nothing after a power cut: do not wait for the disk
 * @throws what the file system throws, as when the disk is full; then nothing has changed
 */
export async function writeAtomically(path: string, text: string, volatile = false): Promise<void> {
  const temporary = await Deno.makeTempFile({ dir: dirname(path), prefix: ".tmp-" });
  try {
    await fill(temporary, text, volatile);
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeIfExists(temporary);
    throw error;
  }
}

async function fill(path: string, text: string, volatile: boolean): Promise<void> {
  using file = await Deno.open(path, { write: true, truncate: true });
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  if (!volatile) await file.sync();
}

/** Content of a file, or `undefined` when there is none. */
export async function readIfExists(path: string): Promise<string | undefined> {
  return await orUndefined(Deno.readTextFile(path));
}

/** File information, or `undefined` when there is no such file. */
export async function statIfExists(path: string): Promise<Deno.FileInfo | undefined> {
  return await orUndefined(Deno.stat(path));
}

/** Names in a directory, or none when there is no such directory. */
export async function namesIn(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(directory)) names.push(entry.name);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  return names.sort();
}

/**
 * Removes a file or a whole directory.
 *
 * @returns `false` when there was none
 */
export async function removeIfExists(path: string): Promise<boolean> {
  for (let attempt = 0;; attempt++) {
    try {
      await Deno.remove(path, { recursive: true });
      return true;
    } catch (error) {
      if (isAbsence(error)) return attempt > 0;
      // A process that is just ending may still have put a file into a directory being emptied.
      if (attempt >= 5) throw error;
      await pause(LOCK_RETRY_MS);
    }
  }
}

/** Whether an error says that a file, or a directory on its path, is not there. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

async function orUndefined<T>(pending: Promise<T>): Promise<T | undefined> {
  try {
    return await pending;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/**
 * Opens a lock file without taking the lock. The lock of an open file ends with the process that
 * holds it, however that ends.
 *
 * @param path lock file; made if absent, its directory exists
 */
export async function openLock(path: string): Promise<Deno.FsFile> {
  return await Deno.open(path, { read: true, write: true, create: true, mode: FILE_MODE });
}

/**
 * Whether some process holds a lock. Looking takes the lock in shared mode for an instant, so
 * any number of lookers do not see one another.
 *
 * @param path lock file
 * @returns `false` also when there is no such file
 */
export async function isLocked(path: string): Promise<boolean> {
  using file = await orUndefined(Deno.open(path, { read: true }));
  return file === undefined ? false : !await file.tryLock(false);
}

/**
 * Does something while holding an exclusive lock.
 *
 * @param path lock file; made if absent, its directory exists
 * @param timeoutMs how long to wait for the lock
 * @param work what to do
 * @returns what the work returned
 * @throws {LockTimeoutError} when the lock is not obtained in time
 */
export async function withLock<T>(
  path: string,
  timeoutMs: number,
  work: () => Promise<T>,
): Promise<T> {
  using file = await openLock(path);
  const deadline = steadyNow() + timeoutMs;
  while (!await file.tryLock(true)) {
    if (steadyNow() >= deadline) {
      throw new LockTimeoutError(`Cannot lock '${path}' within ${timeoutMs} ms`);
    }
    await pause(LOCK_RETRY_MS * (0.5 + randomFraction()));
  }
  return await work();
}

/**
 * Milliseconds that only ever go forward: the wall clock as it was when this process started, plus what has passed
 * since. Setting the clock, or sleeping with the lid closed, moves no deadline.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Resolves after some milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

let made = 0;

/** A short text that no other call returns, on this machine and in practice on any other. */
export function uniqueId(): string {
  made++;
  const chance = Math.floor(randomFraction() * 36 ** 6);
  return [Date.now(), Deno.pid, made, chance].map((part) => part.toString(36)).join("-");
}
