/**
 * Reserves blocks of loopback ports, one a cluster.
 *
 * A block is reserved by a file `ports/BASE` that is created exclusively, while a lock keeps other
 * planners of the same state directory out. Every port of the block is bound once before: a block
 * that anything else on the machine uses is passed over. The search begins at a place that depends on the state
 * directory, so that two state directories rarely look at the same block at the same time.
 *
 * *Guarantees*: two clusters of one state directory never get the same block. A name that has a
 * block gets the same one again. A reservation whose cluster was never planned, or is gone, is reclaimed
 * after {@linkcode ABANDONED_AFTER_MS}, or sooner when all blocks are taken.
 *
 * @module
 */

import { LatticeError } from "@lattice/api/errors";
import { explained } from "./home.ts";
import {
  makeDirectory,
  namesIn,
  readIfExists,
  removeIfExists,
  uniqueId,
  writeAtomically,
} from "./files.ts";
import { clusterPaths, PORTS_PER_BLOCK, portsDirectory } from "./layout.ts";
import type { PortReservation } from "./model.ts";
import { releaseBlock, reservationFile, withHomeLock } from "./port_release.ts";
import { clusterRecordSchema, portReservationSchema } from "./schemas.ts";

/** How long a reservation without a cluster is left alone: its maker may be about to plan it. */
export const ABANDONED_AFTER_MS = 600_000;
const ABANDONED_AFTER_MS_WHEN_FULL = 30_000;
const RANGE_VARIABLE = "LATTICE_PORT_RANGE";
const DEFAULT_RANGE = "20000-29999";

/** A block together with what is needed to release it. */
export interface Block {
  /** First port. */
  base: number;
  /** Token of the reservation. */
  token: string;
  /** Whether it was reserved just now. */
  fresh: boolean;
}

/**
 * Reserves a block of 16 loopback ports for a cluster name. The same name gets the same block again.
 * Needs to read `LATTICE_PORT_RANGE`, to write the state directory and to listen on 127.0.0.1.
 *
 * @param home state directory
 * @param owner name of the cluster
 * @returns first port of the block
 * @throws {LatticeError} `validation` when the range is malformed, no block is free, or the state
 *   directory cannot be written
 */
export async function reservePorts(home: string, owner: string): Promise<number> {
  const block = await explained(home, () => withHomeLock(home, () => reserveLocked(home, owner)));
  return block.base;
}

/**
 * Releases the block of a name that was reserved and never planned.
 *
 * @param home state directory
 * @param owner name of the cluster
 * @returns `false` when there was none, or when the cluster exists (it releases its block itself)
 */
export async function releasePorts(home: string, owner: string): Promise<boolean> {
  if (await readIfExists(clusterPaths(home, owner).record) !== undefined) return false;
  const held = [...await reservations(home)].filter(([, held]) => held.owner === owner);
  const released = await Promise.all(
    held.map(([base, { token }]) => releaseBlock(home, base, token)),
  );
  return released.includes(true);
}

/**
 * The same as {@linkcode reservePorts}, for a caller that holds the lock of the state directory.
 *
 * @param home state directory
 * @param owner name of the cluster
 * @param wanted base of the block that it should be; default any
 */
export async function reserveLocked(home: string, owner: string, wanted?: number): Promise<Block> {
  await makeDirectory(portsDirectory(home));
  const held = await reservations(home);
  const own = ownBlock(held, owner, wanted);
  if (own !== undefined) return await renew(home, own);
  const blocks = wanted === undefined ? blocksInOrder(home) : [wanted];
  return await firstFree(home, owner, blocks, held, ABANDONED_AFTER_MS) ??
    await firstFree(home, owner, blocks, held, ABANDONED_AFTER_MS_WHEN_FULL) ??
    refuse(wanted);
}

type Reservations = ReadonlyMap<number, PortReservation>;

function ownBlock(held: Reservations, owner: string, wanted?: number): Held | undefined {
  for (const [base, reservation] of held) {
    if (reservation.owner === owner && (wanted ?? base) === base) return { base, reservation };
  }
  return undefined;
}

interface Held {
  base: number;
  reservation: PortReservation;
}

/** Restarts the clock after which a reservation without a cluster counts as abandoned. */
async function renew(home: string, { base, reservation }: Held): Promise<Block> {
  const renewed = { ...reservation, reservedAt: new Date().toISOString() };
  await writeAtomically(reservationFile(home, base), JSON.stringify(renewed));
  return { base, token: reservation.token, fresh: false };
}

async function firstFree(
  home: string,
  owner: string,
  blocks: readonly number[],
  held: Reservations,
  abandonedAfterMs: number,
): Promise<Block | undefined> {
  for (const base of blocks) {
    const present = held.get(base);
    if (present !== undefined && !await isAbandoned(home, base, present, abandonedAfterMs)) {
      continue;
    }
    if (!isBindable(base)) continue;
    return await take(home, owner, base);
  }
  return undefined;
}

async function take(home: string, owner: string, base: number): Promise<Block> {
  const file = reservationFile(home, base);
  const reservation: PortReservation = {
    owner,
    token: uniqueId(),
    reservedAt: new Date().toISOString(),
  };
  await removeIfExists(file);
  try {
    await Deno.writeTextFile(file, JSON.stringify(reservation), { createNew: true, mode: 0o600 });
  } catch (error) {
    await removeIfExists(file);
    throw error;
  }
  return { base, token: reservation.token, fresh: true };
}

async function isAbandoned(
  home: string,
  base: number,
  { owner, token, reservedAt }: PortReservation,
  afterMs: number,
): Promise<boolean> {
  if (Date.now() - Date.parse(reservedAt) < afterMs) return false;
  const text = await readIfExists(clusterPaths(home, owner).record);
  if (text === undefined) return true;
  const record = clusterRecordSchema.safeParse(parseJson(text));
  // A record that cannot be read may still belong to a running cluster: its ports stay its own.
  return record.success && (record.data.portBase !== base || record.data.portToken !== token);
}

async function reservations(home: string): Promise<Reservations> {
  const found = new Map<number, PortReservation>();
  for (const name of await namesIn(portsDirectory(home))) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readIfExists(reservationFile(home, Number(name)));
    const parsed = portReservationSchema.safeParse(parseJson(text ?? ""));
    if (parsed.success) found.set(Number(name), parsed.data);
    // Half a file means that its writer was killed or the disk was full; nobody relies on it.
  }
  return found;
}

/** Whether every port of a block can be listened on now. */
export function isBindable(base: number): boolean {
  const listeners: Deno.Listener[] = [];
  try {
    for (let port = base; port < base + PORTS_PER_BLOCK; port++) {
      listeners.push(Deno.listen({ hostname: "127.0.0.1", port }));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  } finally {
    for (const listener of listeners) listener.close();
  }
}

/** Bases of all blocks of the range, beginning at a place that depends on the state directory. */
function blocksInOrder(home: string): number[] {
  const [first, last] = portRange();
  const count = Math.floor((last - first + 1) / PORTS_PER_BLOCK);
  const start = [...home].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 65_521, 7);
  return Array.from(
    { length: count },
    (_, index) => first + ((start + index) % count) * PORTS_PER_BLOCK,
  );
}

function portRange(): [number, number] {
  const text = Deno.env.get(RANGE_VARIABLE) || DEFAULT_RANGE;
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first < 1 || last > 65_535 || last - first + 1 < PORTS_PER_BLOCK) {
    throw new LatticeError("validation", `The port range "${text}" is not usable`, {
      field: RANGE_VARIABLE,
      remedy: `write FIRST-LAST with at least ${PORTS_PER_BLOCK} ports, as in ${DEFAULT_RANGE}`,
    });
  }
  return [first, last];
}

function refuse(wanted?: number): never {
  if (wanted !== undefined) {
    throw new LatticeError("conflict", `The port block ${wanted} is taken by another cluster`, {
      remedy: "delete the cluster that holds it, or plan this one again without a base",
    });
  }
  const [first, last] = portRange();
  throw new LatticeError(
    "validation",
    `No free block of ${PORTS_PER_BLOCK} ports between ${first} and ${last}`,
    {
      field: RANGE_VARIABLE,
      remedy: `set ${RANGE_VARIABLE} to another range, or remove a cluster that is not needed`,
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
