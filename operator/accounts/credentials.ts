/**
 * Secrets with credentials: which keys they need, and whether they have them. Values never leave the copy that the watch
 * keeps.
 *
 * @module
 */
import { type CloudType, type SecretReference, SYSTEM_NAMESPACE } from "@lattice/api";
import {
  type Kind,
  type KubeObject,
  objectKey,
  type ReconcileContext,
  requestFor,
} from "@lattice/kube";
import { CREDENTIALS, OPENSTACK_KEYS } from "@lattice/providers";
import { z } from "zod";
import { type Aspect, holds, lacks } from "./assess.ts";
import * as reasons from "./reasons.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
/** What the API server takes as the name of a Secret or of a namespace. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const secret = z.object({ data: z.record(z.string(), z.string()).default({}) });
const referring = z.object({
  spec: z.object({
    credentialsSecretRef: z.object({
      name: z.string(),
      namespace: z.string().default(SYSTEM_NAMESPACE),
    }),
  }),
});

/** What was seen of the credentials of an object. */
export interface Credentials {
  /** The Secret. */
  readonly ref: SecretReference;
  /** Keys that it needs. */
  readonly needs: readonly string[];
  /** Keys that it has, with something in them; undefined: there is no such Secret. */
  readonly has: ReadonlySet<string> | undefined;
}

/**
 * Keys without which the credentials of an account are of no use.
 *
 * @param type Type of the account.
 */
export function accountKeys(type: CloudType): string[] {
  if (type === "docker") return [];
  // Which cloud of the file is meant may be said by the cluster instead.
  if (type === "openstack") return [OPENSTACK_KEYS.clouds];
  return CREDENTIALS[type].fields.flatMap(({ key, optional }) => optional ? [] : [key]);
}

/**
 * Looks at the Secret of an object, and follows it from then on, so that every object that refers to it is reconciled when
 * it changes. One watch a Secret: no others are read.
 *
 * @param run What the reconcile got.
 * @param kind Kind of the objects that refer to Secrets in `spec.credentialsSecretRef`.
 * @param ref The Secret.
 * @param needs Keys that it needs.
 */
export async function followCredentials(
  { follow, cache }: Pick<ReconcileContext, "follow" | "cache">,
  kind: Kind,
  ref: SecretReference,
  needs: readonly string[],
): Promise<Credentials> {
  const { name, namespace } = ref;
  // No object can have such a name, and it might say something else in a selector.
  if (!OBJECT_NAME.test(name) || !OBJECT_NAME.test(namespace)) {
    return { ref, needs, has: undefined };
  }
  const store = await follow({
    ...SECRET,
    namespace,
    fieldSelector: `metadata.name=${name}`,
    map: () => cache.list<KubeObject>(kind).filter((one) => refersTo(one, ref)).map(requestFor),
  });
  const found = store.get(objectKey(name, namespace));
  return { ref, needs, has: found && keysOf(found) };
}

function refersTo(object: KubeObject, ref: SecretReference): boolean {
  const own = referring.safeParse(object).data?.spec.credentialsSecretRef;
  return own?.name === ref.name && own.namespace === ref.namespace;
}

function keysOf(object: KubeObject): ReadonlySet<string> {
  const entries = Object.entries(secret.safeParse(object).data?.data ?? {});
  return new Set(entries.flatMap(([key, value]) => value === "" ? [] : [key]));
}

/**
 * Whether credentials are complete.
 *
 * @param credentials What was seen; undefined: none are needed.
 */
export function credentialsAspect(credentials: Credentials | undefined): Aspect {
  const type = reasons.CREDENTIALS_AVAILABLE;
  if (credentials === undefined) return holds(type, reasons.NO_CREDENTIALS_NEEDED);
  const { ref: { name, namespace }, needs, has } = credentials;
  const place = `Secret ${namespace}/${name}`;
  if (has === undefined) {
    const message = `there is no ${place}; create it with ${listed(needs)}`;
    return lacks(type, reasons.CREDENTIALS_MISSING, message);
  }
  const missing = needs.filter((key) => !has.has(key));
  if (missing.length === 0) return holds(type, reasons.CREDENTIALS_FOUND, `${place} is complete`);
  const message = `${place} lacks ${listed(missing)}; add what is missing or empty`;
  return lacks(type, reasons.CREDENTIALS_MISSING, message);
}

function listed(keys: readonly string[]): string {
  return `${keys.length === 1 ? "key" : "keys"} ${keys.join(", ")}`;
}
