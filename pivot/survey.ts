/**
 * Reading what both clusters hold: kinds, objects, namespaces.
 *
 * @module
 */
import { MANAGED_BY, MANAGED_BY_LABEL } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import { isApiError, type KubeObject } from "@lattice/kube";
import { z } from "zod";
import type { Calls } from "./calls.ts";
import { FIELD_MANAGER } from "./content.ts";
import {
  buildGraph,
  classOf,
  type Graph,
  isCluster,
  isClusterClass,
  type Listed,
} from "./graph.ts";
import { CAPI_GROUP, type Crd, crdSchema, kindName, type MovableKind } from "./kinds.ts";
import { makePlan, type Plan } from "./plan.ts";
import type { Side } from "./types.ts";

const CRD_KIND = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
const NAMESPACE_KIND = { apiVersion: "v1", kind: "Namespace" };

/** What a cluster holds that may move, at one moment. */
export interface Snapshot {
  /** Every object that was listed. */
  readonly graph: Graph;
  /** What moves; undefined when the Cluster is absent. */
  readonly plan: Plan | undefined;
}

/** The cluster that moves. */
export interface Scope {
  /** Namespace. */
  readonly namespace: string;
  /** Name of the CAPI Cluster. */
  readonly cluster: string;
}

/**
 * Reads the CustomResourceDefinitions of a cluster.
 *
 * @param calls The clusters.
 * @param side Which of them.
 */
export async function readCrds(calls: Calls, side: Side): Promise<Crd[]> {
  const { items } = await calls.once(
    side,
    "list CustomResourceDefinition",
    (client, options) => client.list(CRD_KIND, options),
  );
  return z.array(crdSchema).parse(items);
}

/**
 * UID of a namespace.
 *
 * @param calls The clusters.
 * @param side Which of them.
 * @param name Name of the namespace.
 * @returns The UID; undefined when there is no such namespace.
 */
export async function namespaceUid(
  calls: Calls,
  side: Side,
  name: string,
): Promise<string | undefined> {
  const found = await calls.call(
    side,
    `get Namespace/${name}`,
    (client, options) => client.find({ ...NAMESPACE_KIND, name }, options),
  );
  return found?.metadata.uid;
}

/**
 * Makes sure that the target has a namespace.
 *
 * @param calls The clusters.
 * @param name Name of the namespace.
 * @returns Its UID.
 */
export async function ensureNamespace(calls: Calls, name: string): Promise<string> {
  const present = await namespaceUid(calls, "target", name);
  if (present !== undefined) return present;
  const object: KubeObject = {
    ...NAMESPACE_KIND,
    metadata: { name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
  };
  try {
    const made = await calls.call<KubeObject>(
      "target",
      `create Namespace/${name}`,
      (client, options) => client.create(object, { fieldManager: FIELD_MANAGER, ...options }),
    );
    if (made.metadata.uid !== undefined) return made.metadata.uid;
  } catch (error) {
    if (!isApiError(error, 409)) throw error;
  }
  const uid = await namespaceUid(calls, "target", name);
  if (uid !== undefined) return uid;
  throw new LatticeError("conflict", `Cannot make namespace ${name}: it vanished at once`, {
    remedy: "check who deletes it, then try again",
  });
}

/**
 * Lists the objects of all given kinds: those of the namespace, and all cluster-scoped ones.
 *
 * @param calls The clusters.
 * @param side Which of them.
 * @param kinds Kinds.
 * @param namespace Namespace.
 */
export async function listObjects(
  calls: Calls,
  side: Side,
  kinds: readonly MovableKind[],
  namespace: string,
): Promise<Listed[]> {
  const result: Listed[] = [];
  await calls.forEach(kinds, async (kind) => {
    const selection = kind.namespaced ? { namespace } : {};
    for (const object of await listKind(calls, side, kind, selection)) {
      result.push({ kind, object });
    }
  });
  return result;
}

async function listKind(
  calls: Calls,
  side: Side,
  kind: MovableKind,
  selection: { namespace?: string },
): Promise<KubeObject[]> {
  try {
    const { items } = await calls.call(
      side,
      `list ${kind.kind}`,
      (client, options) => client.list(kind, { ...selection, ...options }),
    );
    return items;
  } catch (error) {
    // The kind is not served here (any more), so that there is nothing of it.
    if (error instanceof LatticeError && error.code === "not-found") return [];
    throw error;
  }
}

/**
 * Reads everything that may move from the source and plans the move.
 *
 * @param calls The clusters.
 * @param kinds Kinds to look at.
 * @param scope Which cluster moves.
 */
export async function takeSnapshot(
  calls: Calls,
  kinds: readonly MovableKind[],
  scope: Scope,
): Promise<Snapshot> {
  const listed = await listObjects(calls, "source", kinds, scope.namespace);
  listed.push(...await secretsOfGlobals(calls, listed, scope.namespace));
  const graph = buildGraph(listed);
  const usedElsewhere = await classesUsedElsewhere(calls, graph, scope);
  return { graph, plan: makePlan(graph, { ...scope, usedElsewhere }) };
}

/** Secrets in other namespaces that a cluster-scoped object owns, such as the credentials of an identity. */
async function secretsOfGlobals(
  calls: Calls,
  listed: readonly Listed[],
  namespace: string,
): Promise<Listed[]> {
  const owners = new Set(
    listed.filter(({ kind }) => !kind.namespaced && kind.hierarchy)
      .map(({ object }) => object.metadata.uid),
  );
  const kind = listed.find((entry) => kindName(entry.kind) === "Secret")?.kind ??
    {
      apiVersion: "v1",
      group: "",
      kind: "Secret",
      namespaced: true,
      forceMove: false,
      hierarchy: false,
    };
  if (owners.size === 0) return [];
  const secrets = await listKind(calls, "source", kind, {});
  return secrets.filter((secret) =>
    secret.metadata.namespace !== namespace &&
    (secret.metadata.ownerReferences ?? []).some((owner) => owners.has(owner.uid))
  ).map((object) => ({ kind, object }));
}

/** UIDs of this namespace's ClusterClasses (and of their templates) that Clusters of other namespaces use. */
async function classesUsedElsewhere(
  calls: Calls,
  graph: Graph,
  scope: Scope,
): Promise<Set<string>> {
  const nodes = [...graph.nodes.values()];
  const classes = nodes.filter(isClusterClass);
  refuseForeignClass(nodes, scope);
  const kind = nodes.find(isCluster)?.kind;
  if (classes.length === 0 || !kind) return new Set();
  const clusters = await listKind(calls, "source", kind, {});
  const used = new Set(
    clusters.filter((cluster) => cluster.metadata.namespace !== scope.namespace)
      .map(classOf).filter((reference) => reference?.namespace === scope.namespace)
      .map((reference) => reference?.name),
  );
  const found = classes.filter((node) => used.has(node.object.metadata.name));
  return new Set(found.flatMap((node) => [node.uid, ...graph.dependents.get(node.uid) ?? []]));
}

function refuseForeignClass(nodes: readonly Listed[], scope: Scope): void {
  const cluster = nodes.find((node) =>
    isCluster(node) && node.object.metadata.name === scope.cluster
  );
  const reference = cluster && classOf(cluster.object);
  if (reference?.namespace === undefined || reference.namespace === scope.namespace) return;
  throw new LatticeError(
    "conflict",
    `Cannot move ${CAPI_GROUP} Cluster ${scope.namespace}/${scope.cluster}: its ClusterClass ` +
      `${reference.namespace}/${reference.name} is in another namespace`,
    {
      field: "spec.topology.classRef.namespace",
      remedy: "copy the ClusterClass into the namespace of the cluster and refer to that copy",
    },
  );
}
