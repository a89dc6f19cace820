/**
 * The files of a cluster as its supervisor reads and writes them: without a schema library, whose memory
 * every cluster would pay for twice. Who writes `desired.json` has checked it against its schema.
 *
 * @module
 */

import { readIfExists, writeAtomically } from "./files.ts";
import type { DesiredState, PidFile, StatusFile } from "./model.ts";

const STATES: readonly unknown[] = ["running", "stopped", "removed"];

/**
 * Reads what is wanted.
 *
 * @param path path of `desired.json`
 * @returns `undefined` when there is no such file
 * @throws {SyntaxError} when it holds something else
 */
export async function readDesiredLight(path: string): Promise<DesiredState | undefined> {
  const text = await readIfExists(path);
  if (text === undefined) return undefined;
  const value = JSON.parse(text) as Partial<DesiredState> | null;
  const good = value?.formatVersion === 1 && STATES.includes(value.state) &&
    Array.isArray(value.components) && typeof value.id === "string";
  if (!good) throw new SyntaxError(`Cannot read '${path}': it is no desired state`);
  return value as DesiredState;
}

/**
 * Reads a pid file.
 *
 * @param path path of the file
 * @returns `undefined` when there is none, or none that can be relied on
 */
export async function readPidFile(path: string): Promise<PidFile | undefined> {
  const text = await readIfExists(path);
  try {
    const value = JSON.parse(text ?? "null") as Partial<PidFile> | null;
    const good = Number.isInteger(value?.pid) && typeof value?.startTime === "string" &&
      typeof value.bootId === "string";
    return good ? value as PidFile : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a pid file. */
export async function writePidFile(path: string, content: PidFile): Promise<void> {
  await writeAtomically(path, JSON.stringify(content), true);
}

/** Writes `status.json`. */
export async function writeStatus(path: string, content: StatusFile): Promise<void> {
  await writeAtomically(path, JSON.stringify(content), true);
}
