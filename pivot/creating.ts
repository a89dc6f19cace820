/**
 * Bringing the target to what the plan says: creating, correcting, removing what is left of an earlier attempt.
 *
 * @module
 */
import { SOURCE_UID_ANNOTATION } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import { isApiError, type KubeObject, type Ref } from "@lattice/kube";
import type { Calls } from "./calls.ts";
import {
  copyFor,
  creatorOf,
  differences,
  FIELD_MANAGER,
  fieldOwnership,
  isOwnedByMover,
} from "./content.ts";
import { removeObject } from "./deleting.ts";
import { displayName, type Listed, objectKey } from "./graph.ts";
import { type Plan, type Planned, planned } from "./plan.ts";

/** Another server has validated these objects; what this one drops is found when copies are verified. */
const WRITE = { fieldValidation: "Ignore" } as const;

/** What the target holds, by key. */
export type Holdings = Map<string, KubeObject>;

/** What {@linkcode createObjects} works with. */
export interface Creation {
  /** The clusters. */
  readonly calls: Calls;
  /** What the target holds; kept up to date. */
  readonly holdings: Holdings;
  /** Called after each object. */
  readonly onObject?: (() => void) | undefined;
}

/**
 * Indexes what was listed.
 *
 * @param listed Objects.
 */
export function holdingsOf(listed: readonly Listed[]): Holdings {
  return new Map(listed.map(({ object }) => [objectKey(object), object]));
}

/**
 * Refuses a move that would meet objects in the target which no move brought.
 *
 * @param plan What moves.
 * @param holdings What the target holds.
 * @throws {LatticeError} `conflict`, naming the first of them.
 */
export function checkForeign(plan: Plan, holdings: Holdings): void {
  for (const node of planned(plan)) {
    const found = holdings.get(node.key);
    if (found && !node.shared && sourceUid(found) !== node.uid) throw foreign(node);
  }
}

/**
 * Creates every object of the plan, owners first, each layer in parallel; corrects copies of an earlier attempt whose
 * original has changed. What is as it should be costs no request.
 *
 * @param creation Where.
 * @param plan What.
 */
export async function createObjects(creation: Creation, plan: Plan): Promise<void> {
  const uids = new Map<string, string>();
  for (const layer of plan.layers) {
    await creation.calls.forEach(layer, async (node) => {
      const made = await createObject(creation, node, uids);
      creation.holdings.set(node.key, made);
      uids.set(node.uid, made.metadata.uid ?? "");
      creation.onObject?.();
    });
  }
  await creation.calls.forEach(planned(plan), (node) => restoreOwnership(creation, node, uids));
}

/**
 * Deletes copies from the target whose originals are gone from the source.
 *
 * @param creation Where.
 * @param plan What should be there.
 * @param preexisting UIDs of objects that earlier moves brought.
 */
export async function removeLeftovers(
  creation: Creation,
  plan: Plan,
  preexisting: ReadonlySet<string>,
): Promise<void> {
  const wanted = new Set(planned(plan).map((node) => node.key));
  const leftovers = [...creation.holdings].filter(([key, object]) =>
    !wanted.has(key) && sourceUid(object) !== undefined &&
    !preexisting.has(object.metadata.uid ?? "")
  );
  await creation.calls.forEach(leftovers, async ([key, object]) => {
    await removeObject(creation.calls, "target", object);
    creation.holdings.delete(key);
  });
}

/**
 * UID that an object had in the cluster from which it was moved.
 *
 * @param object An object.
 * @returns The UID; undefined when no move brought it.
 */
export function sourceUid(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[SOURCE_UID_ANNOTATION];
}

async function createObject(
  creation: Creation,
  node: Planned,
  uids: ReadonlyMap<string, string>,
): Promise<KubeObject> {
  const wanted = copyFor(node, uids);
  const fieldManager = creatorOf(node.object);
  const found = creation.holdings.get(node.key);
  if (found) return await adopt(creation, node, wanted, found);
  try {
    return await creation.calls.call<KubeObject>(
      "target",
      `create ${displayName(wanted)}`,
      (client, options) => client.create(wanted, { ...WRITE, fieldManager, ...options }),
    );
  } catch (error) {
    if (!isApiError(error, 409)) throw failed("create", node, error);
    const present = await read(creation, wanted);
    if (!present) throw failed("create", node, error);
    return await adopt(creation, node, wanted, present);
  }
}

async function adopt(
  creation: Creation,
  node: Planned,
  wanted: KubeObject,
  found: KubeObject,
): Promise<KubeObject> {
  if (sourceUid(found) !== node.uid) {
    if (node.shared) return found;
    throw foreign(node);
  }
  if (differences(wanted, found, true).length === 0) return found;
  const { uid, resourceVersion } = found.metadata;
  const fieldManager = creatorOf(node.object);
  const replacement = { ...wanted, metadata: { ...wanted.metadata, uid, resourceVersion } };
  try {
    return await creation.calls.call<KubeObject>(
      "target",
      `replace ${displayName(wanted)}`,
      (client, options) => client.replace(replacement, { ...WRITE, fieldManager, ...options }),
    );
  } catch (error) {
    throw failed("correct", node, error);
  }
}

/** Gives the fields of a copy to those who own them in the source. */
async function restoreOwnership(
  creation: Creation,
  node: Planned,
  uids: ReadonlyMap<string, string>,
): Promise<void> {
  const copy = creation.holdings.get(node.key);
  const entries = fieldOwnership(node.object, uids);
  if (!copy || !entries || sourceUid(copy) !== node.uid || !isOwnedByMover(copy)) return;
  try {
    const owned = await creation.calls.call<KubeObject>(
      "target",
      `own ${displayName(copy)}`,
      (client, options) =>
        client.patch(refOf(copy), {
          type: "merge",
          body: { metadata: { managedFields: entries } },
          manager: FIELD_MANAGER,
          ...options,
        }),
    );
    creation.holdings.set(node.key, owned);
  } catch (error) {
    throw failed("restore the field owners of", node, error);
  }
}

async function read(creation: Creation, object: KubeObject): Promise<KubeObject | undefined> {
  return await creation.calls.call(
    "target",
    `get ${displayName(object)}`,
    (client, options) => client.find<KubeObject>(refOf(object), options),
  );
}

/**
 * Reference to an object.
 *
 * @param object The object.
 */
export function refOf(object: KubeObject): Ref {
  const { apiVersion, kind, metadata: { name, namespace } } = object;
  return { apiVersion, kind, name, namespace };
}

function foreign(node: Planned): LatticeError {
  return new LatticeError(
    "conflict",
    `Cannot move ${displayName(node.object)}: the target holds another object of this name`,
    {
      field: `metadata.annotations["${SOURCE_UID_ANNOTATION}"]`,
      remedy: "delete it in the target if it is not needed there, or choose another target",
    },
  );
}

function failed(verb: string, node: Planned, cause: unknown): unknown {
  if (!(cause instanceof LatticeError)) return cause;
  return new LatticeError(
    cause.code,
    `Cannot ${verb} ${displayName(node.object)} in the target: ${cause.message}`,
    { cause, ...(cause.remedy === undefined ? {} : { remedy: cause.remedy }) },
  );
}
