/**
 * Applying many objects at once.
 *
 * @module
 */
import type { KubeClient, KubeObject } from "@lattice/kube";

/** Field manager of everything in this package. */
export const MANAGER = "lattice-addons";

/** How a group of objects is applied. */
export interface ApplyAllOptions {
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Applies objects that do not depend on each other, all at the same time.
 *
 * @param client the cluster
 * @param objects what to apply
 * @param options signal
 * @returns the objects as the server stores them, in the same order
 * @throws {ApiError} the first failure
 */
export async function applyAll(
  client: KubeClient,
  objects: readonly KubeObject[],
  options: ApplyAllOptions = {},
): Promise<KubeObject[]> {
  return await Promise.all(objects.map((object) =>
    client.apply<KubeObject>(object, {
      manager: MANAGER,
      force: true,
      fieldValidation: "Strict",
      signal: options.signal,
    })
  ));
}
