/**
 * Giving a reserved block of ports back; the part of port reservations that the supervisor needs.
 *
 * @module
 */

import { join } from "node:path";
import { makeDirectory, readIfExists, removeIfExists, statIfExists, withLock } from "./files.ts";
import { portsDirectory } from "./layout.ts";
import type { PortReservation } from "./model.ts";

const LOCK_TIMEOUT_MS = 30_000;

/**
 * Does something while no other process plans clusters or changes reservations under `home`.
 *
 * @param home state directory; made if absent
 * @param work what to do
 */
export async function withHomeLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  await makeDirectory(home);
  return await withLock(join(home, "lock"), LOCK_TIMEOUT_MS, work);
}

/** File of the reservation of a block. */
export function reservationFile(home: string, base: number): string {
  return join(portsDirectory(home), String(base));
}

/**
 * Releases a block of ports.
 *
 * @param home state directory
 * @param base first port of the block
 * @param token token of the reservation; the block of another holder stays as it is
 * @returns whether the reservation was there and is gone now
 */
export async function releaseBlock(home: string, base: number, token: string): Promise<boolean> {
  // Taking the lock would make the state directory anew, were it deleted by now.
  if (await statIfExists(reservationFile(home, base)) === undefined) return false;
  return await withHomeLock(home, () => releaseLocked(home, base, token));
}

/** The same as {@linkcode releaseBlock}, for a caller that holds the lock of the state directory. */
export async function releaseLocked(home: string, base: number, token: string): Promise<boolean> {
  const file = reservationFile(home, base);
  const text = await readIfExists(file);
  if (text === undefined || tokenIn(text) !== token) return false;
  return await removeIfExists(file);
}

function tokenIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as Partial<PortReservation>)?.token;
  } catch {
    return undefined;
  }
}
