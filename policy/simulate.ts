/** Placeholder of signatures. @module */
import type { ServiceGraph } from "./graph.ts";
import type { CompileOptions, Simulation } from "./types.ts";

/** What changes from one graph to another. */
export function simulate(
  _before: ServiceGraph,
  _after: ServiceGraph,
  _o?: CompileOptions,
): Simulation {
  throw new Error("not yet");
}
