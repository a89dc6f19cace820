/**
 * Why a call is allowed or denied.
 *
 * @module
 */
import { type KubeObject, nearestName } from "@lattice/api";
import { agreement, isPort, meantKind, type OfferedPort, offeredPorts } from "./agreement.ts";
import { compareRefs, refOf } from "./compile.ts";
import { externalCilium, serviceCilium } from "./cilium.ts";
import { effectiveExternal, effectiveService } from "./effective.ts";
import { nodeOf, type ServiceGraph } from "./graph.ts";
import { externalIstio, serviceIstio } from "./istio.ts";
import { nameOf, waypointOf } from "./names.ts";
import type { Node } from "./node.ts";
import type { Agreement, DecidingLayer, Explanation, NodeKind, ObjectRef } from "./types.ts";

/** Names of what lets outsiders in. */
const OF_INGRESS = /^(gateway|allow-gateway-to|allow-ingress-to)-/;

/**
 * Explains a call.
 *
 * @param graph graph
 * @param caller `namespace/name`, or a name when it is in `default` or the only one of that name
 * @param callee the same of the callee
 * @param port number or name of the callee's port. Default: any
 * @returns verdict, deciding layer, what is missing, and the objects that implement it
 */
export function explain(
  graph: ServiceGraph,
  caller: string,
  callee: string,
  port?: number | string,
): Explanation {
  const names = { caller: resolveKey(graph, caller), callee: resolveKey(graph, callee) };
  const found = agreement(graph, names.caller, names.callee, port);
  const from = nodeOf(graph, names.caller);
  const to = nodeOf(graph, names.callee);
  const question = { ...names, port: port ?? null };
  if (!from?.exists() || !to?.exists()) {
    return {
      verdict: "denied",
      ...question,
      layer: "target",
      missing: found.missing,
      objects: [],
      reason: `${found.reasons[0]}${hint(graph, names)}`,
      agreement: found.verdict,
      ports: [],
      suggestions: suggestionsFor(graph, names),
    };
  }
  const kind = meantKind(from, to);
  const bilateral = agreement(graph, names.caller, names.callee);
  const offered = bilateral.verdict === "agreed" ? offeredPorts(to, kind) : [];
  const wanted = offered.filter((each) => port === undefined || isPort(each, port));
  const isAllowed = wanted.length > 0;
  return {
    verdict: isAllowed ? "allowed" : "denied",
    ...question,
    layer: isAllowed ? allowedBy(to, kind, wanted) : deniedBy(bilateral),
    missing: found.missing,
    objects: objectsOf(graph, from, to, kind, isAllowed),
    reason: isAllowed
      ? allowedReason(to, kind, wanted)
      : deniedReason(found, bilateral, names.callee),
    agreement: found.verdict,
    ports: offered.map(({ port: number, protocol }) => `${number}/${protocol}`),
    suggestions: [],
  };
}

/**
 * The key that a person means.
 *
 * @param graph graph
 * @param text `namespace/name` or a name
 * @returns the key; for a bare name that in `default`, else the only one with that name, else in `default`
 */
export function resolveKey(graph: ServiceGraph, text: string): string {
  if (text.includes("/")) return text;
  const own = `default/${text}`;
  if (graph.get(own)) return own;
  const same = graph.keys().filter((key) => key.endsWith(`/${text}`));
  return same.length === 1 && same[0] !== undefined ? same[0] : own;
}

function allowedBy(to: Node, kind: NodeKind, ports: readonly OfferedPort[]): DecidingLayer {
  if (ports.every(({ protocol }) => protocol === "UDP")) return "l4";
  if (kind === "external") return "waypoint";
  return to.service && waypointOf(to.service) ? "waypoint" : "mesh";
}

function deniedBy({ verdict, missing }: Agreement): DecidingLayer {
  if (verdict === "agreed") return "port";
  return missing.length > 0 ? "agreement" : "target";
}

function allowedReason(to: Node, kind: NodeKind, ports: readonly OfferedPort[]): string {
  const list = ports.map(({ port, protocol }) => `${port}/${protocol}`).join(", ");
  switch (allowedBy(to, kind, ports)) {
    case "l4":
      return `both sides declare it; Cilium admits the caller to ${list}`;
    case "waypoint":
      return `both sides declare it; Cilium admits the caller to the waypoint of ${to.key}, which admits its identity to ${list}`;
    default:
      return `both sides declare it; Cilium admits the caller, and the ztunnel of ${to.key} its identity, to ${list}`;
  }
}

function deniedReason(found: Agreement, bilateral: Agreement, callee: string): string {
  if (bilateral.verdict !== "agreed") return found.reasons.join("; ");
  return found.verdict === "agreed" ? `${callee} offers no port` : found.reasons[0] ?? "";
}

function objectsOf(
  graph: ServiceGraph,
  from: Node,
  to: Node,
  kind: NodeKind,
  isAllowed: boolean,
): ObjectRef[] {
  const caller = effectiveService(graph, from.key);
  const callee = calleeObjects(graph, to, kind);
  const refs = [
    ...(caller
      ? serviceCilium(caller).filter(({ metadata }) => metadata.name.startsWith("policy-"))
      : []),
    // Objects that let others in decide nothing about a caller that is kept out.
    ...callee.filter((object) =>
      !OF_INGRESS.test(object.metadata.name) &&
      (isAllowed || object.kind !== "Gateway")
    ),
  ].map(refOf);
  const distinct = new Map(refs.map((ref) => [`${ref.kind} ${ref.namespace}/${ref.name}`, ref]));
  return [...distinct.values()].sort(compareRefs);
}

function calleeObjects(graph: ServiceGraph, to: Node, kind: NodeKind): KubeObject[] {
  if (kind === "external") {
    const external = effectiveExternal(graph, to.key);
    return external ? [...externalCilium(external), ...externalIstio(external, "")] : [];
  }
  const service = effectiveService(graph, to.key);
  return service ? [...serviceCilium(service), ...serviceIstio(service, "")] : [];
}

function hint(graph: ServiceGraph, names: { caller: string; callee: string }): string {
  const [meant] = suggestionsFor(graph, names);
  return meant ? `; did you mean ${meant}?` : "";
}

function suggestionsFor(
  graph: ServiceGraph,
  names: { caller: string; callee: string },
): string[] {
  const keys = graph.keys();
  return [names.callee, names.caller].filter((key) => !graph.get(key)).flatMap((key) => {
    const bare = nearestName(nameOf(key), keys.map(nameOf));
    return nearestName(key, keys) ?? keys.find((known) => nameOf(known) === bare) ?? [];
  });
}
