/**
 * What a change does, before it is made.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { compareRefs, compileAll, refOf } from "./compile.ts";
import type { ServiceGraph } from "./graph.ts";
import type { CompileOptions, Edge, Simulation } from "./types.ts";

/**
 * Compares two graphs.
 *
 * @param before graph as it is
 * @param after graph as it would be
 * @param options name of the cluster. Default: `default`; names of objects do not depend on it
 * @returns edges and objects that come, change and go, sorted
 */
export function simulate(
  before: ServiceGraph,
  after: ServiceGraph,
  options: CompileOptions = { cluster: "default" },
): Simulation {
  const edges = { before: edgesById(before), after: edgesById(after) };
  const objects = { before: objectsById(before, options), after: objectsById(after, options) };
  const changed = [...objects.after].filter(([id, object]) => {
    const old = objects.before.get(id);
    return old !== undefined && JSON.stringify(old) !== JSON.stringify(object);
  });
  return {
    edges: {
      gained: missingFrom(edges.after, edges.before),
      lost: missingFrom(edges.before, edges.after),
    },
    objects: {
      created: missingFrom(objects.after, objects.before).map(refOf).sort(compareRefs),
      changed: changed.map(([, object]) => refOf(object)).sort(compareRefs),
      deleted: missingFrom(objects.before, objects.after).map(refOf).sort(compareRefs),
    },
  };
}

function missingFrom<T>(all: ReadonlyMap<string, T>, others: ReadonlyMap<string, T>): T[] {
  return [...all].filter(([id]) => !others.has(id)).map(([, value]) => value);
}

function edgesById(graph: ServiceGraph): Map<string, Edge> {
  return new Map(
    graph.activeEdges().map((edge) => [`${edge.caller} ${edge.callee} ${edge.calleeKind}`, edge]),
  );
}

function objectsById(graph: ServiceGraph, options: CompileOptions): Map<string, KubeObject> {
  return new Map(
    compileAll(graph, options).map((object) => [JSON.stringify(refOf(object)), object]),
  );
}
