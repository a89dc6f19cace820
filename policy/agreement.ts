/** Placeholder of signatures. @module */
import type { ServiceGraph } from "./graph.ts";
import type { Agreement } from "./types.ts";

/** How far two sides agree. Port: number, or name of a port. */
export function agreement(
  _graph: ServiceGraph,
  _caller: string,
  _callee: string,
  _port?: number | string,
): Agreement {
  throw new Error("not yet");
}
