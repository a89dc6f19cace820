/**
 * The mesh as a picture: callers left of what they call, one box a service.
 *
 * @module
 */
import { type DeclaredEdge, declaredEdges, labelOf } from "./draw.ts";
import type { ServiceGraph } from "./graph.ts";
import { namespaceOf } from "./names.ts";

const BOX = { width: 200, height: 40 };
const GAP = { x: 90, y: 22 };
const MARGIN = 24;

interface Place {
  x: number;
  y: number;
}

/**
 * The mesh as an SVG. Dashed lines are declared on one side only.
 *
 * @param graph graph
 * @returns a whole SVG document, without scripts and without references to anything outside
 */
export function toSvg(graph: ServiceGraph): string {
  const edges = declaredEdges(graph);
  const keys = [
    ...new Set([...graph.keys(), ...edges.flatMap(({ caller, callee }) => [caller, callee])]),
  ].sort();
  const columns = columnsOf(keys, edges);
  const places = new Map<string, Place>();
  for (const [column, members] of columns.entries()) {
    for (const [row, key] of members.entries()) {
      places.set(key, {
        x: MARGIN + column * (BOX.width + GAP.x),
        y: MARGIN + row * (BOX.height + GAP.y),
      });
    }
  }
  const rows = Math.max(1, ...columns.map((members) => members.length));
  const width = 2 * MARGIN + Math.max(1, columns.length) * (BOX.width + GAP.x) - GAP.x;
  const height = 2 * MARGIN + rows * (BOX.height + GAP.y) - GAP.y;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    "<title>Service mesh</title>",
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...edges.flatMap((edge) => lineOf(edge, places)),
    ...keys.map((key) => boxOf(graph, key, places.get(key) ?? { x: 0, y: 0 })),
    "</svg>",
  ].join("\n");
}

// Columns by the longest way from a node that nobody calls; in a cycle, the first visit counts.
function columnsOf(keys: readonly string[], edges: readonly DeclaredEdge[]): string[][] {
  const callees = new Map<string, string[]>();
  const incoming = new Map<string, number>(keys.map((key) => [key, 0]));
  for (const { caller, callee } of edges) {
    if (caller === callee) continue;
    const list = callees.get(caller) ?? [];
    list.push(callee);
    callees.set(caller, list);
    incoming.set(callee, (incoming.get(callee) ?? 0) + 1);
  }
  const depth = new Map<string, number>();
  const ready = keys.filter((key) => incoming.get(key) === 0);
  const waiting = new Set(keys);
  let next = 0;
  while (waiting.size > 0) {
    // Only cycles are left: break one at its first key.
    const key = ready[next++] ?? [...waiting][0] ?? "";
    if (!waiting.delete(key)) continue;
    const own = depth.get(key) ?? 0;
    depth.set(key, own);
    for (const callee of callees.get(key) ?? []) {
      if (!waiting.has(callee)) continue;
      depth.set(callee, Math.max(depth.get(callee) ?? 0, own + 1));
      const left = (incoming.get(callee) ?? 1) - 1;
      incoming.set(callee, left);
      if (left === 0) ready.push(callee);
    }
  }
  const columns: string[][] = [];
  for (const key of keys) (columns[depth.get(key) ?? 0] ??= []).push(key);
  return Array.from(columns, (members) => members ?? []);
}

function lineOf(
  { caller, callee, verdict }: DeclaredEdge,
  places: ReadonlyMap<string, Place>,
): string[] {
  const from = places.get(caller);
  const to = places.get(callee);
  if (!from || !to) return [];
  const start = { x: from.x + BOX.width, y: from.y + BOX.height / 2 };
  const end = { x: to.x, y: to.y + BOX.height / 2 };
  const bend = Math.max(40, Math.abs(end.x - start.x) / 2);
  const isAgreed = verdict === "agreed";
  return [
    `<path d="M${start.x} ${start.y} C${start.x + bend} ${start.y} ${
      end.x - bend
    } ${end.y} ${end.x} ${end.y}" fill="none" stroke="${isAgreed ? "#333" : "#c60"}"${
      isAgreed ? "" : ' stroke-dasharray="5 4"'
    } marker-end="url(#arrow)"><title>${
      escaped(`${caller} to ${callee}: ${verdict}`)
    }</title></path>`,
  ];
}

function boxOf(graph: ServiceGraph, key: string, { x, y }: Place): string {
  const node = graph.get(key);
  const fill = !node ? "#fee" : node.service ? "#eef4ff" : "#f3eefc";
  const namespace = namespaceOf(key);
  const label = node ? labelOf(graph, key) : `${key.slice(namespace.length + 1)} (unknown)`;
  return [
    `<g><title>${escaped(key)}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="${fill}" stroke="#567"/>`,
    `<text x="${x + 10}" y="${y + 16}" fill="#567">${escaped(shortened(namespace))}</text>`,
    `<text x="${x + 10}" y="${y + 32}">${escaped(shortened(label))}</text></g>`,
  ].join("");
}

function shortened(text: string): string {
  return text.length > 29 ? `${text.slice(0, 28)}…` : text;
}

function escaped(text: string): string {
  return text.replace(/[&"'<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    // deno-lint-ignore no-control-regex -- XML knows no such characters.
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, "");
}
