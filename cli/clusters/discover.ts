/**
 * Collects the LatticeClusters of many API servers at once.
 *
 * @module
 */

import type { LatticeCluster } from "@lattice/api";
import { connect } from "@lattice/kube";
import { LATTICE_CLUSTER } from "../run/lattice_cluster.ts";
import type { Place } from "./contexts.ts";
import { type ClusterInfo, clusterInfo, unknownInfo } from "./info.ts";

/** How long one context may take to answer, in milliseconds. */
export const CONTEXT_DEADLINE_MS = 5_000;

/** What one API server has. */
export interface Sighting {
  /** Where. */
  readonly place: Place;
  /** URL of the API server, so that a local cluster that is in a kubeconfig, too, counts once. */
  readonly server: string;
  /** Its LatticeClusters; `undefined` when it does not answer. */
  readonly items: readonly LatticeCluster[] | undefined;
}

/**
 * Asks every place at the same time.
 *
 * @param all Where to look.
 * @param warn Is told, in one line, of each place that did not answer.
 * @param signal Ends the search.
 */
export async function look(
  all: readonly Place[],
  warn: (line: string) => void,
  signal: AbortSignal,
): Promise<Sighting[]> {
  const sightings = await Promise.all(all.map(async (place) => {
    try {
      return await lookAt(place, signal);
    } catch (error) {
      signal.throwIfAborted();
      const words = error instanceof Error ? error.message : String(error);
      warn(`warning: context '${place.context}': ${words.replace(/\s+/g, " ")}`);
      return { place, server: `unreachable:${place.context}`, items: undefined };
    }
  }));
  return sightings;
}

async function lookAt(place: Place, signal: AbortSignal): Promise<Sighting> {
  const { kubeconfig, context } = place;
  using client = await connect({ kubeconfig, context, userAgent: "lattice-cli" });
  // The signal bounds discovery and retries, too, which the time-out of one attempt would not.
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(CONTEXT_DEADLINE_MS)]);
  try {
    const { items } = await client.list<LatticeCluster>(LATTICE_CLUSTER, { signal: bounded });
    return { place, server: client.server, items };
  } catch (error) {
    // A cluster without our kind is an ordinary cluster, not a problem.
    if (isUnknownKind(error)) return { place, server: client.server, items: [] };
    if (!bounded.aborted || signal.aborted) throw error;
    throw new Error(`no answer from ${client.server} within ${CONTEXT_DEADLINE_MS / 1000} s`);
  }
}

function isUnknownKind(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "not-found";
}

/**
 * Joins what was seen: one entry a cluster, as its own API server describes it where that was asked.
 *
 * @param sightings What each place has.
 * @returns Parents before children, then by name.
 */
export function fleet(sightings: readonly Sighting[]): ClusterInfo[] {
  const best = new Map<string, { own: boolean; info: ClusterInfo }>();
  const parents = new Map<string, string>();
  for (const { place, items } of once(sightings)) {
    if (items === undefined) {
      if (place.local?.role !== "workload" || best.has(place.local.name)) continue;
      best.set(place.local.name, { own: false, info: unknownInfo(place.local, place.context) });
      continue;
    }
    const self = selfOf(place, items);
    for (const object of items) {
      const { name } = object.metadata;
      const own = name === self;
      const others = items.map((each) => each.metadata.name).filter((each) => each !== name);
      if (!own && self !== undefined) parents.set(name, self);
      if (best.get(name)?.own && !own) continue;
      best.set(name, { own, info: clusterInfo(object, place.context, own ? others : []) });
    }
  }
  const infos = [...best.values()].map(({ info }) => info);
  return infos.sort((a, b) =>
    depth(a.name, parents) - depth(b.name, parents) || (a.name < b.name ? -1 : 1)
  );
}

/** Drops all but the first sighting of each API server. */
function once(sightings: readonly Sighting[]): Sighting[] {
  const seen = new Set<string>();
  return sightings.filter(({ server }) => !seen.has(server) && seen.add(server));
}

/** Which of a place's objects is the cluster itself. */
function selfOf(place: Place, items: readonly LatticeCluster[]): string | undefined {
  if (place.local?.role === "bootstrap") return undefined;
  if (place.local !== undefined) return place.local.name;
  const named = items.find((each) => each.metadata.name === place.context);
  const only = items.length === 1 ? items[0] : undefined;
  const parent = items.find((each) => each.spec.parentConfig !== undefined);
  return (only ?? named ?? parent ?? items[0])?.metadata.name;
}

function depth(name: string, parents: ReadonlyMap<string, string>): number {
  const above = new Set<string>();
  for (let up = parents.get(name); up !== undefined && !above.has(up); up = parents.get(up)) {
    above.add(up);
  }
  return above.size;
}
