/**
 * Gives the programs of a cluster their rights.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";
import { accessObjects } from "./access_objects.ts";
import { applyAll } from "./apply.ts";

/** Who gets which role: common names of client certificates. */
export interface AccessOptions {
  /** User of the operator, e.g. `lattice-operator`. */
  readonly operatorUser: string;
  /** User of the CAPI manager, e.g. `capi-manager`. */
  readonly capiUser: string;
  /** User of kwok, e.g. `kwok-controller`. */
  readonly kwokUser: string;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/**
 * Applies namespaces, roles and bindings. Needs administrator's rights: nobody can grant more than
 * they hold. Idempotent.
 *
 * @param admin a client with administrator's rights
 * @param options who gets which role
 * @throws {ApiError} when the server refuses
 */
export async function applyAccess(admin: KubeClient, options: AccessOptions): Promise<void> {
  const objects = accessObjects(options);
  const isNamespace = (kind: string): boolean => kind === "Namespace";
  await applyAll(admin, objects.filter(({ kind }) => isNamespace(kind)), options);
  await applyAll(admin, objects.filter(({ kind }) => !isNamespace(kind)), options);
}
