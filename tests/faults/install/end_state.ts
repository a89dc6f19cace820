/**
 * What an install leaves in the world, in a form in which two installs can be compared.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connect, type KubeClient, type KubeObject } from "@lattice/kube";
import { readRecord } from "@lattice/providers/local/host";
import type { Leftovers } from "../../e2e/sandbox.ts";
import type { Sandbox } from "../../e2e/sandbox.ts";
import { LOCAL_CLUSTER_KINDS } from "../../support/kinds.ts";

/** The end state of one install. */
export interface EndState {
  /** Sorted lines, one an object: kind, owner kinds, the parts of its spec that no server fills in. */
  readonly objects: readonly string[];
  /** Names of the cluster directories. */
  readonly clusters: readonly string[];
  /** How many port blocks are reserved. */
  readonly ports: number;
  /** Processes, by what they are. */
  readonly processes: number;
  /** Locks and drafts that nobody holds any more. */
  readonly litter: readonly string[];
}

const KINDS = [
  ["lattice.dev/v1alpha1", "LatticeCluster"],
  ...LOCAL_CLUSTER_KINDS,
  ["v1", "Node"],
] as const;

/**
 * Reads the end state of an install.
 *
 * @param sandbox Where it ran.
 * @param cluster Name of the cluster.
 */
export async function endState(sandbox: Sandbox, cluster: string): Promise<EndState> {
  const left: Leftovers = await sandbox.leftovers();
  return {
    objects: await objectLines(sandbox.home, cluster),
    clusters: left.clusters,
    ports: left.ports.length,
    processes: left.processes.length,
    litter: left.runs.filter((name) => !name.endsWith(".json")),
  };
}

/**
 * Names of the Machines that a cluster's API server knows.
 *
 * @param home The state directory.
 * @param cluster Name of the LatticeCluster.
 * @param holder Name of the local cluster to ask.
 * @returns None when it does not answer.
 */
export async function machineNames(
  home: string,
  cluster: string,
  holder: string,
): Promise<string[]> {
  const record = await readRecord(home, holder);
  if (record === undefined) return [];
  using client = await connect({ kubeconfig: record.kubeconfig, requestTimeoutMs: 2_000 });
  const signal = AbortSignal.timeout(5_000);
  const kind = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Machine" };
  const found = await client.list(kind, { namespace: `capi-${cluster}`, signal })
    .catch(() => ({ items: [] as KubeObject[] }));
  return found.items.map((each) => each.metadata.name).sort();
}

async function objectLines(home: string, cluster: string): Promise<string[]> {
  const record = await readRecord(home, cluster);
  assert.ok(record, `there is no cluster '${cluster}'`);
  using client = await connect({ kubeconfig: record.kubeconfig });
  const lists = await Promise.all(
    KINDS.map(([apiVersion, kind]) => list(client, apiVersion, kind, cluster)),
  );
  return lists.flat().map((object) => describe(object)).sort();
}

async function list(
  client: KubeClient,
  apiVersion: string,
  kind: string,
  cluster: string,
): Promise<KubeObject[]> {
  const clusterScoped = kind === "LatticeCluster" || kind === "Node";
  const namespace = clusterScoped ? {} : { namespace: `capi-${cluster}` };
  return (await client.list({ apiVersion, kind }, namespace)).items;
}

/** One line that is equal for equal installs: random name suffixes, ports and times are left out. */
function describe(object: KubeObject): string {
  const { kind, metadata } = object;
  const owners = (metadata.ownerReferences ?? []).map((each) => each.kind).sort().join("+");
  const being = metadata.deletionTimestamp === undefined ? "" : " deleting";
  const paused = isPaused(object) ? " paused" : "";
  return `${kind} ${stableName(object)} < ${owners || "-"} {${shape(object)}}${being}${paused}`;
}

/** Machines and nodes carry random suffixes; everything else has a name that the file decides. */
function stableName({ kind, metadata }: KubeObject): string {
  const random = ["Machine", "MachineSet", "LocalMachine", "Node"].includes(kind);
  return random ? metadata.name.replace(/(-[a-z0-9]{5,10}){1,2}$/, "-*") : metadata.name;
}

function isPaused({ metadata, spec }: KubeObject): boolean {
  const flags = spec as { paused?: boolean } | undefined;
  return flags?.paused === true ||
    metadata.annotations?.["cluster.x-k8s.io/paused"] !== undefined;
}

function shape(object: KubeObject): string {
  if (object.kind === "Secret") return Object.keys(object.data ?? {}).sort().join(",");
  const { replicas, version } = (object.spec ?? {}) as { replicas?: number; version?: string };
  return [replicas, version].filter((value) => value !== undefined).join(",");
}
