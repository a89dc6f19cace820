/**
 * Edges on which both sides agree.
 *
 * @module
 */
import type { Node } from "./node.ts";
import type { Edge, NodeKind } from "./types.ts";

const KINDS: readonly NodeKind[] = ["service", "external"];

/**
 * Who calls a node with the agreement of both sides.
 *
 * @param callee who is called
 * @param kind as what
 * @returns callers sorted by key
 */
export function agreedCallers(callee: Node, kind: NodeKind): Node[] {
  const callers: Node[] = [];
  for (const caller of callee.callers) {
    if (isAgreed(caller, callee, kind, caller.out.get(callee) ?? 0)) callers.push(caller);
  }
  return sortedNodes(callers);
}

/**
 * Whom a node calls with the agreement of both sides.
 *
 * @param caller who calls
 * @param kind as what it calls
 * @returns callees sorted by key
 */
export function agreedCallees(caller: Node, kind: NodeKind): Node[] {
  const callees: Node[] = [];
  for (const [callee, declared] of caller.out) {
    if (isAgreed(caller, callee, kind, declared)) callees.push(callee);
  }
  return sortedNodes(callees);
}

/**
 * Agreed edges to a node.
 *
 * @param callee who is called
 * @returns edges sorted by caller
 */
export function inboundEdges(callee: Node): Edge[] {
  const edges: Edge[] = [];
  for (const caller of callee.callers) collect(edges, caller, callee, caller.out.get(callee) ?? 0);
  return edges.length > 1 ? edges.sort(compareEdges) : edges;
}

/**
 * Agreed edges from a node.
 *
 * @param caller who calls
 * @returns edges sorted by callee
 */
export function outboundEdges(caller: Node): Edge[] {
  const edges: Edge[] = [];
  for (const [callee, declared] of caller.out) collect(edges, caller, callee, declared);
  return edges.length > 1 ? edges.sort(compareEdges) : edges;
}

function collect(edges: Edge[], caller: Node, callee: Node, declared: number): void {
  for (const calleeKind of KINDS) {
    if (isAgreed(caller, callee, calleeKind, declared)) {
      edges.push({ caller: caller.key, callee: callee.key, calleeKind });
    }
  }
}

function isAgreed(caller: Node, callee: Node, kind: NodeKind, declared: number): boolean {
  return callee.isMeant(declared, kind) && caller.isCaller() && callee.admits(caller, kind);
}

function sortedNodes(nodes: Node[]): Node[] {
  return nodes.length > 1
    ? nodes.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    : nodes;
}

/**
 * Orders edges by caller, callee and kind.
 *
 * @param a one
 * @param b the other
 * @returns negative, 0 or positive
 */
export function compareEdges(a: Edge, b: Edge): number {
  if (a.caller !== b.caller) return a.caller < b.caller ? -1 : 1;
  if (a.callee !== b.callee) return a.callee < b.callee ? -1 : 1;
  return a.calleeKind < b.calleeKind ? -1 : a.calleeKind > b.calleeKind ? 1 : 0;
}
