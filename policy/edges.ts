/**
 * Edges on which both sides agree.
 *
 * Whether they do is found out when a side changes, and kept as bits beside the declaration; an edge is put into
 * words when somebody asks.
 *
 * @module
 */
import { AS_EXTERNAL, AS_SERVICE, type Node } from "./node.ts";
import { byRank } from "./order.ts";
import type { Edge, NodeKind } from "./types.ts";

const AGREED_SERVICE = 4;
const AGREED_EXTERNAL = 8;
const DECLARED = AS_SERVICE | AS_EXTERNAL;

/**
 * The bits of a declaration, without what follows from them.
 *
 * @param bits bits that a caller keeps of a callee
 * @returns as which kinds the callee is declared
 */
export function declaredBits(bits: number): number {
  return bits & DECLARED;
}

/**
 * Finds out on what both sides agree, and keeps it.
 *
 * @param caller who declares to call
 * @param callee who is declared
 * @param bits as which kinds
 */
export function settle(caller: Node, callee: Node, bits: number): void {
  const before = caller.out.get(callee);
  const declared = declaredBits(bits);
  let after = declared;
  if (caller.isCaller()) {
    if (callee.isMeant(declared, "service") && callee.admits(caller, "service")) {
      after |= AGREED_SERVICE;
    }
    if (callee.isMeant(declared, "external") && callee.admits(caller, "external")) {
      after |= AGREED_EXTERNAL;
    }
  }
  if (after !== before) caller.out.set(callee, after);
}

/**
 * Who calls a node with the agreement of both sides.
 *
 * @param callee who is called
 * @param kind as what
 * @returns callers sorted by key
 */
export function agreedCallers(callee: Node, kind: NodeKind): Node[] {
  const bit = bitOf(kind);
  const callers: Node[] = [];
  for (const caller of callee.callers) {
    if (((caller.out.get(callee) ?? 0) & bit) !== 0) callers.push(caller);
  }
  return byRank(callers);
}

/**
 * Whom a node calls with the agreement of both sides.
 *
 * @param caller who calls
 * @param kind as what it calls
 * @returns callees sorted by key
 */
export function agreedCallees(caller: Node, kind: NodeKind): Node[] {
  const bit = bitOf(kind);
  const callees: Node[] = [];
  for (const [callee, bits] of caller.out) if ((bits & bit) !== 0) callees.push(callee);
  return byRank(callees);
}

/**
 * Agreed edges to a node.
 *
 * @param callee who is called
 * @returns edges sorted by caller
 */
export function inboundEdges(callee: Node): Edge[] {
  const callers: Node[] = [];
  for (const caller of callee.callers) {
    if ((caller.out.get(callee) ?? 0) > DECLARED) callers.push(caller);
  }
  const edges: Edge[] = [];
  for (const caller of byRank(callers)) collect(edges, caller, callee);
  return edges;
}

/**
 * Agreed edges from a node.
 *
 * @param caller who calls
 * @returns edges sorted by callee
 */
export function outboundEdges(caller: Node): Edge[] {
  const callees: Node[] = [];
  for (const [callee, bits] of caller.out) if (bits > DECLARED) callees.push(callee);
  const edges: Edge[] = [];
  for (const callee of byRank(callees)) collect(edges, caller, callee);
  return edges;
}

function collect(edges: Edge[], caller: Node, callee: Node): void {
  const bits = caller.out.get(callee) ?? 0;
  if ((bits & AGREED_EXTERNAL) !== 0) {
    edges.push({ caller: caller.key, callee: callee.key, calleeKind: "external" });
  }
  if ((bits & AGREED_SERVICE) !== 0) {
    edges.push({ caller: caller.key, callee: callee.key, calleeKind: "service" });
  }
}

function bitOf(kind: NodeKind): number {
  return kind === "service" ? AGREED_SERVICE : AGREED_EXTERNAL;
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
