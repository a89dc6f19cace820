/**
 * The cluster that the commands about services ask when no files are named.
 *
 * @module
 */

import { join } from "node:path";
import { API_VERSION, type KubeObject } from "@lattice/api";
import { PrerequisiteError } from "@lattice/api/errors";
import { connect, isApiError, type KubeClient, LatticeError } from "@lattice/kube";
import { listClusters } from "@lattice/providers/local/host";
import type { Io } from "../io.ts";
import { homeOf } from "../run/state_home.ts";

/** Longest time that the cluster may take to answer, in milliseconds. */
const DEADLINE_MS = 20_000;

/** What people write, in the order in which it is read. */
const KINDS = ["LatticeService", "LatticeExternalService", "LatticeServicePolicy"] as const;

/**
 * Connects to the cluster of the command line: `--kubeconfig`, else `KUBECONFIG`, else `~/.kube/config`, else the only
 * local cluster.
 *
 * @param kubeconfig Value of `--kubeconfig`.
 * @param io The world.
 * @returns A client; dispose it.
 * @throws {PrerequisiteError} When there is no cluster to ask.
 */
export async function connectMesh(kubeconfig: string | undefined, io: Io): Promise<KubeClient> {
  const found = await configured(kubeconfig, io) ?? await onlyLocal(io);
  if (found === undefined) {
    throw new PrerequisiteError("There is neither a file nor a cluster to read services from", {
      remedy: "name files with -f, or a cluster with --kubeconfig",
    });
  }
  return await connect({ kubeconfig: found, userAgent: "lattice-cli" });
}

/**
 * Whether a cluster is configured at all.
 *
 * @param kubeconfig Value of `--kubeconfig`.
 * @param io The world.
 */
export async function hasCluster(kubeconfig: string | undefined, io: Io): Promise<boolean> {
  return (await configured(kubeconfig, io) ?? await onlyLocal(io)) !== undefined;
}

/**
 * Reads every service, external service and service policy.
 *
 * @param client Where.
 * @param io The world.
 * @returns Objects as the server has them; none when it does not know the kinds.
 */
export async function readMesh(client: KubeClient, io: Io): Promise<KubeObject[]> {
  const signal = bounded(io);
  const lists = await Promise.all(
    KINDS.map((kind) => listKind(client, kind, signal)),
  );
  return lists.flat();
}

/**
 * The name of the cluster, when its API server holds exactly one LatticeCluster.
 *
 * @param client Where.
 * @param io The world.
 */
export async function clusterName(client: KubeClient, io: Io): Promise<string | undefined> {
  const items = await listKind(client, "LatticeCluster", bounded(io));
  return items.length === 1 ? items[0]?.metadata.name : undefined;
}

/** How an object of the cluster compares with what is wanted. */
export type LiveState = "matches" | "differs" | "missing";

/**
 * Compares an object with the one in the cluster.
 *
 * @param client Where.
 * @param wanted The object as it is wanted.
 * @param io The world.
 * @returns `matches` when every field that is wanted is there; more may be.
 */
export async function liveState(
  client: KubeClient,
  wanted: KubeObject,
  io: Io,
): Promise<LiveState> {
  const { apiVersion, kind, metadata: { name, namespace } } = wanted;
  try {
    const live = await client.find<KubeObject>(
      { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) },
      { signal: bounded(io) },
    );
    if (live === undefined) return "missing";
    return includes(live, wanted) ? "matches" : "differs";
  } catch (error) {
    if (isUnknownKind(error)) return "missing";
    throw error;
  }
}

/**
 * Whether `actual` has everything that `wanted` has; lists have to be equal.
 *
 * @param actual What is there.
 * @param wanted What has to be there.
 */
export function includes(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(actual) && actual.length === wanted.length &&
      wanted.every((each, index) => includes(actual[index], each));
  }
  if (typeof wanted !== "object" || wanted === null) return actual === wanted;
  if (typeof actual !== "object" || actual === null) return false;
  const there: Record<string, unknown> = { ...actual };
  return Object.entries(wanted).every(([key, value]) => includes(there[key], value));
}

async function listKind(
  client: KubeClient,
  kind: string,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  try {
    const { items } = await client.list<KubeObject>({ apiVersion: API_VERSION, kind }, { signal });
    // Items of a list carry neither of these.
    return items.map((item) => ({ ...item, apiVersion: API_VERSION, kind }));
  } catch (error) {
    // A cluster without our kinds has no services; that is an answer, not a failure.
    if (isUnknownKind(error)) return [];
    throw error;
  }
}

function isUnknownKind(error: unknown): boolean {
  return (error instanceof LatticeError || isApiError(error)) && error.code === "not-found";
}

function bounded(io: Io): AbortSignal {
  return AbortSignal.any([io.signal, AbortSignal.timeout(DEADLINE_MS)]);
}

async function configured(kubeconfig: string | undefined, io: Io): Promise<string | undefined> {
  const home = io.env("HOME");
  const explicit = kubeconfig ?? io.env("KUBECONFIG");
  if (explicit !== undefined) return explicit;
  const usual = home && join(home, ".kube", "config");
  return usual && await exists(usual) ? usual : undefined;
}

async function onlyLocal(io: Io): Promise<string | undefined> {
  if (io.env("HOME") === undefined && io.env("LATTICE_HOME") === undefined) return undefined;
  const records = await listClusters(homeOf(io));
  const [first, ...others] = records.filter(({ role }) => role === "workload");
  if (others.length > 0) {
    throw new PrerequisiteError(`There are ${others.length + 1} local clusters`, {
      remedy: `choose one with --kubeconfig, e.g. ${first?.kubeconfig}`,
    });
  }
  return first?.kubeconfig;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
