/**
 * What of an object moves: making the target's copy, comparing it with the original, and digests. Pure.
 *
 * @module
 */
import { SOURCE_UID_ANNOTATION } from "@lattice/api";
import type { KubeObject, ObjectMeta, OwnerReference } from "@lattice/kube";
import { type Graph, isCluster, isClusterClass } from "./graph.ts";
import type { Planned } from "./plan.ts";

/** Annotation that makes CAPI controllers leave an object alone. */
export const PAUSED_ANNOTATION = "cluster.x-k8s.io/paused";
/** Field manager under which the mover writes what nobody else owns. */
export const FIELD_MANAGER = "lattice-pivot";

/** UIDs in the target by UID in the source. */
export type UidMap = ReadonlyMap<string, string>;

/**
 * The target's copy of an object: everything that a user or controller declared, with the owners' UIDs there, paused,
 * and with the annotation that says where it comes from. Status and server-made metadata stay behind: controllers
 * rebuild them.
 *
 * @param node Object of the plan.
 * @param uids UIDs of the owners in the target; owners without one are dropped (other Clusters, which do not move).
 */
export function copyFor(node: Planned, uids: UidMap): KubeObject {
  const { metadata, status: _status, ...body } = node.object;
  const copy: KubeObject = {
    ...structuredClone(body),
    apiVersion: node.kind.apiVersion,
    kind: node.kind.kind,
    metadata: copyMetadata(node, metadata, uids),
  };
  if (isCluster(node)) copy["spec"] = { ...copy["spec"] as object, paused: true };
  return copy;
}

function copyMetadata(node: Planned, from: ObjectMeta, uids: UidMap): ObjectMeta {
  const annotations: Record<string, string> = {
    ...from.annotations,
    [SOURCE_UID_ANNOTATION]: node.uid,
  };
  if (isClusterClass(node)) annotations[PAUSED_ANNOTATION] ??= "";
  const owners = remapOwners(from.ownerReferences ?? [], uids);
  const metadata: ObjectMeta = { name: from.name, annotations };
  if (from.namespace !== undefined) metadata.namespace = from.namespace;
  if (from.labels) metadata.labels = { ...from.labels };
  if (from.finalizers && from.finalizers.length > 0) metadata.finalizers = [...from.finalizers];
  if (owners.length > 0) metadata.ownerReferences = owners;
  return metadata;
}

function remapOwners(owners: readonly OwnerReference[], uids: UidMap): OwnerReference[] {
  return owners.flatMap((owner) => {
    const uid = uids.get(owner.uid);
    return uid === undefined ? [] : [{ ...owner, uid }];
  });
}

/** Fields outside which copies may differ. */
type Part = "body" | "labels" | "annotations" | "finalizers" | "ownerReferences";

/**
 * Compares what the target holds with what it should hold.
 *
 * Labels, annotations, finalizers and owners that somebody added in the target are no difference: controllers add
 * theirs at once. Fields of the body that are new are one only if `exact` is set.
 *
 * @param wanted The copy, as {@linkcode copyFor} makes it.
 * @param found What the target holds.
 * @param exact Whether additional body fields count.
 * @returns Paths that differ, without values (they may be secret); empty when the copy is good.
 */
export function differences(wanted: KubeObject, found: KubeObject, exact = false): string[] {
  const result: string[] = [];
  for (const part of ["body", "labels", "annotations", "finalizers", "ownerReferences"] as const) {
    compare(partOf(wanted, part), partOf(found, part), part === "body" ? "" : part, exact, result);
  }
  return result;
}

function partOf(object: KubeObject, part: Part): unknown {
  const { metadata, status: _status, apiVersion: _version, kind: _kind, ...body } = object;
  switch (part) {
    case "body":
      return body;
    case "labels":
    case "annotations":
      return metadata[part] ?? {};
    case "finalizers":
      return Object.fromEntries((metadata.finalizers ?? []).map((name) => [name, true]));
    case "ownerReferences":
      return Object.fromEntries(
        (metadata.ownerReferences ?? []).map((owner) => [owner.uid, owner]),
      );
  }
}

function compare(
  wanted: unknown,
  found: unknown,
  path: string,
  exact: boolean,
  result: string[],
): void {
  if (isRecord(wanted) && isRecord(found)) {
    const keys = new Set(Object.keys(wanted));
    if (exact && !METADATA_PARTS.test(path)) {
      for (const key of Object.keys(found)) keys.add(key);
    }
    for (const key of keys) {
      compare(wanted[key], found[key], path === "" ? key : `${path}.${key}`, exact, result);
    }
    return;
  }
  if (Array.isArray(wanted) && Array.isArray(found) && wanted.length === found.length) {
    wanted.forEach((item, index) =>
      compare(item, found[index], `${path}[${index}]`, exact, result)
    );
    return;
  }
  // An API server may drop or add empty values: `{}`, `[]` and absence mean the same to every controller.
  if (wanted === found || (isEmpty(wanted) && isEmpty(found))) return;
  result.push(path);
}

const METADATA_PARTS = /^(labels|annotations|finalizers|ownerReferences)$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null ||
    (Array.isArray(value) && value.length === 0) ||
    (isRecord(value) && Object.keys(value).length === 0);
}

/**
 * The text whose digest identifies the content of a move: keys, bodies, labels, annotations and owners (by key, so
 * that it is the same in both clusters), in an order that does not depend on the input's.
 *
 * @param nodes Objects of the plan.
 * @param graph The graph that they are from.
 */
export function contentText(nodes: readonly Planned[], graph: Graph): string {
  const lines = nodes.map((node) => {
    const owners = node.owners.map((uid) => graph.nodes.get(uid)?.key ?? "").sort();
    const { labels, annotations } = node.object.metadata;
    return canonical([
      node.key,
      partOf(node.object, "body"),
      labels ?? {},
      annotations ?? {},
      owners,
    ]);
  });
  return lines.sort().join("\n");
}

/**
 * JSON with sorted keys and without what is empty or undefined at the top of an object.
 *
 * @param value A JSON value.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) =>
      isRecord(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
        : inner,
  );
}

/** An entry of `metadata.managedFields`, as far as the mover reads it. */
interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/**
 * The field ownership that the copy must get: the original's. Without it the mover would co-own every field, and a
 * controller that stops applying a field could never remove it. Entries for the status stay behind with it.
 *
 * @param object The original.
 * @param uids UIDs of the owners in the target: a field that is an owner reference is named by it.
 * @returns The entries; undefined when nobody applies (server-side) to the object, so that ownership has no effect.
 */
export function fieldOwnership(object: KubeObject, uids: UidMap): unknown[] | undefined {
  const entries = (object.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  const kept = entries.filter((entry) =>
    (entry.subresource ?? "") === "" && entry.manager !== FIELD_MANAGER
  );
  if (!kept.some((entry) => entry.operation === "Apply")) return undefined;
  return kept.map((entry) => ({ ...entry, fieldsV1: remapFields(entry.fieldsV1 ?? {}, uids) }));
}

/**
 * The name under which to create a copy. Fields of an object to which nobody applies stay with the manager that wrote
 * the original; else the mover's own name marks a copy whose {@linkcode fieldOwnership} is not restored yet.
 *
 * @param object The original.
 */
export function creatorOf(object: KubeObject): string {
  const entries = (object.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  const writers = entries.filter((entry) => (entry.subresource ?? "") === "");
  if (writers.some((entry) => entry.operation === "Apply")) return FIELD_MANAGER;
  return writers[0]?.manager ?? FIELD_MANAGER;
}

function remapFields(
  fields: Readonly<Record<string, unknown>>,
  uids: UidMap,
): Record<string, unknown> {
  const metadata = fields["f:metadata"];
  const owners = isRecord(metadata) ? metadata["f:ownerReferences"] : undefined;
  if (!isRecord(metadata) || !isRecord(owners)) return fields;
  const remapped = Object.entries(owners).flatMap(([key, value]) => {
    const uid = OWNER_KEY.exec(key)?.[1];
    if (uid === undefined) return [[key, value] as const];
    const there = uids.get(uid);
    return there === undefined ? [] : [[`k:{"uid":"${there}"}`, value] as const];
  });
  return {
    ...fields,
    "f:metadata": { ...metadata, "f:ownerReferences": Object.fromEntries(remapped) },
  };
}

/** Key under which field ownership names one owner reference. */
const OWNER_KEY = /^k:\{"uid":"([^"]+)"\}$/;

/**
 * Whether the mover itself still owns fields of an object.
 *
 * @param object An object of the target.
 */
export function isOwnedByMover(object: KubeObject): boolean {
  const entries = (object.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  return entries.some((entry) => entry.manager === FIELD_MANAGER);
}
