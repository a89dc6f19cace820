/**
 * The objects that carry an account into a cluster, and how they are shown to people.
 *
 * @module
 */

import {
  capiNamespace,
  CLUSTER_LABEL,
  type KubeObject,
  type LatticeCluster,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  PROVIDER_LABEL,
} from "@lattice/api";
import { CREDENTIALS, managerData } from "@lattice/providers";
import type { Account } from "./read.ts";

/** What stands where a secret would. */
const HIDDEN = "<redacted>";
/** Shorter values occur by chance in innocent words. */
const SHORTEST_SECRET = 4;

/**
 * Namespaces, Secrets and the CloudProvider that a cluster needs before its objects are applied, in the
 * order in which they are applied. Only what the cluster's objects and its provider's manager read.
 *
 * @param cluster The cluster.
 * @param account Its account.
 */
export function accountObjects(cluster: LatticeCluster, account: Account): KubeObject[] {
  const { type, provider, secret } = account;
  const { name } = cluster.metadata;
  const beside = capiNamespace(name);
  const own = { [CLUSTER_LABEL]: name };
  if (type === "docker" || secret === undefined) return [namespace(beside, own), { ...provider }];
  const { ref, data } = secret;
  const { manager, besideCluster } = CREDENTIALS[type];
  const toSecret = (
    place: { namespace: string; name: string },
    values: typeof data,
  ): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: place.name,
      namespace: place.namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [PROVIDER_LABEL]: type },
    },
    type: "Opaque",
    data: Object.fromEntries(
      Object.entries(values).map((
        [key, value],
      ) => [key, new TextEncoder().encode(value).toBase64()]),
    ),
  });
  const nearName = cluster.spec.provider.credentialsSecretRef?.name ?? CREDENTIALS[type].secretName;
  return [
    namespace(ref.namespace),
    namespace(manager.namespace),
    namespace(beside, own),
    toSecret(ref, data),
    toSecret(manager, managerData(type, data)),
    ...(besideCluster ? [toSecret({ namespace: beside, name: nearName }, data)] : []),
    { ...provider },
  ];
}

function namespace(name: string, labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY, ...labels } },
  };
}

/**
 * The same objects with every value of a Secret hidden.
 *
 * @param objects Any objects.
 */
export function redacted(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map((object) => {
    if (object.kind !== "Secret") return object;
    const keys = Object.keys((object.data ?? {}) as Record<string, string>);
    return { ...object, data: Object.fromEntries(keys.map((key) => [key, HIDDEN])) };
  });
}

/**
 * Makes a filter for texts that others wrote, such as the messages of a provider's manager.
 *
 * @param secrets Values that must not be shown, as they are or in base64.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.filter((value) => value.length >= SHORTEST_SECRET)
    .flatMap((
      value,
    ) => [value, new TextEncoder().encode(value).toBase64(), encodeURIComponent(value)])
    .toSorted((a, b) => b.length - a.length);
  return (text) => hidden.reduce((shown, value) => shown.replaceAll(value, HIDDEN), text);
}
