/**
 * What moves, what stays behind as well, and in which order. Pure.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { displayName, type Graph, isCluster, type Node } from "./graph.ts";

/** An object that will be created in the target. */
export interface Planned extends Node {
  /**
   * Others in the source, or all clusters there, use it: it is copied, an equal one in the target is taken as it
   * is, and the source keeps it.
   */
  readonly shared: boolean;
}

/** The objects of a move, layer by layer: everything that an object depends on is in an earlier layer. */
export interface Plan {
  /** The CAPI Cluster that moves. */
  readonly cluster: Planned;
  /** Layers, owners first; within a layer by key. */
  readonly layers: readonly (readonly Planned[])[];
}

/** Whose objects to plan for. */
export interface PlanScope {
  /** Name of the CAPI Cluster. */
  readonly cluster: string;
  /** Its namespace. */
  readonly namespace: string;
  /** UIDs of objects that clusters of other namespaces use. */
  readonly usedElsewhere?: ReadonlySet<string>;
}

/**
 * Every object of a plan, in order.
 *
 * @param plan A plan.
 */
export function planned(plan: Plan): Planned[] {
  return plan.layers.flat();
}

/**
 * Decides what moves with a cluster: the Cluster and all that it owns, objects whose kind or label says that they move
 * (with what they own), and the owners of all these; never another Cluster of the namespace, nor what only that one
 * owns.
 *
 * @param graph The source's objects.
 * @param scope Which cluster.
 * @returns The plan; undefined when the graph has no such Cluster.
 * @throws {LatticeError} `conflict` when objects own each other in a circle, or an owner that must move is not part
 * of the graph.
 */
export function makePlan(graph: Graph, scope: PlanScope): Plan | undefined {
  const nodes = [...graph.nodes.values()];
  const cluster = nodes.find((node) => isOurs(node, scope));
  if (!cluster) return undefined;
  const selected = select(graph, cluster);
  checkOwners(selected.values());
  const shared = findShared(graph, selected, cluster, scope.usedElsewhere ?? new Set());
  const all = new Map(
    [...selected].map(([uid, node]) => [uid, { ...node, shared: shared.has(uid) }]),
  );
  const layers = orderLayers(all, cluster.uid);
  return { cluster: { ...cluster, shared: false }, layers };
}

function isOurs(node: Node, scope: PlanScope): boolean {
  const { name, namespace } = node.object.metadata;
  return isCluster(node) && name === scope.cluster && namespace === scope.namespace;
}

function select(graph: Graph, cluster: Node): Map<string, Node> {
  const nodes = [...graph.nodes.values()];
  const others = nodes.filter((node) => isCluster(node) && node.uid !== cluster.uid);
  const barred = new Set(others.map((node) => node.uid));
  const ours = descend(graph, [cluster], barred);
  const theirs = descend(graph, others, new Set([cluster.uid]));
  const roots = nodes.filter((node) =>
    node.forceMove && !barred.has(node.uid) && !theirs.has(node.uid)
  );
  const hierarchies = descend(graph, roots.filter((node) => node.hierarchy), barred);
  const chosen = new Set([...ours, ...roots.map((node) => node.uid)]);
  for (const uid of hierarchies) if (!theirs.has(uid)) chosen.add(uid);
  return withOwners(graph, chosen, barred);
}

/** UIDs of the starting nodes and of all that they own, directly or not, without passing through `barred`. */
function descend(graph: Graph, from: readonly Node[], barred: ReadonlySet<string>): Set<string> {
  const seen = new Set<string>();
  const waiting = from.map((node) => node.uid);
  for (let uid = waiting.pop(); uid !== undefined; uid = waiting.pop()) {
    if (seen.has(uid) || barred.has(uid)) continue;
    seen.add(uid);
    waiting.push(...graph.dependents.get(uid) ?? []);
  }
  return seen;
}

function withOwners(
  graph: Graph,
  chosen: ReadonlySet<string>,
  barred: ReadonlySet<string>,
): Map<string, Node> {
  const selected = new Map<string, Node>();
  const waiting = [...chosen];
  for (let uid = waiting.pop(); uid !== undefined; uid = waiting.pop()) {
    const node = graph.nodes.get(uid);
    if (!node || selected.has(uid) || barred.has(uid)) continue;
    selected.set(uid, node);
    waiting.push(...node.owners, ...node.softOwners);
  }
  return selected;
}

function checkOwners(nodes: Iterable<Node>): void {
  for (const node of nodes) {
    const owner = node.unresolved[0];
    if (owner === undefined) continue;
    throw new LatticeError(
      "conflict",
      `Cannot move ${displayName(node.object)}: its owner ${owner.kind}/${owner.name} ` +
        `(${owner.apiVersion}) is not among the objects that move`,
      {
        field: "metadata.ownerReferences",
        remedy:
          "remove that owner reference, or label the owner's CRD clusterctl.cluster.x-k8s.io/move",
      },
    );
  }
}

/** UIDs that the source must keep: global ones, those that unmoved objects depend on, and the owners of these. */
function findShared(
  graph: Graph,
  selected: ReadonlyMap<string, Node>,
  cluster: Node,
  usedElsewhere: ReadonlySet<string>,
): Set<string> {
  const globals = [...selected.values()].filter((node) => !node.kind.namespaced);
  const shared = descend(graph, globals, new Set([cluster.uid]));
  const waiting = [...selected.values()].filter((node) =>
    usedElsewhere.has(node.uid) ||
    (graph.dependents.get(node.uid) ?? []).some((uid) => !selected.has(uid))
  ).map((node) => node.uid);
  for (let uid = waiting.pop(); uid !== undefined; uid = waiting.pop()) {
    const node = selected.get(uid);
    if (!node || node === cluster || shared.has(uid)) continue;
    shared.add(uid);
    waiting.push(...node.owners);
  }
  for (const node of selected.values()) {
    const foreign = [...node.owners, ...node.softOwners].some((owner) => !selected.has(owner));
    if (foreign) shared.add(node.uid);
  }
  return shared;
}

/**
 * Orders nodes so that everything that a node depends on is in an earlier layer. Owners that are not among them are
 * passed over.
 *
 * @param all Nodes by UID.
 * @param firstUid A node that all wait for which do not lead to it; default: the Cluster among them, if there is one.
 * @throws {LatticeError} `conflict` when nodes own each other in a circle.
 */
export function orderLayers<N extends Node>(
  all: ReadonlyMap<string, N>,
  firstUid: string | undefined = [...all.values()].find(isCluster)?.uid,
): N[][] {
  const first = ancestors(all, firstUid);
  const layers: N[][] = [];
  const placed = new Set<string>();
  const waiting = new Map(all);
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter((node) =>
      needsOf(node, first, firstUid).every((uid) => placed.has(uid) || !all.has(uid))
    );
    if (ready.length === 0) throw circle(waiting);
    ready.sort((a, b) => a.key < b.key ? -1 : 1);
    for (const node of ready) {
      placed.add(node.uid);
      waiting.delete(node.uid);
    }
    layers.push(ready);
  }
  return layers;
}

/** What does not lead to the Cluster waits for it: its pause must hold before anything else is reconciled. */
function needsOf(node: Node, first: ReadonlySet<string>, firstUid: string | undefined): string[] {
  const needs = [...node.owners, ...node.softOwners];
  if (firstUid !== undefined && !first.has(node.uid)) needs.push(firstUid);
  return needs;
}

/** The node itself and all that owns it. */
function ancestors(all: ReadonlyMap<string, Node>, uid: string | undefined): Set<string> {
  const seen = new Set<string>();
  const waiting = uid === undefined ? [] : [uid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = all.get(next);
    if (!node || seen.has(next)) continue;
    seen.add(next);
    waiting.push(...node.owners, ...node.softOwners);
  }
  return seen;
}

/** Names a circle: following first owners that are not placed must come back to where it was. */
function circle(waiting: ReadonlyMap<string, Node>): LatticeError {
  const path: Node[] = [];
  let node = [...waiting.values()].sort((a, b) => a.key < b.key ? -1 : 1)[0];
  while (node && !path.includes(node)) {
    path.push(node);
    const next: string | undefined = [...node.owners, ...node.softOwners].find((uid) =>
      waiting.has(uid)
    );
    node = next === undefined ? undefined : waiting.get(next);
  }
  const from = node ? path.indexOf(node) : 0;
  const names = path.slice(from).map((entry) => displayName(entry.object));
  return new LatticeError(
    "conflict",
    `Cannot move: objects own each other in a circle: ${[...names, names[0]].join(" -> ")}`,
    { field: "metadata.ownerReferences", remedy: "remove one of these owner references" },
  );
}
