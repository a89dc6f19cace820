/**
 * The objects of a namespace as a graph: who owns whom, by reference and by convention. Pure.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL } from "@lattice/api";
import type { KubeObject, OwnerReference } from "@lattice/kube";
import {
  CAPI_GROUP,
  FORCE_MOVE_LABEL,
  kindName,
  type MovableKind,
  MOVE_HIERARCHY_LABEL,
} from "./kinds.ts";

/** An object as it was listed, with what a move knows of its kind. */
export interface Listed {
  /** Its kind, in the version that it was read in. */
  readonly kind: MovableKind;
  /** The object. */
  readonly object: KubeObject;
}

/** An object in the graph. */
export interface Node extends Listed {
  /** UID in the cluster that it was read from. */
  readonly uid: string;
  /** Identity that is the same in every cluster: `Kind.group/namespace/name`. */
  readonly key: string;
  /** Moves without an owner that moves. */
  readonly forceMove: boolean;
  /** Takes along all that it owns. */
  readonly hierarchy: boolean;
  /** UIDs of the owners that were listed, too. */
  readonly owners: readonly string[];
  /** UIDs of the owners by convention, without an owner reference. */
  readonly softOwners: readonly string[];
  /** Owner references to objects that were not listed. */
  readonly unresolved: readonly OwnerReference[];
}

/** All objects of a namespace and who depends on whom. */
export interface Graph {
  /** Nodes by UID. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** By UID of the owner: UIDs of what it owns, by reference or by convention. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

/** Names that an object must not have to take part: what every namespace has, and the mover's own journal. */
const IGNORED = new Set(["ConfigMap//kube-root-ca.crt", "ConfigMap//lattice-move"]);

/**
 * Identity of an object that survives a move.
 *
 * @param object Any object.
 * @returns `Kind.group/namespace/name`; the namespace is empty for a cluster-scoped object.
 */
export function objectKey(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return `${kindName(object)}/${namespace ?? ""}/${name}`;
}

/**
 * Short name of an object for people.
 *
 * @param object Any object.
 * @returns `Kind/name`.
 */
export function displayName(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

/**
 * Builds the graph. The order of the input does not matter.
 *
 * Soft owners, for objects without any owner reference: the Cluster that a `cluster.x-k8s.io/cluster-name` label or
 * `spec.clusterName` names, and for a Secret the Cluster with the longest name that the Secret's name begins with. A
 * Cluster with a topology is softly owned by its ClusterClass, so that the class exists first.
 *
 * @param listed Every object of the namespace whose kind may move, and cluster-scoped ones.
 */
export function buildGraph(listed: readonly Listed[]): Graph {
  const taking = listed.filter(({ object }) => takesPart(object));
  const known = new Set(taking.map(({ object }) => uidOf(object)));
  const rules = softRules(taking);
  const nodes = new Map<string, Node>();
  for (const entry of taking) {
    const node = makeNode(entry, known, rules);
    nodes.set(node.uid, node);
  }
  return { nodes, dependents: invert(nodes) };
}

/**
 * Whether a node is a CAPI Cluster.
 *
 * @param node Node of a graph.
 */
export function isCluster(node: Listed): boolean {
  return node.kind.kind === "Cluster" && node.kind.group === CAPI_GROUP;
}

/**
 * Whether a node is a ClusterClass.
 *
 * @param node Node of a graph.
 */
export function isClusterClass(node: Listed): boolean {
  return node.kind.kind === "ClusterClass" && node.kind.group === CAPI_GROUP;
}

type SoftRules = (entry: Listed) => string[];

function takesPart(object: KubeObject): boolean {
  if (IGNORED.has(`${kindName(object)}//${object.metadata.name}`)) return false;
  return object["type"] !== "kubernetes.io/service-account-token";
}

function makeNode(entry: Listed, known: ReadonlySet<string>, soft: SoftRules): Node {
  const { object, kind } = entry;
  const references = object.metadata.ownerReferences ?? [];
  const labels = object.metadata.labels ?? {};
  const hierarchy = kind.hierarchy || MOVE_HIERARCHY_LABEL in labels;
  return {
    ...entry,
    uid: uidOf(object),
    key: objectKey(object),
    hierarchy,
    forceMove: hierarchy || kind.forceMove || FORCE_MOVE_LABEL in labels,
    owners: references.filter((owner) => known.has(owner.uid)).map((owner) => owner.uid),
    softOwners: soft(entry),
    unresolved: references.filter((owner) => !known.has(owner.uid)),
  };
}

function softRules(listed: readonly Listed[]): SoftRules {
  const clusters = listed.filter(isCluster).map(({ object }) => object);
  const classes = listed.filter(isClusterClass).map(({ object }) => object);
  const byLength = clusters.toSorted((a, b) => b.metadata.name.length - a.metadata.name.length);
  return (entry) => {
    const { object } = entry;
    const namespace = object.metadata.namespace;
    if (isCluster(entry)) {
      const wanted = classOf(object);
      return classes.filter((candidate) =>
        candidate.metadata.name === wanted?.name &&
        candidate.metadata.namespace === (wanted.namespace ?? namespace)
      ).map(uidOf);
    }
    if ((object.metadata.ownerReferences ?? []).length > 0) return [];
    const here = byLength.filter((cluster) => cluster.metadata.namespace === namespace);
    const named = namedCluster(object);
    const owner = named === undefined
      ? here.find(({ metadata }) =>
        kindName(object) === "Secret" && object.metadata.name.startsWith(`${metadata.name}-`)
      )
      : here.find(({ metadata }) => metadata.name === named);
    return owner === undefined ? [] : [uidOf(owner)];
  };
}

/** The cluster that an object names, by label or, as most CAPI kinds have it, in its spec. */
function namedCluster(object: KubeObject): string | undefined {
  const label = object.metadata.labels?.[CAPI_CLUSTER_LABEL];
  if (label !== undefined) return label;
  const spec = object["spec"];
  if (typeof spec !== "object" || spec === null) return undefined;
  const name = (spec as Record<string, unknown>)["clusterName"];
  return typeof name === "string" ? name : undefined;
}

/**
 * The ClusterClass that a Cluster with a managed topology uses.
 *
 * @param cluster A CAPI Cluster, in either API version.
 * @returns Name and, when it is given, namespace; undefined without a topology.
 */
export function classOf(cluster: KubeObject): { name: string; namespace?: string } | undefined {
  const topology = (cluster["spec"] as { topology?: Record<string, unknown> } | undefined)
    ?.topology;
  if (topology === undefined) return undefined;
  const reference = topology["classRef"] as { name?: string; namespace?: string } | undefined;
  const name = reference?.name ?? topology["class"];
  if (typeof name !== "string") return undefined;
  const namespace = reference?.namespace ?? topology["classNamespace"];
  return typeof namespace === "string" && namespace !== "" ? { name, namespace } : { name };
}

function invert(nodes: ReadonlyMap<string, Node>): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const node of nodes.values()) {
    for (const owner of new Set([...node.owners, ...node.softOwners])) {
      const list = dependents.get(owner);
      if (list) list.push(node.uid);
      else dependents.set(owner, [node.uid]);
    }
  }
  return dependents;
}

function uidOf(object: KubeObject): string {
  const uid = object.metadata.uid;
  if (uid === undefined) throw new Error(`${displayName(object)} was listed without a UID`);
  return uid;
}
