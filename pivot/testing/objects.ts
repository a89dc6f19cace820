/**
 * Builders of objects for tests.
 *
 * @module
 */
import type { KubeObject, OwnerReference } from "@lattice/kube";
import type { Listed } from "../graph.ts";
import type { MovableKind } from "../kinds.ts";

const CAPI = "cluster.x-k8s.io/v1beta2";
const KINDS: Readonly<Record<string, MovableKind>> = Object.fromEntries([
  kind(CAPI, "Cluster", { hierarchy: true }),
  kind(CAPI, "ClusterClass", { hierarchy: true }),
  kind(CAPI, "MachineDeployment"),
  kind(CAPI, "MachineSet"),
  kind(CAPI, "Machine"),
  kind("addons.cluster.x-k8s.io/v1beta2", "ClusterResourceSet", { hierarchy: true }),
  kind("infrastructure.test/v1", "TestMachine"),
  kind("infrastructure.test/v1", "TestIdentity", { hierarchy: true, namespaced: false }),
  kind("infrastructure.test/v1", "TestPool", { forceMove: true }),
  kind("v1", "Secret"),
  kind("v1", "ConfigMap"),
]);

function kind(
  apiVersion: string,
  name: string,
  more: Partial<MovableKind> = {},
): [string, MovableKind] {
  const slash = apiVersion.indexOf("/");
  const hierarchy = more.hierarchy ?? false;
  return [name, {
    apiVersion,
    kind: name,
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    namespaced: true,
    forceMove: hierarchy,
    ...more,
    hierarchy,
  }];
}

/** What an object has beside kind and name. */
export interface Extra {
  readonly owners?: readonly KubeObject[];
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly finalizers?: string[];
  readonly namespace?: string;
  readonly body?: Record<string, unknown>;
}

/**
 * Makes an object as it would be listed; its UID is `uid-KIND-NAME`.
 *
 * @param kindName One of the kinds above.
 * @param name Name.
 * @param extra Everything else.
 */
export function anObject(kindName: string, name: string, extra: Extra = {}): KubeObject {
  const { apiVersion, namespaced } = kindOf(kindName);
  return {
    apiVersion,
    kind: kindName,
    metadata: {
      name,
      ...(namespaced ? { namespace: extra.namespace ?? "capi-prod" } : {}),
      uid: `uid-${kindName}-${name}`,
      resourceVersion: "7",
      ...(extra.labels ? { labels: extra.labels } : {}),
      ...(extra.annotations ? { annotations: extra.annotations } : {}),
      ...(extra.finalizers ? { finalizers: extra.finalizers } : {}),
      ...(extra.owners ? { ownerReferences: extra.owners.map(ownerOf) } : {}),
    },
    ...extra.body,
  };
}

/**
 * Pairs objects with their kinds.
 *
 * @param objects Objects made by {@linkcode anObject}.
 */
export function listed(...objects: readonly KubeObject[]): Listed[] {
  return objects.map((object) => ({ kind: kindOf(object.kind), object }));
}

/**
 * A kind by name.
 *
 * @param name Name of the kind.
 */
export function kindOf(name: string): MovableKind {
  const found = KINDS[name];
  if (!found) throw new Error(`No test kind ${name}`);
  return found;
}

function ownerOf(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata: { name, uid = "" } } = owner;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
