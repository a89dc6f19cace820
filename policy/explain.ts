/** Placeholder of signatures. @module */
import type { ServiceGraph } from "./graph.ts";
import type { CompileOptions, Explanation } from "./types.ts";

/** Why a call is allowed or denied. */
export function explain(
  _graph: ServiceGraph,
  _caller: string,
  _callee: string,
  _port?: number | string,
  _o?: CompileOptions,
): Explanation {
  throw new Error("not yet");
}
