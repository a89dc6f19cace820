/**
 * What the addons brought into a cluster, kept in the cluster: so that what is no longer wanted can be taken away, and
 * nothing else ever is.
 *
 * @module
 */
import { type KubeObject, SYSTEM_NAMESPACE } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import type { KubeClient, Ref } from "@lattice/kube";
import { z } from "zod";
import { MANAGER } from "../apply.ts";
import { meta } from "../bundle/objects.ts";

/** Label of everything that an addon brought: the name of the addon. */
export const ADDON_LABEL = "lattice.dev/addon";
/** Name of the ConfigMap in `lattice-system`. */
export const INVENTORY_NAME = "lattice-addons";

const KEY = "objects.json";
/** Kinds that hold what others put there; taking them away would take that, too. */
const KEPT: ReadonlySet<string> = new Set(["CustomResourceDefinition", "Namespace"]);

/** One object of an addon. */
export interface Owned extends Ref {
  /** Name of the addon. */
  readonly addon: string;
}

const schema = z.array(z.strictObject({
  addon: z.string(),
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
}));

const REF = {
  apiVersion: "v1",
  kind: "ConfigMap",
  name: INVENTORY_NAME,
  namespace: SYSTEM_NAMESPACE,
};

/** Options of every call. */
export interface CallOptions {
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the inventory.
 *
 * @param client the cluster
 * @param options signal
 * @returns what was brought, and maybe more that was about to be; empty in a new cluster
 * @throws {LatticeError} `validation` when somebody wrote something else into it
 */
export async function readInventory(client: KubeClient, options: CallOptions): Promise<Owned[]> {
  const found = await client.find<KubeObject & { data?: Record<string, string> }>(REF, options);
  const text = found?.data?.[KEY];
  if (text === undefined) return [];
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LatticeError(
      "validation",
      `Cannot read the list of addons in ConfigMap ${SYSTEM_NAMESPACE}/${INVENTORY_NAME}`,
      { remedy: "delete that ConfigMap: what is there stays, and is listed anew", cause },
    );
  }
}

/**
 * Writes the inventory.
 *
 * @param client the cluster
 * @param owned what is or will be there
 * @param options signal
 */
export async function writeInventory(
  client: KubeClient,
  owned: readonly Owned[],
  options: CallOptions,
): Promise<void> {
  const sorted = [...owned].sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
  const object = {
    apiVersion: REF.apiVersion,
    kind: REF.kind,
    metadata: meta(INVENTORY_NAME, SYSTEM_NAMESPACE),
    data: { [KEY]: JSON.stringify(sorted) },
  };
  await client.apply(object, { manager: MANAGER, force: true, ...options });
}

/**
 * Identity of an object: group, kind, namespace and name; not the version, which an upgrade may change.
 *
 * @param ref the object
 * @returns text that is equal for the same object only
 */
export function keyOf({ apiVersion, kind, namespace, name }: Ref): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return [group, kind, namespace ?? "", name].join("/");
}

/**
 * Points to an object.
 *
 * @param object the object
 * @returns its kind, name and namespace
 */
export function refOf({ apiVersion, kind, metadata }: KubeObject): Ref {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** What became of objects that are no longer wanted. */
export interface Pruned {
  /** Deleted. */
  readonly deleted: readonly Ref[];
  /** Left alone: kinds and namespaces, which hold what others put there. */
  readonly kept: readonly Ref[];
}

/**
 * Deletes what an addon brought and the bundle no longer has. An object without the addon's label is somebody else's by
 * now and stays.
 *
 * @param client the cluster
 * @param before the inventory as it was
 * @param now what the bundle has
 * @param options signal
 * @returns what was deleted
 */
export async function prune(
  client: KubeClient,
  before: readonly Owned[],
  now: readonly Owned[],
  options: CallOptions,
): Promise<Pruned> {
  const wanted = new Set(now.map(keyOf));
  const gone = before.filter((owned) => !wanted.has(keyOf(owned)));
  const deleted: Ref[] = [];
  // Backwards: programs go before the rights and kinds that they use.
  for (const { addon, ...ref } of gone.filter(({ kind }) => !KEPT.has(kind)).reverse()) {
    const found = await findServed(client, ref, options);
    if (found?.metadata.labels?.[ADDON_LABEL] !== addon) continue;
    const { uid } = found.metadata;
    const propagation = "Background";
    if (await client.delete(ref, { propagation, ...(uid ? { uid } : {}), ...options })) {
      deleted.push(ref);
    }
  }
  return { deleted, kept: gone.filter(({ kind }) => KEPT.has(kind)) };
}

// A kind that is no longer served has no objects.
async function findServed(
  client: KubeClient,
  ref: Ref,
  options: CallOptions,
): Promise<KubeObject | undefined> {
  try {
    return await client.find<KubeObject>(ref, options);
  } catch (error) {
    if (error instanceof LatticeError && error.code === "not-found") return undefined;
    throw error;
  }
}
