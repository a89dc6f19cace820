/**
 * The mesh as text: a tree, or a flowchart for Mermaid.
 *
 * @module
 */
import { edgeStates, offeredPorts } from "./agreement.ts";
import { nodeOf, type ServiceGraph } from "./graph.ts";
import { nameOf, namespaceOf } from "./names.ts";
import type { AgreementVerdict } from "./types.ts";

/** An edge that at least one side declares. */
export interface DeclaredEdge {
  /** `namespace/name`. */
  readonly caller: string;
  /** `namespace/name`. */
  readonly callee: string;
  /** How far the sides agree. */
  readonly verdict: AgreementVerdict;
}

const WORDS: Readonly<Record<AgreementVerdict, string>> = {
  agreed: "agreed",
  "waiting-for-callee": "waiting for the callee",
  "waiting-for-caller": "waiting for the caller",
  "unknown-target": "unknown target",
};

/**
 * All edges that at least one side declares.
 *
 * @param graph graph
 * @returns edges sorted by caller and callee
 */
export function declaredEdges(graph: ServiceGraph): DeclaredEdge[] {
  const edges = new Map<string, DeclaredEdge>();
  for (const key of graph.keys()) {
    for (const edge of edgeStates(graph, key)) edges.set(`${edge.caller} ${edge.callee}`, edge);
  }
  return [...edges].sort(([a], [b]) => a < b ? -1 : 1).map(([, edge]) => edge);
}

/**
 * The mesh as a tree: namespaces, services with their ports, and what each calls.
 *
 * @param graph graph
 * @returns lines without a line end at the end; empty for an empty graph
 */
export function toTree(graph: ServiceGraph): string {
  const byCaller = new Map<string, DeclaredEdge[]>();
  for (const edge of declaredEdges(graph)) {
    const edges = byCaller.get(edge.caller) ?? [];
    edges.push(edge);
    byCaller.set(edge.caller, edges);
  }
  const lines: string[] = [];
  for (const [namespace, keys] of byNamespace(graph)) {
    lines.push(namespace);
    for (const [index, key] of keys.entries()) {
      const isLast = index === keys.length - 1;
      lines.push(`${isLast ? "└─" : "├─"} ${labelOf(graph, key)}`);
      const edges = byCaller.get(key) ?? [];
      for (const [position, { callee, verdict }] of edges.entries()) {
        const branch = position === edges.length - 1 ? "└" : "├";
        const arrow = verdict === "agreed" ? "─▶" : "╌▷";
        const shown = callee.startsWith(`${namespace}/`) ? nameOf(callee) : callee;
        const note = verdict === "agreed" ? "" : `  (${WORDS[verdict]})`;
        lines.push(`${isLast ? " " : "│"}  ${branch}${arrow} ${shown}${note}`);
      }
    }
  }
  return lines.join("\n");
}

/**
 * The mesh as a flowchart for Mermaid. Dashed arrows are declared on one side only.
 *
 * @param graph graph
 * @returns text without a line end at the end
 */
export function toMermaid(graph: ServiceGraph): string {
  const ids = new Map<string, string>();
  const idOf = (key: string) => {
    const known = ids.get(key) ?? `n${ids.size}`;
    ids.set(key, known);
    return known;
  };
  const lines = ["flowchart LR"];
  for (const [index, [namespace, keys]] of byNamespace(graph).entries()) {
    lines.push(`  subgraph s${index}["${escaped(namespace)}"]`);
    for (const key of keys) {
      const isExternal = graph.get(key)?.service === undefined;
      const label = escaped(labelOf(graph, key));
      lines.push(`    ${idOf(key)}${isExternal ? `{{"${label}"}}` : `["${label}"]`}`);
    }
    lines.push("  end");
  }
  const edges = declaredEdges(graph);
  for (const { caller, callee } of edges) {
    for (const key of [caller, callee]) {
      if (ids.has(key)) continue;
      lines.push(`  ${idOf(key)}(["${escaped(key)} (unknown)"])`);
    }
  }
  for (const { caller, callee, verdict } of edges) {
    const arrow = verdict === "agreed" ? "-->" : `-. ${WORDS[verdict]} .->`;
    lines.push(`  ${idOf(caller)} ${arrow} ${idOf(callee)}`);
  }
  return lines.join("\n");
}

/**
 * What a node is called in pictures.
 *
 * @param graph graph
 * @param key `namespace/name`
 * @returns name and ports
 */
export function labelOf(graph: ServiceGraph, key: string): string {
  const node = nodeOf(graph, key);
  if (!node?.exists()) return key;
  const kind = node.service ? "service" : "external";
  const ports = offeredPorts(node, kind).map(({ port, protocol }) =>
    protocol === "TCP" ? `:${port}` : `:${port}/${protocol}`
  );
  const suffix = node.service ? "" : " (external)";
  return [node.name + suffix, ...new Set(ports)].join(" ");
}

/**
 * Keys by namespace.
 *
 * @param graph graph
 * @returns namespaces with their keys, both sorted
 */
export function byNamespace(graph: ServiceGraph): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const key of graph.keys()) {
    const namespace = namespaceOf(key);
    const keys = groups.get(namespace) ?? [];
    keys.push(key);
    groups.set(namespace, keys);
  }
  return [...groups].sort(([a], [b]) => a < b ? -1 : 1);
}

function escaped(text: string): string {
  return text.replace(/[&"<>#\n]/g, (character) => `#${character.charCodeAt(0)};`);
}
