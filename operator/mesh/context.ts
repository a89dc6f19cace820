/**
 * What the mesh controllers share: what people declared, what is in the cluster, and what became of the last writes.
 *
 * @module
 */
import {
  EXTERNAL_SERVICE_KIND,
  type LatticeService,
  type Problem,
  SERVICE_KIND,
} from "@lattice/api";
import type { Store } from "@lattice/kube";
import type { AgreementVerdict } from "@lattice/policy";
import type { MeshClient } from "./client.ts";
import type { Frozen, MeshView } from "./decide.ts";
import type { Inventory } from "./inventory.ts";
import type { MeshModel } from "./model.ts";

/** What became of one layer of a key. */
export interface LayerOutcome {
  /** Kinds that are needed and not served. */
  readonly missing: readonly string[];
  /** Objects whose names are taken. */
  readonly taken: readonly string[];
  /** What is wrong with the spec, as far as this layer is concerned. */
  readonly problems: readonly Problem[];
  /** Whether a problem stands in the way. */
  readonly blocked: boolean;
  /** Why the last try failed; undefined: it did not. */
  readonly error: string | undefined;
}

/** Nothing is in the way. */
export const CLEAR: LayerOutcome = {
  missing: [],
  taken: [],
  problems: [],
  blocked: false,
  error: undefined,
};

/** Number of edges by verdict. */
export type EdgeCounts = Partial<Record<AgreementVerdict, number>>;

/** Numbers that the controllers tell. */
export interface MeshMeter {
  /**
   * Notes how long a compilation took.
   *
   * @param layer What was compiled.
   * @param seconds Seconds.
   */
  compiled(layer: "policy" | "workload", seconds: number): void;
  /**
   * Looks at these whenever somebody asks for numbers.
   *
   * @param source Objects in the cluster, and edges by key.
   */
  follow(source: Pick<MeshContext, "inventory" | "edges">): void;
}

/** What the mesh controllers share. */
export interface MeshContext {
  /** Client. */
  readonly client: MeshClient;
  /** Name of the cluster. */
  readonly clusterName: string;
  /** What people declared. */
  readonly model: MeshModel;
  /** What is in the cluster. */
  readonly inventory: Inventory;
  /** Namespaces of the cluster. */
  readonly namespaces: Store;
  /** What became of the policies, by key; `*` are those of the cluster. */
  readonly policies: Map<string, LayerOutcome>;
  /** What became of the workloads, by key. */
  readonly workloads: Map<string, LayerOutcome>;
  /** Objects that were deleted since the last status, by key. */
  readonly pruned: Map<string, readonly string[]>;
  /** Edges that go out, by key and verdict. */
  readonly edges: Map<string, EdgeCounts>;
  /** Hears numbers. */
  readonly meter: MeshMeter;
  /** The present time. */
  now(): Date;
}

/** Key of the policies of the cluster itself. */
export const CLUSTER_KEY = "*";

/**
 * Notes what was deleted, for the next status.
 *
 * @param context What the controllers share.
 * @param key Key of the objects.
 * @param names Names of the objects.
 */
export function notePruned(
  { pruned }: MeshContext,
  key: string,
  names: readonly string[],
): void {
  if (names.length > 0) pruned.set(key, [...pruned.get(key) ?? [], ...names]);
}

/**
 * The world as a decision looks at it.
 *
 * @param context What the controllers share.
 */
export function viewOf({ inventory, model }: MeshContext): MeshView {
  return {
    get: (wanted) => inventory.get(wanted),
    ownedBy: (key) => inventory.ownedBy(key),
    isReady: (kind) => inventory.isReady(kind),
    wasApplied: (wanted, live) => inventory.wasApplied(wanted, live),
    exists: ({ kind, key }) => model.get(kind, key) !== undefined,
  };
}

/**
 * Whose objects of a key stay as they are: of an object that breaks a rule nobody knows what it is meant to be.
 *
 * @param model What people declared.
 * @param key `namespace/name`.
 */
export function frozenOf(model: MeshModel, key: string): Frozen {
  const kinds = [SERVICE_KIND, EXTERNAL_SERVICE_KIND] as const;
  return new Set(kinds.filter((kind) => {
    const declared = model.get(kind, key);
    return declared !== undefined && declared.object === undefined;
  }));
}

/**
 * Whether nothing can be written into a namespace, since it is on its way out or gone.
 *
 * @param context What the controllers share.
 * @param namespace Its name.
 */
export function isClosing({ namespaces }: MeshContext, namespace: string): boolean {
  const found = namespaces.get(namespace);
  return found === undefined || found.metadata.deletionTimestamp !== undefined;
}

/**
 * The valid service of a key.
 *
 * @param model What people declared.
 * @param key `namespace/name`.
 */
export function serviceOf(model: MeshModel, key: string): LatticeService | undefined {
  return model.get(SERVICE_KIND, key)?.object;
}
