/** Placeholder of signatures. @module */
import type { LatticeCluster } from "./cluster_types.ts";
import type { Problem } from "./errors.ts";
import type { LatticeExternalService } from "./external_types.ts";
import type { LatticeServicePolicy } from "./service_policy_types.ts";
import type { LatticeService } from "./service_types.ts";

/** Any object of Lattice that people write. */
export type LatticeObject =
  | LatticeCluster
  | LatticeService
  | LatticeExternalService
  | LatticeServicePolicy;

/** One object of a text: whole, or with what is wrong with it. */
export interface ParsedObject {
  /** The object with defaults; absent exactly when there are problems. */
  readonly object?: LatticeObject;
  /** Kind as written; empty when it is not legible. */
  readonly kind: string;
  /** `namespace/name`, or the name of a cluster; empty when it is not legible. */
  readonly key: string;
  /** Line in the text, counted from 1. */
  readonly line: number;
  /** What is wrong; empty when the object is whole. */
  readonly problems: readonly Problem[];
}

/**
 * All objects of Lattice in a text. Objects of other groups are left out. Never throws for what is in the text.
 */
export function parseDocuments(_text: string, _options: { file?: string } = {}): ParsedObject[] {
  throw new Error("not yet");
}

/** `namespace/name` of an object. */
export function objectKey(object: { metadata: { name: string; namespace?: string } }): string {
  return `${object.metadata.namespace ?? "default"}/${object.metadata.name}`;
}
