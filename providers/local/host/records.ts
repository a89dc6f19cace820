/**
 * Reading and changing what is stored of a cluster, for everybody but its supervisor.
 *
 * @module
 */

import { LatticeError, NotFoundError } from "@lattice/api/errors";
import type { ZodType } from "zod";
import { namesIn, readIfExists, withLock, writeAtomically } from "./files.ts";
import { clusterPaths, clustersDirectory, isClusterName } from "./layout.ts";
import type { ClusterRecord, DesiredRunState, DesiredState, StatusFile } from "./model.ts";
import { clusterRecordSchema, desiredStateSchema, statusFileSchema } from "./schemas.ts";
import { explained } from "./home.ts";

const LOCK_TIMEOUT_MS = 10_000;

/**
 * Reads the record of a cluster.
 *
 * @param home state directory
 * @param name name of the cluster
 * @returns the record, or `undefined` when there is no such cluster
 * @throws {LatticeError} `internal` when the file was changed by other hands
 */
export async function readRecord(home: string, name: string): Promise<ClusterRecord | undefined> {
  if (!isClusterName(name)) return undefined;
  return await readFile(clusterPaths(home, name).record, clusterRecordSchema);
}

/**
 * Reads the records of all clusters.
 *
 * @param home state directory; it need not exist
 * @returns the records, by name
 */
export async function listClusters(home: string): Promise<ClusterRecord[]> {
  const names = (await namesIn(clustersDirectory(home))).filter(isClusterName);
  const records = await Promise.all(names.map((name) => readRecord(home, name)));
  return records.filter((record) => record !== undefined);
}

/**
 * Reads what is wanted of a cluster.
 *
 * @param home state directory
 * @param name name of the cluster
 * @returns `undefined` when there is no such cluster
 */
export async function readDesired(home: string, name: string): Promise<DesiredState | undefined> {
  return await readFile(clusterPaths(home, name).desired, desiredStateSchema);
}

/**
 * Reads what the supervisor last saw. Only as good as the supervisor's being alive.
 *
 * @param home state directory
 * @param name name of the cluster
 * @returns `undefined` when no supervisor has written anything
 */
export async function readStatus(home: string, name: string): Promise<StatusFile | undefined> {
  return await readFile(clusterPaths(home, name).status, statusFileSchema);
}

/**
 * Changes what is wanted of a cluster. `removed` cannot be taken back.
 *
 * @param home state directory
 * @param name name of the cluster
 * @param state what is wanted now
 * @throws {LatticeError} `not-found` without such a cluster, `conflict` when it is being removed
 */
export async function setDesiredState(
  home: string,
  name: string,
  state: DesiredRunState,
): Promise<void> {
  await changeDesired(home, name, (present) => {
    if (present === undefined) throw noSuchCluster(home, name);
    if (present.state === "removed" && state !== "removed") throw beingRemoved(name);
    return { ...present, state };
  });
}

/**
 * Replaces the desired state by a function of the present one, safely against others who do so.
 *
 * @param home state directory
 * @param name name of the cluster
 * @param change makes the new state from the present one
 */
export async function changeDesired(
  home: string,
  name: string,
  change: (present: DesiredState | undefined) => DesiredState,
): Promise<void> {
  const paths = clusterPaths(home, name);
  if (await readRecord(home, name) === undefined) throw noSuchCluster(home, name);
  await explained(home, () =>
    withLock(paths.desiredLock, LOCK_TIMEOUT_MS, async () => {
      const present = await readDesired(home, name);
      const next = change(present);
      if (JSON.stringify(next) === JSON.stringify(present)) return;
      await writeAtomically(paths.desired, JSON.stringify(next, undefined, 2));
    }));
}

/** The error for a cluster that is not there. */
export function noSuchCluster(home: string, name: string): LatticeError {
  return new NotFoundError(`There is no local cluster "${name}" in "${home}"`, {
    remedy: 'see "lattice local status" for those that there are',
  });
}

/** The error for a cluster that is on its way out. */
export function beingRemoved(name: string): LatticeError {
  return new LatticeError("conflict", `The local cluster "${name}" is being removed`, {
    remedy: "wait until it is gone, or take another name",
  });
}

async function readFile<T>(path: string, schema: ZodType<T>): Promise<T | undefined> {
  const text = await readIfExists(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LatticeError("internal", `The state file "${path}" is damaged`, {
      file: path,
      remedy: "restore the file, or stop the cluster's processes and delete its directory",
      cause,
    });
  }
}
