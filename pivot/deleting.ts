/**
 * Deleting objects without touching the infrastructure that they stand for.
 *
 * @module
 */
import { DELETE_FOR_MOVE_ANNOTATION } from "@lattice/api";
import { ApiError, isApiError, type KubeClient, type KubeObject, type Ref } from "@lattice/kube";
import { z } from "zod";
import type { Calls } from "./calls.ts";
import { FIELD_MANAGER } from "./content.ts";
import { displayName } from "./graph.ts";
import type { Side } from "./types.ts";

/** How often a patch is tried again when somebody else writes the object at the same time. */
const CONFLICT_ATTEMPTS = 5;

/** Answer of a deletion: a Status when the object is gone, else the object that finalizers hold. */
const answerSchema = z.object({
  kind: z.string(),
  message: z.string().optional(),
  metadata: z.object({ finalizers: z.array(z.string()).optional() }).optional(),
});

/**
 * Deletes one object for good: marks it as deleted for a move, takes away its finalizers (so that no controller begins
 * to take down what it stands for), and deletes it. An object that is gone, or whose name now belongs to another one, is
 * passed over.
 *
 * @param calls The clusters.
 * @param side Where.
 * @param object The object, as it was listed, with its UID.
 * @returns Whether this call deleted it.
 */
export async function removeObject(calls: Calls, side: Side, object: KubeObject): Promise<boolean> {
  const { apiVersion, kind, metadata: { name, namespace } } = object;
  const ref = { apiVersion, kind, name, namespace };
  const uid = object.metadata.uid;
  const marked = await release(calls, side, ref, {
    uid,
    annotations: { [DELETE_FOR_MOVE_ANNOTATION]: "" },
    finalizers: null,
    // Forgetting who owns which field spares the server the most expensive part of a patch.
    managedFields: [{}],
  });
  if (!marked) return false;
  const outcome = await calls.call(
    side,
    `delete ${displayName(object)}`,
    (client, options) => requestDeletion(client, ref, uid, options.signal),
  );
  // A controller may have put its finalizer back between the two calls; now that deletion has begun it cannot.
  if (outcome === "held") await release(calls, side, ref, { uid, finalizers: null });
  return outcome !== "absent";
}

/** Patches metadata of exactly this object; false when it is gone or another one has its name. */
async function release(
  calls: Calls,
  side: Side,
  ref: Ref,
  metadata: { readonly uid: string | undefined; readonly [field: string]: unknown },
): Promise<boolean> {
  for (let attempt = 0;; attempt++) {
    try {
      await calls.call<KubeObject>(
        side,
        `release ${ref.kind}/${ref.name}`,
        (client, options) =>
          client.patch(ref, {
            type: "merge",
            body: { metadata },
            manager: FIELD_MANAGER,
            ...options,
          }),
      );
      return true;
    } catch (error) {
      if (isApiError(error, 404)) return false;
      if (!isApiError(error, 409) || attempt >= CONFLICT_ATTEMPTS) throw error;
      if (await currentUid(calls, side, ref) !== metadata.uid) return false;
    }
  }
}

async function currentUid(calls: Calls, side: Side, ref: Ref): Promise<string | undefined> {
  const found = await calls.call<KubeObject | undefined>(
    side,
    `get ${ref.kind}/${ref.name}`,
    (client, options) => client.find(ref, options),
  );
  return found?.metadata.uid;
}

async function requestDeletion(
  client: KubeClient,
  ref: Ref,
  uid: string | undefined,
  signal: AbortSignal,
): Promise<"gone" | "held" | "absent"> {
  const { group, version, plural, namespaced } = await client.resourceFor(ref);
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced ? `/namespaces/${ref.namespace}` : "";
  const path = `${root}${scope}/${plural}/${ref.name}`;
  const response = await client.raw(path, {
    method: "DELETE",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      kind: "DeleteOptions",
      apiVersion: "v1",
      propagationPolicy: "Background",
      preconditions: { uid },
    }),
    signal,
  });
  const answer = answerSchema.parse(await response.json());
  if (response.status === 404 || response.status === 409) return "absent";
  if (!response.ok) {
    const { message } = answer;
    throw new ApiError({
      httpStatus: response.status,
      status: { message },
      method: "DELETE",
      path,
    });
  }
  return (answer.metadata?.finalizers ?? []).length > 0 ? "held" : "gone";
}
