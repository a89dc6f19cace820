/**
 * What a cluster holds of a fleet, in a form that is equal for equal content wherever it is.
 *
 * @module
 */
import type { KubeClient, KubeObject } from "@lattice/kube";
import { LOCAL_CLUSTER_KINDS } from "../../support/kinds.ts";

/** Kinds of a fleet. */
const KINDS = [
  ...LOCAL_CLUSTER_KINDS,
  ["v1", "ConfigMap"],
] as const;

/** An object without what differs between clusters. */
export interface Essence {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly owners: readonly string[];
  readonly deleting: boolean;
  readonly body: unknown;
}

/** Objects by `Kind/name`, sorted. */
export type State = Readonly<Record<string, Essence>>;

/**
 * Reads the state of a namespace.
 *
 * @param client The cluster.
 * @param namespace Namespace.
 */
export async function readState(client: KubeClient, namespace: string): Promise<State> {
  const lists = await Promise.all(
    KINDS.map(([apiVersion, kind]) =>
      client.list<KubeObject>({ apiVersion, kind }, { namespace }).then(({ items }) => items)
    ),
  );
  const objects = lists.flat();
  const names = new Map(objects.map((object) => [object.metadata.uid ?? "", nameOf(object)]));
  return Object.fromEntries(
    objects.map((object) => [nameOf(object), essence(object, names)] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/**
 * The part of a state that a move takes: without the journal and what belongs to nobody.
 *
 * @param state A state.
 */
export function fleetOf(state: State): State {
  const left = new Set([
    "ConfigMap/lattice-move",
    "ConfigMap/kube-root-ca.crt",
    "Secret/somebody-elses",
  ]);
  return Object.fromEntries(Object.entries(state).filter(([name]) => !left.has(name)));
}

function nameOf(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

function essence(object: KubeObject, names: ReadonlyMap<string, string>): Essence {
  const { metadata, status: _status, apiVersion: _version, kind: _kind, ...body } = object;
  const { "lattice.dev/source-uid": _from, ...annotations } = metadata.annotations ?? {};
  return {
    labels: metadata.labels ?? {},
    annotations,
    finalizers: metadata.finalizers ?? [],
    owners: (metadata.ownerReferences ?? []).map((owner) =>
      [
        names.get(owner.uid) ?? `dangling ${owner.kind}/${owner.name}`,
        owner.apiVersion,
        owner.controller,
        owner.blockOwnerDeletion,
      ].join(" ")
    ).sort(),
    deleting: metadata.deletionTimestamp !== undefined,
    body,
  };
}
