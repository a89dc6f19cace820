/** Placeholder of signatures. @module */
import type { LatticeExternalService, LatticeService } from "@lattice/api";
import type { Edge, NodeKind } from "./types.ts";

/** What is known of a key. */
export interface NodeView {
  /** `namespace/name`. */
  readonly key: string;
  /** The service, when there is one. */
  readonly service?: LatticeService;
  /** The external service, when there is one. */
  readonly external?: LatticeExternalService;
}

/** Who declares what. */
export class ServiceGraph {
  /** Adds or replaces a node. */
  put(_object: LatticeService | LatticeExternalService): void {}
  /** Removes a node; of one kind, or both. Returns whether there was one. */
  delete(_key: string, _kind?: NodeKind): boolean {
    return false;
  }
  /** A node that exists. */
  get(_key: string): NodeView | undefined {
    return undefined;
  }
  /** Keys of all nodes, sorted. */
  keys(): string[] {
    return [];
  }
  /** Keys that it declares to call, sorted; they need not exist or agree. */
  dependencies(_key: string): string[] {
    return [];
  }
  /** Keys that declare to call it, sorted. */
  dependents(_key: string): string[] {
    return [];
  }
  /** Agreed edges, sorted; of one node, or all. */
  activeEdges(_key?: string, _direction?: "inbound" | "outbound"): Edge[] {
    return [];
  }
  /** Keys whose compiled objects may differ since the last call, sorted. */
  takeChanged(): string[] {
    return [];
  }
  /** An independent copy. */
  clone(): ServiceGraph {
    return new ServiceGraph();
  }
}

/** Graph of some objects; kinds other than services are left out. */
export function graphOf(_objects: Iterable<{ kind: string }>): ServiceGraph {
  return new ServiceGraph();
}
