/**
 * From what is wanted and what there is to what is written, in which order. Pure.
 *
 * @module
 */
import { EXTERNAL_SERVICE_KIND, SERVICE_KIND } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { ownedFields } from "../cluster/difference.ts";
import { needsWrite } from "./difference.ts";
import { extras } from "./drift.ts";
import {
  compareCreation,
  kindId,
  type Layer,
  MESH_MANAGER,
  meshKindOf,
  objectId,
} from "./kinds.ts";
import { stepsBetween } from "./narrow.ts";
import { type Cause, causeOf, isApplied, layerOf } from "./ownership.ts";

/** One write. */
export type MeshWrite =
  /** Create or change an object. `creates`: there was none, so that somebody else's may be in its place. */
  | { readonly do: "apply"; readonly object: KubeObject; readonly creates: boolean }
  /** Remove fields from an object that others added. */
  | { readonly do: "strip"; readonly object: KubeObject; readonly patch: Record<string, unknown> }
  /** Hand the number of pods over before the object stops to name one. */
  | { readonly do: "keep-replicas"; readonly object: KubeObject; readonly replicas: number }
  /** Delete an object, if it is still the one that was seen. */
  | { readonly do: "delete"; readonly object: KubeObject };

/** What to write. */
export interface MeshPlan {
  /** Writes that take rights away; first. */
  readonly tighten: readonly MeshWrite[];
  /** Writes that give rights, or have none to give. */
  readonly loosen: readonly MeshWrite[];
  /** Kinds that are needed and not served, `GROUP/VERSION KIND`, sorted. */
  readonly missing: readonly string[];
  /** Objects that another owner makes, too, and that are left to it. */
  readonly taken: readonly string[];
}

/** What a decision looks at. */
export interface MeshView {
  /** An object as it is. */
  get(wanted: KubeObject): KubeObject | undefined;
  /** Objects with the labels of a key. */
  ownedBy(key: string): readonly KubeObject[];
  /** Whether a kind can be written. */
  isReady(kind: KubeObject): boolean;
  /** Whether an owner is declared. */
  exists(cause: Cause): boolean;
  /** Whether exactly this was applied last and nobody wrote since. */
  wasApplied(wanted: KubeObject, live: KubeObject): boolean;
}

/** What of a key is left alone: what it is wanted to be is not known. */
export type Frozen = ReadonlySet<Cause["kind"]>;

/** Nothing is left alone. */
export const NOT_FROZEN: Frozen = new Set();
/** Everything is left alone. */
export const ALL_FROZEN: Frozen = new Set([SERVICE_KIND, EXTERNAL_SERVICE_KIND]);

/**
 * Decides about the policies of a key.
 *
 * @param key `namespace/name`; undefined for the policies of the cluster, which are never pruned.
 * @param wanted What is wanted of all kinds, served or not, with owners.
 * @param view What there is.
 * @param frozen Owners whose objects stay as they are.
 */
export function decidePolicies(
  key: string | undefined,
  wanted: readonly KubeObject[],
  view: MeshView,
  frozen: Frozen = NOT_FROZEN,
): MeshPlan {
  const { ready, missing, taken } = writable(wanted, view);
  const tighten: MeshWrite[] = [];
  const loosen: MeshWrite[] = [];
  for (const object of ready) {
    const live = view.get(object);
    if (live === undefined) {
      loosen.push({ do: "apply", object, creates: true });
      continue;
    }
    if (live.metadata.deletionTimestamp !== undefined) continue;
    const patch = extras(live, object);
    if (patch) tighten.push({ do: "strip", object, patch });
    if (!differs(object, live, view)) continue;
    const steps = stepsBetween(live, object);
    if (steps.tighten) tighten.push({ do: "apply", object: steps.tighten, creates: false });
    if (steps.loosen) loosen.push({ do: "apply", object: steps.loosen, creates: false });
  }
  const gone = key === undefined ? [] : prunable(key, "policy", wanted, view, frozen);
  return {
    tighten: [...gone.map(deletion), ...tighten].sort(byDeletion),
    loosen,
    missing,
    taken,
  };
}

/**
 * Decides about the workload of a service.
 *
 * @param key `namespace/name`.
 * @param wanted What is wanted of all kinds, served or not, with owners.
 * @param view What there is.
 * @param frozen Owners whose objects stay as they are.
 * @returns Everything as `loosen`, deletions last.
 */
export function decideWorkload(
  key: string,
  wanted: readonly KubeObject[],
  view: MeshView,
  frozen: Frozen = NOT_FROZEN,
): MeshPlan {
  const { ready, missing, taken } = writable(wanted, view);
  const writes = ready.flatMap((object): MeshWrite[] => {
    const live = view.get(object);
    if (live === undefined) return [{ do: "apply", object, creates: true }];
    if (live.metadata.deletionTimestamp !== undefined || !differs(object, live, view)) return [];
    const replicas = replicasToKeep(object, live);
    return [
      ...(replicas === undefined ? [] : [{ do: "keep-replicas" as const, object, replicas }]),
      { do: "apply", object, creates: false },
    ];
  });
  const gone = prunable(key, "workload", wanted, view, frozen).map(deletion).sort(byDeletion);
  return { tighten: [], loosen: [...writes, ...gone], missing, taken };
}

/** Splits what is wanted into what can be written, in order, and why the rest cannot. */
function writable(
  wanted: readonly KubeObject[],
  view: MeshView,
): { ready: KubeObject[]; missing: string[]; taken: string[] } {
  const missing = new Set<string>();
  const taken: string[] = [];
  const ready = wanted.filter((object) => {
    if (!view.isReady(object)) {
      missing.add(kindId(object));
      return false;
    }
    const other = otherOwner(object, view);
    if (other) taken.push(`${objectId(object)} (made by ${other.kind} ${other.key})`);
    return other === undefined;
  });
  return { ready: ready.sort(compareCreation), missing: [...missing].sort(), taken };
}

/** Two services that own one volume, say, would write over each other for ever: the first one keeps it. */
function otherOwner(object: KubeObject, view: MeshView): Cause | undefined {
  const live = view.get(object);
  const present = live && causeOf(live);
  const own = causeOf(object);
  if (present === undefined || own === undefined) return undefined;
  const isSame = present.kind === own.kind && present.key === own.key;
  return isSame || !view.exists(present) ? undefined : present;
}

function differs(object: KubeObject, live: KubeObject, view: MeshView): boolean {
  return needsWrite(object, live) && !view.wasApplied(object, live);
}

function prunable(
  key: string,
  layer: Layer,
  wanted: readonly KubeObject[],
  view: MeshView,
  frozen: Frozen,
): KubeObject[] {
  const keep = new Set(wanted.map(objectId));
  return view.ownedBy(key).filter((object) => {
    const cause = causeOf(object);
    return cause !== undefined && !frozen.has(cause.kind) && layerOf(object) === layer &&
      !keep.has(objectId(object)) && !meshKindOf(object)?.keepsData &&
      object.metadata.deletionTimestamp === undefined && isApplied(object);
  });
}

function deletion(object: KubeObject): MeshWrite {
  return { do: "delete", object };
}

function byDeletion(a: MeshWrite, b: MeshWrite): number {
  return compareCreation(b.object, a.object);
}

/**
 * The number of pods that an autoscaler takes over: the field would fall back to 1 when the one who named it so far lets
 * go of it.
 */
function replicasToKeep(wanted: KubeObject, live: KubeObject): number | undefined {
  if (wanted.kind !== "Deployment" && wanted.kind !== "StatefulSet") return undefined;
  if (replicasOf(wanted) !== undefined) return undefined;
  // Without an entry of ours in it the field belongs to somebody else already.
  return ownsReplicas(live) ? replicasOf(live) : undefined;
}

function ownsReplicas(live: KubeObject): boolean {
  const spec = ownedFields(live, MESH_MANAGER)?.["f:spec"];
  return typeof spec === "object" && spec !== null && "f:replicas" in spec;
}

function replicasOf(object: KubeObject): number | undefined {
  const { replicas } = (object["spec"] ?? {}) as { readonly replicas?: number };
  return replicas;
}
