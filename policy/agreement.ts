/**
 * How far two sides agree, and what each would have to add.
 *
 * @module
 */
import { nodeOf, type ServiceGraph } from "./graph.ts";
import { calleeLines, callerLines } from "./lines.ts";
import type { Node } from "./node.ts";
import type { Agreement, AgreementVerdict, Edge, MissingDeclaration, NodeKind } from "./types.ts";

/** A port that a callee offers. */
export interface OfferedPort {
  /** Name of the port or endpoint. */
  readonly name: string;
  /** Number that callers use. */
  readonly port: number;
  /** Number on the pod; the same for external services. */
  readonly target: number;
  /** Protocol of the transport. */
  readonly protocol: "TCP" | "UDP";
}

/**
 * How far two sides agree.
 *
 * @param graph graph
 * @param caller `namespace/name`
 * @param callee `namespace/name`
 * @param port number or name of the callee's port. Default: any
 * @returns verdict, reasons with the deciding one first, and what is missing on either side
 */
export function agreement(
  graph: ServiceGraph,
  caller: string,
  callee: string,
  port?: number | string,
): Agreement {
  const from = nodeOf(graph, caller);
  const to = nodeOf(graph, callee);
  if (!to?.exists()) {
    return verdict("unknown-target", [`${callee} does not exist`]);
  }
  if (!from?.exists()) {
    return verdict("waiting-for-caller", [`${caller} does not exist`]);
  }
  const excluded = exclusion(from, to);
  if (excluded) return verdict("unknown-target", [excluded]);
  const state = bilateral(from, to);
  if (state.verdict !== "agreed" || port === undefined) return state;
  const offered = offeredPorts(to, meantKind(from, to));
  if (offered.some((each) => isPort(each, port))) return state;
  return verdict("waiting-for-callee", [portReason(callee, offered, port), ...state.reasons]);
}

/**
 * As what a caller would call a key.
 *
 * @param from caller
 * @param to callee, which exists
 * @returns the kind that is agreed, else the declared one, else the one that exists
 */
export function meantKind(from: Node, to: Node): NodeKind {
  const declared = from.out.get(to) ?? 0;
  const kinds: NodeKind[] = ["service", "external"];
  return kinds.find((kind) =>
    to.isMeant(declared, kind) && declared !== 0 && to.admits(from, kind)
  ) ??
    kinds.find((kind) => to.isMeant(declared, kind)) ?? "service";
}

/**
 * The ports that a callee offers.
 *
 * @param node callee
 * @param kind as what it is called
 * @returns ports sorted by number and protocol
 */
export function offeredPorts(node: Node, kind: NodeKind): OfferedPort[] {
  const ports: OfferedPort[] = kind === "external"
    ? (node.externalFacts()?.endpoints ?? []).map(({ name, port }) => ({
      name,
      port,
      target: port,
      protocol: "TCP",
    }))
    : Object.entries(node.service?.spec.service?.ports ?? {}).map(([name, each]) => ({
      name,
      port: each.port,
      target: each.targetPort ?? each.port,
      protocol: each.protocol,
    }));
  return ports.sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

/**
 * Whether a port is the one that was asked for.
 *
 * @param offered port of the callee
 * @param wanted number, number as text, or name
 * @returns true when it is
 */
export function isPort(offered: OfferedPort, wanted: number | string): boolean {
  return offered.name === wanted || String(offered.port) === String(wanted);
}

/**
 * The state of every edge that one node has a part in: what it calls, who calls it, and whom it waits for.
 *
 * @param graph graph
 * @param key `namespace/name`
 * @returns edges with their verdicts, sorted by caller and callee, each once
 */
export function edgeStates(
  graph: ServiceGraph,
  key: string,
): { caller: string; callee: string; verdict: AgreementVerdict }[] {
  const node = nodeOf(graph, key);
  if (!node?.exists()) return [];
  const pairs = new Map<string, Pick<Edge, "caller" | "callee">>();
  const add = (caller: string, callee: string) =>
    pairs.set(`${caller} ${callee}`, { caller, callee });
  for (const callee of graph.dependencies(key)) add(key, callee);
  for (const caller of graph.dependents(key)) add(caller, key);
  for (const admission of [node.admission("service"), node.admission("external")]) {
    for (const [namespace, names] of admission?.callers ?? []) {
      for (const name of names) add(`${namespace}/${name}`, key);
    }
  }
  return [...pairs].sort(([a], [b]) => a < b ? -1 : 1).map(([, { caller, callee }]) => ({
    caller,
    callee,
    verdict: agreement(graph, caller, callee).verdict,
  }));
}

function bilateral(from: Node, to: Node): Agreement {
  const declared = from.out.get(to) ?? 0;
  const kind = meantKind(from, to);
  const admits = to.admits(from, kind);
  const missing: MissingDeclaration[] = [];
  const reasons: string[] = [];
  if (declared === 0) {
    missing.push({
      side: "caller",
      resource: `LatticeService ${from.key}`,
      add: callerLines(from, to, kind),
    });
    reasons.push(`${from.key} does not declare that it calls ${to.key}`);
  }
  if (!admits) {
    const resource = kind === "service" ? "LatticeService" : "LatticeExternalService";
    missing.push({
      side: "callee",
      resource: `${resource} ${to.key}`,
      add: calleeLines(from, to, kind),
    });
    reasons.push(`${to.key} does not declare that ${from.key} may call it`);
  }
  if (missing.length === 0) {
    return verdict("agreed", [`${from.key} calls ${to.key}, and both sides declare it`]);
  }
  return {
    verdict: declared === 0 ? "waiting-for-caller" : "waiting-for-callee",
    reasons,
    missing,
  };
}

// What no declaration could change.
function exclusion(from: Node, to: Node): string | undefined {
  for (const node of [from, to]) {
    if (node.refused) {
      return `${node.key} has a name or namespace of the system, which stays outside of the mesh`;
    }
    if (node.service?.spec.hostNetwork === true && node.external === undefined) {
      return `${node.key} uses the network of the host, where no policy reaches it`;
    }
  }
  if (!from.service) return `${from.key} is an external service, which calls nobody`;
  return undefined;
}

function portReason(
  callee: string,
  offered: readonly OfferedPort[],
  wanted: number | string,
): string {
  const behind = offered.find(({ target }) => String(target) === String(wanted));
  if (behind) {
    return `${wanted} is the port of ${callee}'s pods: call ${behind.port}, the port of its Service`;
  }
  const list = offered.map(({ port, protocol }) => `${port}/${protocol}`).join(", ");
  return `${callee} does not offer port ${wanted}${
    list ? `: it offers ${list}` : ", nor any other"
  }`;
}

function verdict(
  name: AgreementVerdict,
  reasons: readonly string[],
): Agreement {
  return { verdict: name, reasons, missing: [] };
}
