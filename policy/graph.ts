/**
 * Who declares what: a graph that is kept up to date one object at a time.
 *
 * A change touches a node and those that it names or that name it, and nothing else.
 *
 * @module
 */
import {
  EXTERNAL_SERVICE_KIND,
  type LatticeExternalService,
  type LatticeService,
  SERVICE_KIND,
  type ServiceResource,
} from "@lattice/api";
import { compareEdges, declaredBits, inboundEdges, outboundEdges, settle } from "./edges.ts";
import { AS_EXTERNAL, AS_SERVICE, Node } from "./node.ts";
import { KeyOrder } from "./order.ts";
import type { Edge, NodeKind } from "./types.ts";

/** What is known of a key. */
export interface NodeView {
  /** `namespace/name`. */
  readonly key: string;
  /** Namespace. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
  /** The service, when there is one. */
  readonly service: LatticeService | undefined;
  /** The external service, when there is one. */
  readonly external: LatticeExternalService | undefined;
}

let innerNode: (graph: ServiceGraph, key: string) => Node | undefined;

/**
 * The inner node of a key, for the other files of this room.
 *
 * @param graph graph
 * @param key `namespace/name`
 * @returns the node, also when it is only a name that others declare
 */
export function nodeOf(graph: ServiceGraph, key: string): Node | undefined {
  return innerNode(graph, key);
}

/**
 * Services, external services and what they declare of each other.
 *
 * Objects must be as the schemas of `@lattice/api` return them. A service and an external service may share a
 * key; they stay two things.
 */
export class ServiceGraph {
  readonly #nodes = new Map<string, Node>();
  // The same nodes, found without putting a key together.
  readonly #names = new Map<string, Map<string, Node>>();
  readonly #order = new KeyOrder<Node>();
  readonly #changed = new Set<string>();
  readonly #members = new Map<string, number>();
  #stamp = 0;

  static {
    innerNode = (graph, key) => graph.#nodes.get(key);
  }

  /**
   * Adds an object, or replaces the one of the same kind and key.
   *
   * @param object service or external service with its defaults
   */
  put(object: LatticeService | LatticeExternalService): void {
    const { name, namespace = "default" } = object.metadata;
    const node = this.#node(namespace, name);
    this.#touch(node);
    if (!node.exists()) this.#count(node, 1);
    if (object.kind === SERVICE_KIND) this.#setService(node, object as LatticeService);
    else node.setExternal(object as LatticeExternalService);
    this.#settleCallers(node);
  }

  /**
   * Removes an object. Declarations of others stay: they agree again when it comes back.
   *
   * @param key `namespace/name`
   * @param kind what to remove; absent: both
   * @returns whether there was one
   */
  delete(key: string, kind?: NodeKind): boolean {
    const node = this.#nodes.get(key);
    if (!node?.exists()) return false;
    const had = (kind !== "external" && node.service !== undefined) ||
      (kind !== "service" && node.external !== undefined);
    if (!had) return false;
    this.#touch(node);
    if (kind !== "external") this.#setService(node, undefined);
    if (kind !== "service") node.setExternal(undefined);
    this.#settleCallers(node);
    if (!node.exists()) this.#count(node, -1);
    this.#forget(node);
    return true;
  }

  /**
   * A node.
   *
   * @param key `namespace/name`
   * @returns what is known of it, or undefined when it does not exist
   */
  get(key: string): NodeView | undefined {
    const node = this.#nodes.get(key);
    return node?.exists() ? node : undefined;
  }

  /**
   * All keys.
   *
   * @returns keys of what exists, sorted
   */
  keys(): string[] {
    const keys: string[] = [];
    for (const node of this.#order.members) if (node.exists()) keys.push(node.key);
    return keys;
  }

  /**
   * Whether anything in a namespace takes part in the mesh.
   *
   * @param namespace name of the namespace
   * @returns false for system namespaces, too
   */
  hasMembers(namespace: string): boolean {
    return (this.#members.get(namespace) ?? 0) > 0;
  }

  /**
   * What a service declares to call.
   *
   * @param key `namespace/name`
   * @returns keys, sorted; they need not exist or agree. The array is shared: it cannot be changed
   */
  dependencies(key: string): readonly string[] {
    const node = this.#nodes.get(key);
    return node ? node.outKeys ??= sortedKeys(node.out.keys(), node.out.size) : [];
  }

  /**
   * Who declares to call a key.
   *
   * @param key `namespace/name`, which need not exist
   * @returns keys, sorted
   */
  dependents(key: string): readonly string[] {
    const node = this.#nodes.get(key);
    return node ? node.callerKeys ??= sortedKeys(node.callers, node.callers.size) : [];
  }

  /**
   * Edges that both sides declare.
   *
   * @param key only those of this node; absent: all
   * @param direction only those that come in or go out; absent: both (an edge to itself comes once)
   * @returns edges sorted by caller and callee; the array is shared: do not change it
   */
  activeEdges(key?: string, direction?: "inbound" | "outbound"): readonly Edge[] {
    if (key === undefined) {
      const all: Edge[] = [];
      for (const each of this.#order.members) {
        if (each.out.size === 0) continue;
        for (const edge of each.outbound ??= outboundEdges(each)) all.push(edge);
      }
      return all;
    }
    const node = this.#nodes.get(key);
    if (!node) return [];
    if (direction === "inbound") return node.inbound ??= inboundEdges(node);
    if (direction === "outbound") return node.outbound ??= outboundEdges(node);
    const others = this.activeEdges(key, "inbound").filter(({ caller }) => caller !== key);
    return [...others, ...this.activeEdges(key, "outbound")].sort(compareEdges);
  }

  /**
   * The nodes whose compiled objects may have changed, and forgets them.
   *
   * @returns keys since the last call, sorted; deleted ones, too
   */
  takeChanged(): string[] {
    const keys = [...this.#changed].sort();
    this.#changed.clear();
    return keys;
  }

  /**
   * A copy that changes on its own.
   *
   * @returns graph with the same objects, of which nothing counts as changed
   */
  clone(): ServiceGraph {
    const copy = new ServiceGraph();
    for (const node of this.#nodes.values()) {
      if (node.service) copy.put(node.service);
      if (node.external) copy.put(node.external);
    }
    copy.takeChanged();
    return copy;
  }

  #node(namespace: string, name: string): Node {
    let names = this.#names.get(namespace);
    if (!names) {
      names = new Map();
      this.#names.set(namespace, names);
    }
    const known = names.get(name);
    if (known) return known;
    const node = new Node(namespace, name);
    names.set(name, node);
    this.#nodes.set(node.key, node);
    this.#order.add(node);
    return node;
  }

  #setService(node: Node, service: LatticeService | undefined): void {
    const wasCaller = node.isCaller();
    node.setService(service);
    // Most changes are of images and numbers: whom it calls stays.
    if (service && wasCaller && node.isCaller() && this.#callsTheSame(node, service)) return;
    if (node.out.size > 0) this.#dropDependencies(node);
    if (!service) return;
    const resources = service.spec.resources;
    for (const name in resources) {
      const resource = resources[name];
      const declared = resource ? declaredAs(resource) : 0;
      if (!resource || declared === 0) continue;
      const { namespace = node.namespace, id = name } = resource;
      // A wildcard never stands for something to call.
      if (id !== "*" && namespace !== "*") this.#addDependency(node, namespace, id, declared);
    }
  }

  #callsTheSame(node: Node, { spec: { resources } }: LatticeService): boolean {
    const stamp = ++this.#stamp;
    let distinct = 0;
    for (const name in resources) {
      const resource = resources[name];
      const declared = resource ? declaredAs(resource) : 0;
      if (!resource || declared === 0) continue;
      const { namespace = node.namespace, id = name } = resource;
      if (id === "*" || namespace === "*") continue;
      const target = this.#names.get(namespace)?.get(id);
      if (!target || declaredBits(node.out.get(target) ?? 0) !== declared) return false;
      if (target.stamp === stamp) continue;
      target.stamp = stamp;
      distinct++;
    }
    return distinct === node.out.size;
  }

  #addDependency(node: Node, namespace: string, name: string, declared: number): void {
    const target = this.#node(namespace, name);
    settle(node, target, (node.out.get(target) ?? 0) | declared);
    target.callers.add(node);
    target.callerKeys = undefined;
    node.outKeys = undefined;
    this.#mark(target);
  }

  #dropDependencies(node: Node): void {
    for (const target of node.out.keys()) {
      target.callers.delete(node);
      target.callerKeys = undefined;
      this.#mark(target);
      if (target !== node) this.#forget(target);
    }
    node.out.clear();
    node.outKeys = undefined;
  }

  #count(node: Node, change: number): void {
    if (node.refused) return;
    this.#members.set(node.namespace, (this.#members.get(node.namespace) ?? 0) + change);
  }

  // Whether it is there, as what, and whom it admits, is half of each agreement with its callers.
  #settleCallers(node: Node): void {
    for (const caller of node.callers) settle(caller, node, caller.out.get(node) ?? 0);
  }

  // Those who name it see other ports, or another answer.
  #touch(node: Node): void {
    this.#mark(node);
    for (const caller of node.callers) this.#mark(caller);
  }

  #mark(node: Node): void {
    node.inbound = undefined;
    node.outbound = undefined;
    this.#changed.add(node.key);
  }

  // A name that nobody declares any more takes no memory.
  #forget(node: Node): void {
    if (!node.exists() && node.callers.size === 0 && node.out.size === 0) {
      this.#nodes.delete(node.key);
      this.#order.remove(node);
      const names = this.#names.get(node.namespace);
      names?.delete(node.name);
      if (names?.size === 0) this.#names.delete(node.namespace);
    }
  }
}

/**
 * The graph of some objects.
 *
 * @param objects parsed objects; kinds other than services and external services are left out
 * @returns graph of which nothing counts as changed
 */
export function graphOf(objects: Iterable<{ readonly kind: string }>): ServiceGraph {
  const graph = new ServiceGraph();
  for (const object of objects) {
    if (object.kind === SERVICE_KIND) graph.put(object as LatticeService);
    else if (object.kind === EXTERNAL_SERVICE_KIND) graph.put(object as LatticeExternalService);
  }
  graph.takeChanged();
  return graph;
}

function declaredAs({ type, direction }: ServiceResource): number {
  if (direction === "inbound") return 0;
  return type === "service" ? AS_SERVICE : type === "external-service" ? AS_EXTERNAL : 0;
}

function sortedKeys(nodes: Iterable<Node>, size: number): string[] {
  const keys: string[] = [];
  for (const node of nodes) keys.push(node.key);
  return size > 1 ? keys.sort() : keys;
}
