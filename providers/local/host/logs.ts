/**
 * Keeps the logs of a cluster bounded: each is one file and at most one older one.
 *
 * @module
 */

import { dirname } from "node:path";
import { makeDirectory, removeIfExists, statIfExists } from "./files.ts";

/** At the start of its process, a log larger than this is moved aside. */
const AT_START_BYTES = 8 * 1024 * 1024;
/** While its process runs, a log may grow to this. */
const WHILE_RUNNING_BYTES = 32 * 1024 * 1024;

/** What moves aside is found under this name; the one before it is dropped. */
function olderThan(log: string): string {
  return `${log}.1`;
}

/**
 * Moves a log aside that has grown too large, before a process opens it; makes its directory.
 *
 * @param log path of the log
 */
export async function rotateLog(log: string): Promise<void> {
  await makeDirectory(dirname(log));
  const size = (await statIfExists(log))?.size ?? 0;
  if (size < AT_START_BYTES) return;
  await removeIfExists(olderThan(log));
  await Deno.rename(log, olderThan(log));
}

/**
 * Copies a log aside that has grown too large and empties it, while its process has it open. The process appends,
 * so it goes on at the new end; lines that it writes between the two steps are lost.
 *
 * @param log path of the log
 */
export async function limitLog(log: string): Promise<void> {
  const size = (await statIfExists(log))?.size ?? 0;
  if (size < WHILE_RUNNING_BYTES) return;
  await Deno.copyFile(log, olderThan(log));
  await Deno.truncate(log);
}
