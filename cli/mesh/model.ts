/**
 * The mesh that a command is about, read from files or from the cluster.
 *
 * @module
 */

import {
  type LatticeExternalService,
  type LatticeObject,
  type LatticeService,
  objectKey,
  type Problem,
} from "@lattice/api";
import { ValidationError } from "@lattice/api/errors";
import type { KubeClient } from "@lattice/kube";
import { graphOf, type ServiceGraph } from "@lattice/policy";
import type { SourceFlags } from "../commands/mesh.ts";
import type { Io } from "../io.ts";
import { describeError } from "../output/errors.ts";
import { type Collection, loadObjects, loadPaths } from "./load.ts";
import { clusterName, connectMesh, readMesh } from "./online.ts";

/** Services, what is wrong with them, and for whom they are compiled. */
export interface Mesh {
  /** Valid objects and what is wrong with the others. */
  readonly collection: Collection;
  /** Who declares what. */
  readonly graph: ServiceGraph;
  /** Name of the cluster in identities; absent: not known. */
  readonly cluster: string | undefined;
  /** The cluster it was read from; absent: files. */
  readonly client: KubeClient | undefined;
}

/** Identities of a cluster that nobody named. */
export const UNNAMED_CLUSTER = "default";

/**
 * Reads the mesh of the command line and hands it to `work`; the connection ends with it.
 *
 * @param flags Where it is.
 * @param io The world.
 * @param work What to do with it.
 */
export async function withMesh<T>(
  flags: SourceFlags,
  io: Io,
  work: (mesh: Mesh) => Promise<T> | T,
): Promise<T> {
  if (flags.file.length > 0) {
    return await work(meshOf(await loadPaths(flags.file, io), flags, io));
  }
  using client = await connectMesh(flags.kubeconfig, io);
  const collection = loadObjects(await readMesh(client, io));
  const mesh = meshOf(collection, flags, io);
  const cluster = mesh.cluster ?? await clusterName(client, io);
  return await work({ ...mesh, cluster, client });
}

/**
 * Makes a mesh of what was read.
 *
 * @param collection What was read.
 * @param flags The command line.
 * @param io The world.
 */
export function meshOf(collection: Collection, flags: SourceFlags, io: Io): Mesh {
  return {
    collection,
    graph: graphOf(collection.loaded.map(({ object }) => object)),
    cluster: flags.cluster ?? io.env("LATTICE_CLUSTER_NAME") ?? clusterIn(collection),
    client: undefined,
  };
}

function clusterIn({ loaded }: Collection): string | undefined {
  const clusters = loaded.filter(({ object }) => object.kind === "LatticeCluster");
  return clusters.length === 1 ? clusters[0]?.object.metadata.name : undefined;
}

/**
 * The services of a mesh by `namespace/name`.
 *
 * @param collection What was read.
 */
export function servicesOf({ loaded }: Collection): Map<string, LatticeService> {
  return new Map(
    loaded.flatMap(({ object }) => isService(object) ? [[objectKey(object), object]] : []),
  );
}

/**
 * The external services of a mesh by `namespace/name`.
 *
 * @param collection What was read.
 */
export function externalsOf({ loaded }: Collection): Map<string, LatticeExternalService> {
  return new Map(
    loaded.flatMap(({ object }) => isExternal(object) ? [[objectKey(object), object]] : []),
  );
}

function isService(object: LatticeObject): object is LatticeService {
  return object.kind === "LatticeService";
}

function isExternal(object: LatticeObject): object is LatticeExternalService {
  return object.kind === "LatticeExternalService";
}

/**
 * Says on stderr what is wrong, one line a problem, and goes on.
 *
 * @param problems What is wrong.
 * @param io The world.
 */
export function warn(problems: readonly Problem[], io: Io): void {
  const [first, ...rest] = problems;
  if (first === undefined) return;
  for (const line of describeError(new ValidationError([first, ...rest]))) {
    io.stderr(`warning: ${line.replace(/^error: /, "")}\n`);
  }
}

/**
 * Ends the command with exit code 3 when something was not valid. What is valid was printed by then.
 *
 * @param problems What is wrong.
 * @throws {ValidationError} With all of them.
 */
export function failOn(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first !== undefined) throw new ValidationError([first, ...rest]);
}
