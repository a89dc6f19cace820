/**
 * Everything that both sides say about one node, folded into one value.
 *
 * The compilers of Cilium's and Istio's objects read this and nothing else, so they cannot come to different
 * ideas of who may call whom.
 *
 * @module
 */
import type { ExternalEndpoint, InboundRules } from "@lattice/api";
import { agreedCallees, agreedCallers } from "./edges.ts";
import { nodeOf, type ServiceGraph } from "./graph.ts";
import { type IngressGateway, ingressGatewayOf } from "./names.ts";
import { type Node, rulesFor } from "./node.ts";
import type { Ports } from "./ports.ts";

/** A namespace and a name. */
export interface Peer {
  /** `namespace/name`. */
  readonly key: string;
  /** Namespace. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
}

/** A caller whose requests are limited. */
export interface LimitedCaller {
  /** Who calls. */
  readonly peer: Peer;
  /** Limits to requests, one set for each declaration; empty: no limits. */
  readonly rules: readonly InboundRules[];
}

/** A service that may be called. */
export interface Callee {
  /** Who is called. */
  readonly peer: Peer;
  /** Its ports. */
  readonly ports: Ports;
  /** Its waypoint, when it has one. */
  readonly waypoint: string | undefined;
}

/** Endpoints of one host. */
export interface HostGroup {
  /** DNS name or address. */
  readonly host: string;
  /** Whether it is an address, and which. */
  readonly address: "ipv4" | "ipv6" | undefined;
  /** Its endpoints, one for each port, sorted by port. */
  readonly endpoints: readonly ExternalEndpoint[];
}

/** An external service that may be called. */
export interface ExternalCallee {
  /** What is called. */
  readonly peer: Peer;
  /** Its hosts, DNS names first, each part sorted. */
  readonly groups: readonly HostGroup[];
}

/** A service with all that it may do and that may be done to it. */
export interface EffectiveService extends Peer {
  /** Its ports. */
  readonly ports: Ports;
  /** Its waypoint, when it has one. */
  readonly waypoint: string | undefined;
  /** Its ingress gateway, when it has one. */
  readonly gateway: IngressGateway | undefined;
  /** Agreed callers, sorted by key. */
  readonly callers: readonly Peer[];
  /** The same callers with their limits; empty without a waypoint. */
  readonly limits: readonly LimitedCaller[];
  /** Agreed callees, sorted by key. */
  readonly callees: readonly Callee[];
  /** Agreed external callees, sorted by key. */
  readonly externals: readonly ExternalCallee[];
}

/** An external service with those that may call it. */
export interface EffectiveExternal extends Peer {
  /** Its hosts, DNS names first, each part sorted. */
  readonly groups: readonly HostGroup[];
  /** Agreed callers, sorted by key. */
  readonly callers: readonly Peer[];
}

/**
 * What is in effect for a service.
 *
 * @param graph graph
 * @param key `namespace/name`
 * @returns the value, or undefined when there is no such service or it may not take part
 */
export function effectiveService(graph: ServiceGraph, key: string): EffectiveService | undefined {
  const node = nodeOf(graph, key);
  const facts = node?.serviceFacts();
  if (!node?.service || !facts || !node.isCaller()) return undefined;
  const callers = agreedCallers(node, "service");
  return {
    key,
    namespace: node.namespace,
    name: node.name,
    ports: facts.ports,
    waypoint: facts.waypoint,
    gateway: ingressGatewayOf(node.service),
    callers,
    limits: facts.waypoint
      ? callers.map((caller) => ({ peer: caller, rules: limitsOf(node, caller) }))
      : [],
    callees: agreedCallees(node, "service").flatMap((callee) => {
      const its = callee.serviceFacts();
      return its ? [{ peer: callee, ports: its.ports, waypoint: its.waypoint }] : [];
    }),
    externals: agreedCallees(node, "external").map((callee) => ({
      peer: callee,
      groups: groupsOf(callee),
    })),
  };
}

/**
 * What is in effect for an external service.
 *
 * @param graph graph
 * @param key `namespace/name`
 * @returns the value, or undefined when there is no such external service or it may not take part
 */
export function effectiveExternal(graph: ServiceGraph, key: string): EffectiveExternal | undefined {
  const node = nodeOf(graph, key);
  if (!node?.external || node.refused) return undefined;
  return {
    key,
    namespace: node.namespace,
    name: node.name,
    groups: groupsOf(node),
    callers: agreedCallers(node, "external"),
  };
}

// One declaration without limits makes the others pointless.
function limitsOf(callee: Node, caller: Node): InboundRules[] {
  const limits: InboundRules[] = [];
  for (const rules of rulesFor(callee, caller)) {
    if (rules?.methods === undefined && rules?.paths === undefined) return [];
    limits.push(rules);
  }
  return limits;
}

function groupsOf(node: Node): HostGroup[] {
  const byHost = new Map<string, Map<number, ExternalEndpoint>>();
  for (const endpoint of node.externalFacts()?.endpoints ?? []) {
    const ports = byHost.get(endpoint.host) ?? new Map<number, ExternalEndpoint>();
    if (!ports.has(endpoint.port)) ports.set(endpoint.port, endpoint);
    byHost.set(endpoint.host, ports);
  }
  return [...byHost].map(([host, ports]) => {
    const sorted = [...ports.values()].sort((a, b) => a.port - b.port);
    return { host, address: sorted[0]?.address, endpoints: sorted };
  }).sort(compareGroups);
}

function compareGroups(a: HostGroup, b: HostGroup): number {
  if ((a.address === undefined) !== (b.address === undefined)) return a.address ? 1 : -1;
  return a.host < b.host ? -1 : a.host > b.host ? 1 : 0;
}
