/**
 * Which objects are ours, and whose they are. Pure.
 *
 * What is written carries labels that name its service and an owner reference to it, and the API server notes who applied
 * it. Nothing else is remembered: after a restart the objects themselves tell what there is to prune.
 *
 * @module
 */
import {
  API_VERSION,
  EXTERNAL_SERVICE_KIND,
  EXTERNAL_SERVICE_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  SERVICE_KIND,
  SERVICE_LABEL,
} from "@lattice/api";
import type { KubeObject, OwnerReference } from "@lattice/kube";
import { ownedFields } from "../cluster/difference.ts";
import { type Layer, MESH_MANAGER, meshKindOf } from "./kinds.ts";

/** Selects the objects that services and external services compile to, and the policies of the cluster. */
export const MANAGED_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;
/** Label of waypoints; it tells their Gateways, which are policy, from those of an ingress. */
const WAYPOINT_LABEL = "istio.io/waypoint-for";

/** What an object belongs to. */
export interface Cause {
  /** Kind of the owner. */
  readonly kind: typeof SERVICE_KIND | typeof EXTERNAL_SERVICE_KIND;
  /** `namespace/name` of the owner. */
  readonly key: string;
}

/**
 * What an object belongs to, by its labels.
 *
 * @param object Object.
 * @returns Undefined for policies of the cluster and for what has no such labels.
 */
export function causeOf({ metadata }: KubeObject): Cause | undefined {
  const { labels = {}, namespace = "" } = metadata;
  if (labels[MANAGED_BY_LABEL] !== MANAGED_BY) return undefined;
  const service = labels[SERVICE_LABEL];
  if (service !== undefined) return { kind: SERVICE_KIND, key: `${namespace}/${service}` };
  const external = labels[EXTERNAL_SERVICE_LABEL];
  if (external === undefined) return undefined;
  return { kind: EXTERNAL_SERVICE_KIND, key: `${namespace}/${external}` };
}

/**
 * The layer of an object.
 *
 * @param object Object of a kind that is written.
 */
export function layerOf(object: KubeObject): Layer {
  const layers = meshKindOf(object)?.layers ?? [];
  if (layers.length === 1) return layers[0] ?? "workload";
  return object.metadata.labels?.[WAYPOINT_LABEL] === undefined ? "workload" : "policy";
}

/**
 * Whether an object was applied by these controllers: only such are pruned. Labels alone do not say so, since people copy
 * objects with them.
 *
 * @param object Object as it is in the cluster.
 */
export function isApplied(object: KubeObject): boolean {
  return ownedFields(object, MESH_MANAGER) !== undefined;
}

/**
 * Whether an object may be written over: it was applied by these controllers, or it says that it is this owner's (as one
 * does that came back from a backup, which knows nothing of who applied it).
 *
 * @param live Object as it is in the cluster.
 * @param wanted Object as it is wanted.
 */
export function isOurs(live: KubeObject, wanted: KubeObject): boolean {
  if (isApplied(live)) return true;
  const cause = causeOf(live);
  const asked = causeOf(wanted);
  if (asked === undefined) return live.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;
  return cause?.kind === asked.kind && cause.key === asked.key;
}

/**
 * An object with a reference to its owner, so that the cluster's own collector removes it when the owner goes while no
 * operator runs.
 *
 * @param object Object in the owner's namespace. One that holds data stays as it is: it outlives its owner.
 * @param owner The service or external service, as the cluster has it.
 */
export function withOwner(object: KubeObject, owner: KubeObject): KubeObject {
  const { uid, name } = owner.metadata;
  if (uid === undefined || meshKindOf(object)?.keepsData) return object;
  const reference: OwnerReference = {
    apiVersion: API_VERSION,
    kind: owner.kind,
    name,
    uid,
    controller: true,
  };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [reference] } };
}
