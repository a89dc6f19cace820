/** Placeholder of signatures. @module */
import type { KubeObject } from "@lattice/api";
import type { ServiceGraph } from "./graph.ts";
import type { CompileOptions } from "./types.ts";

/** Objects of one key. */
export function compile(_graph: ServiceGraph, _key: string, _o: CompileOptions): KubeObject[] {
  throw new Error("not yet");
}
/** Objects of all keys. */
export function compileAll(_graph: ServiceGraph, _o: CompileOptions): KubeObject[] {
  throw new Error("not yet");
}
