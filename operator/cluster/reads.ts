/**
 * Where the ClusterController reads from: the API server itself, or the copies that its watches keep. What the copies say
 * may be a moment old, so that they only tell whether there is anything to do; a decision to write is made anew from what
 * the API server says.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL, CLUSTER_LABEL } from "@lattice/api";
import {
  type KubeClient,
  type KubeObject,
  objectKey,
  type ReconcileContext,
  type Ref,
  type Request,
  type WatchSpec,
} from "@lattice/kube";

/** Reads objects. A {@linkcode KubeClient} is one that asks the API server. */
export type Reads = Pick<KubeClient, "find"> & {
  /** Lists objects; see {@linkcode KubeClient.list}. */
  list<T = KubeObject>(
    kind: WatchedKind,
    options: ListedBy,
  ): Promise<{ readonly items: T[] }>;
};

type WatchedKind = Pick<WatchSpec, "apiVersion" | "kind">;

/** Which objects to list. */
export interface ListedBy {
  /** Their namespace. */
  readonly namespace: string;
  /** One label with its value, `KEY=VALUE`. */
  readonly labelSelector?: string;
  /** Ends a call early. */
  readonly signal: AbortSignal;
}

/** ConfigMap in which the mover keeps its journal (architecture, section 11). */
export const JOURNAL = { apiVersion: "v1", kind: "ConfigMap", name: "lattice-move" } as const;

/**
 * Reads from copies. The first read of a kind begins to watch it, so that changes of it cause reconciles from then on.
 *
 * @param follow How a kind is watched.
 */
export function cachedReads(follow: ReconcileContext["follow"]): Reads {
  const storeOf = (kind: WatchedKind, name?: string) => follow(watchOf(kind, name));
  return {
    async find<T = KubeObject>(ref: Ref): Promise<T | undefined> {
      const store = await storeOf(ref, ref.name);
      return store.get(objectKey(ref.name, ref.namespace)) as T | undefined;
    },
    async list<T = KubeObject>(
      kind: WatchedKind,
      { namespace, labelSelector }: ListedBy,
    ): Promise<{ items: T[] }> {
      const store = await storeOf(kind);
      const objects = store.list(namespace);
      return { items: objects.filter((one) => hasLabel(one, labelSelector)) as T[] };
    },
  };
}

function watchOf({ apiVersion, kind }: WatchedKind, name: string | undefined): WatchSpec {
  const spec = { apiVersion, kind, map: clusterOf };
  // Namespaces say whose they are by their name: those of a move carry no label of ours.
  if (kind === "Namespace") return spec;
  const isJournal = kind === JOURNAL.kind && name === JOURNAL.name;
  if (isJournal) return { ...spec, fieldSelector: `metadata.name=${JOURNAL.name}` };
  // CAPI labels what it makes with the cluster's name, and so does every render.
  return { ...spec, labelSelector: CAPI_CLUSTER_LABEL };
}

/** The LatticeCluster that an object belongs to. */
function clusterOf({ kind, metadata: { name, namespace, labels } }: KubeObject): Request[] {
  const label = labels?.[CLUSTER_LABEL] ?? labels?.[CAPI_CLUSTER_LABEL];
  const home = kind === "Namespace" ? name : namespace;
  const owner = label ?? (home?.startsWith(PREFIX) ? home.slice(PREFIX.length) : undefined);
  return owner === undefined ? [] : [{ name: owner }];
}

const PREFIX = "capi-";

function hasLabel({ metadata }: KubeObject, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const [key = "", value] = selector.split("=");
  return metadata.labels?.[key] === value;
}
