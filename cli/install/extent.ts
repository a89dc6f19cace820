/**
 * What exists at a provider, as far as the bootstrap cluster of an install knows.
 *
 * @module
 */

import { capiNamespace, type LatticeCluster, providerOf } from "@lattice/api";
import type { KubeClient, KubeObject } from "@lattice/kube";
import { hasTraces } from "@lattice/providers";
import { DEADLINES } from "../run/deadlines.ts";
import { testimonyOf } from "../run/ownership.ts";
import { infrastructureOf } from "./findings.ts";

/** `unknown`: there are machines, a move has begun, or nobody can tell. */
export type Extent = "nothing" | "something" | "unknown";

/**
 * Tells what exists at the provider of a cluster.
 *
 * @param client The bootstrap cluster.
 * @param wanted The cluster, as it was asked for.
 * @param runId The run that installs it.
 */
export async function extentOf(
  client: KubeClient,
  wanted: LatticeCluster,
  runId: string,
): Promise<Extent> {
  const cluster = wanted.metadata.name;
  const type = providerOf(wanted);
  if (await testimonyOf(client, cluster, runId) !== "none") return "unknown";
  // Discovery first: before the operator has installed the CRDs nothing can have been made.
  const kinds = await client.resources();
  const machine = kinds.find((each) =>
    each.kind === "Machine" && each.apiVersion.startsWith("cluster.x-k8s.io/")
  );
  if (machine === undefined) return "nothing";
  const namespace = capiNamespace(cluster);
  const options = { namespace, timeoutMs: DEADLINES.glance };
  const { items } = await client.list<KubeObject>(machine, options);
  if (items.length > 0 || type === "local") return "unknown";
  const given = infrastructureOf(wanted);
  const { apiVersion, kind } = given;
  if (!kinds.some((each) => each.apiVersion === apiVersion && each.kind === kind)) return "nothing";
  const found = await client.find<KubeObject>(
    { apiVersion, kind, namespace, name: given.metadata.name },
    { timeoutMs: DEADLINES.glance },
  );
  return found !== undefined && hasTraces(type, found, given) ? "something" : "nothing";
}
