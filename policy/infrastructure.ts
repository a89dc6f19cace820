/** Placeholder of signatures. @module */
import type { KubeObject } from "@lattice/api";
import type { CompileOptions } from "./types.ts";

/** Default deny and its exceptions. */
export function infrastructurePolicies(_o: CompileOptions): KubeObject[] {
  throw new Error("not yet");
}
