/**
 * Carries out what was decided.
 *
 * @module
 */
import { isApiError, type KubeObject, type Ref } from "@lattice/kube";
import type { MeshClient } from "./client.ts";
import type { MeshWrite } from "./decide.ts";
import type { Inventory } from "./inventory.ts";
import { MESH_MANAGER, objectId } from "./kinds.ts";
import { isOurs } from "./ownership.ts";

/** Field manager of numbers of pods that an autoscaler may change: not the one that applies, which would take them back. */
const SCALE_MANAGER = `${MESH_MANAGER}-scale`;
/** Field manager under which fields are removed; it never owns one. */
const REPAIR_MANAGER = `${MESH_MANAGER}-repair`;

/** What a write works with. */
export interface ActContext {
  /** Client. */
  readonly client: MeshClient;
  /** Hears of every answer. */
  readonly inventory: Pick<Inventory, "noteApplied" | "notePatched" | "noteDeleted">;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** What became of a list of writes. */
export interface Acted {
  /** Objects that were created or changed. */
  readonly applied: number;
  /** Objects that were deleted. */
  readonly pruned: readonly string[];
  /** Objects that exist and are somebody else's. */
  readonly taken: readonly string[];
}

/** Nothing was written. */
export const NOTHING_ACTED: Acted = { applied: 0, pruned: [], taken: [] };

/**
 * Carries out writes one after the other. Each is idempotent.
 *
 * @param writes What to write, in order.
 * @param context What it works with.
 * @throws {ApiError} The first failure; what comes after it is not written.
 */
export async function act(writes: readonly MeshWrite[], context: ActContext): Promise<Acted> {
  const pruned: string[] = [];
  const taken: string[] = [];
  let applied = 0;
  for (const write of writes) {
    if (write.do === "delete") {
      if (await remove(write.object, context)) pruned.push(objectId(write.object));
    } else if (write.do === "apply") {
      if (await apply(write.object, write.creates, context)) applied++;
      else taken.push(objectId(write.object));
    } else {
      await patch(write, context);
    }
  }
  return { applied, pruned, taken };
}

/** Applies an object; false: there is one of that name which is somebody else's. */
async function apply(
  object: KubeObject,
  creates: boolean,
  { client, inventory, signal }: ActContext,
): Promise<boolean> {
  if (creates) {
    const live = await client.find<KubeObject>(refOf(object), { signal });
    if (live !== undefined && !isOurs(live, object)) return false;
  }
  // Strict: a definition that does not know a field would drop it, and the policy would mean something else.
  const options = {
    manager: MESH_MANAGER,
    force: true,
    fieldValidation: "Strict",
    signal,
  } as const;
  inventory.noteApplied(object, await client.apply<KubeObject>(object, options));
  return true;
}

async function remove(
  object: KubeObject,
  { client, inventory, signal }: ActContext,
): Promise<boolean> {
  const { uid } = object.metadata;
  const options = { uid, propagation: "Background", signal } as const;
  try {
    const deleted = await client.delete(refOf(object), options);
    inventory.noteDeleted(object);
    return deleted;
  } catch (error) {
    // Another one has its name now, of which the watch will tell.
    if (isApiError(error, 409)) return false;
    throw error;
  }
}

async function patch(
  write: Extract<MeshWrite, { do: "strip" | "keep-replicas" }>,
  { client, inventory, signal }: ActContext,
): Promise<void> {
  const { object } = write;
  if (write.do === "strip") {
    const options = { type: "merge", body: write.patch, manager: REPAIR_MANAGER, signal } as const;
    inventory.notePatched(await client.patch<KubeObject>(refOf(object), options));
    return;
  }
  const { apiVersion, kind, metadata: { name, namespace } } = object;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const scaled = { apiVersion, kind, metadata, spec: { replicas: write.replicas } };
  const options = { manager: SCALE_MANAGER, force: true, signal };
  inventory.notePatched(await client.apply<KubeObject>(scaled, options));
}

function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): Ref {
  return { apiVersion, kind, name, namespace };
}
