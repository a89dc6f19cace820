/** Placeholder of signatures. @module */
import type { ServiceGraph } from "./graph.ts";

/** Text tree. */
export function toTree(_graph: ServiceGraph): string {
  throw new Error("not yet");
}
/** Mermaid flowchart. */
export function toMermaid(_graph: ServiceGraph): string {
  throw new Error("not yet");
}
/** SVG. */
export function toSvg(_graph: ServiceGraph): string {
  throw new Error("not yet");
}
