/**
 * Volumes: claims that a service owns, claims of others that it uses, and where they are mounted.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { makeObject } from "./objects.ts";
import { checkParams, type VolumeParams, volumeParams } from "./params.ts";
import { solePath } from "./template.ts";
import { compact, derivedName, fingerprint, MAX_NAME, sortedEntries } from "./text.ts";
import type { Container, Rendering, Resource } from "./types.ts";

/** A volume of a service. */
export interface Volume {
  /** Key of the resource. */
  readonly key: string;
  /** Name of the volume in the pod. */
  readonly name: string;
  /** Name of the claim. */
  readonly claim: string;
  /** Identity by which services share it. */
  readonly id?: string;
  /** How it may be mounted. */
  readonly accessMode: NonNullable<VolumeParams["accessMode"]>;
  /** Size and class when this service owns it; absent: somebody else does. */
  readonly owned?: { readonly size: string; readonly storageClass?: string };
}

/**
 * Name of the claim of a volume: by its id where it has one, so that services can share it.
 *
 * @param service name of the service
 * @param key key of the resource
 * @param resource the resource
 */
export function claimName(service: string, key: string, resource: Resource): string {
  return resource.id === undefined ? derivedName(service, key, "resource") : `vol-${resource.id}`;
}

/**
 * The volumes of a service, sorted by key.
 *
 * @param rendering the service
 * @returns volumes that make sense; the others are reported
 */
export function volumesOf(rendering: Rendering): Volume[] {
  const { findings } = rendering;
  const owners = new Map<string, string>();
  return sortedEntries(rendering.spec.resources).flatMap(([key, resource]) => {
    if (resource.type !== "volume") return [];
    const field = `spec.resources.${key}`;
    checkParams("volume", resource.params, `${field}.params`, findings);
    const params = volumeParams(resource.params);
    if (params === undefined) return [];
    const { size, storageClass, accessMode = "ReadWriteOnce" } = params;
    if (size === undefined && resource.id === undefined) {
      findings.block(
        field,
        "is a volume without a size and without an id",
        "write params.size to own a volume, or id to use one that another service owns",
      );
      return [];
    }
    if (size !== undefined && resource.id !== undefined) {
      const owner = owners.get(resource.id);
      if (owner !== undefined) {
        findings.block(
          `${field}.params.size`,
          `makes it own volume ${resource.id}, which resources.${owner} owns already`,
          "leave it out here, or write another id",
        );
        return [];
      }
      owners.set(resource.id, key);
    }
    return [{
      key,
      name: podVolumeName(key),
      claim: claimName(rendering.name, key, resource),
      accessMode,
      ...(resource.id !== undefined && { id: resource.id }),
      ...(size !== undefined && { owned: { size, ...(storageClass && { storageClass }) } }),
    }];
  });
}

/**
 * The volumes that every pod has one of for itself.
 *
 * One that can be mounted on one node only cannot follow several pods; without an id nobody else knows it, so that each
 * pod can have its own.
 *
 * @param volumes volumes of a service
 * @param mostPods how many pods there may be at a time
 */
export function volumesPerPod(volumes: readonly Volume[], mostPods: number): Volume[] {
  if (mostPods < 2) return [];
  return volumes.filter((volume) => volume.owned && volume.id === undefined && isExclusive(volume));
}

/**
 * Whether a volume can be mounted on one node, or in one pod, only.
 *
 * @param volume the volume
 */
export function isExclusive({ accessMode }: Volume): boolean {
  return accessMode === "ReadWriteOnce" || accessMode === "ReadWriteOncePod";
}

/**
 * Spec of the claim of an owned volume.
 *
 * @param volume a volume with `owned`
 */
export function claimSpec({ accessMode, owned }: Volume): Record<string, unknown> {
  return compact({
    accessModes: [accessMode],
    resources: { requests: { storage: owned?.size } },
    storageClassName: owned?.storageClass,
  });
}

/**
 * Claims for the volumes that a service owns.
 *
 * @param rendering the service
 * @param volumes those that are not made for each pod
 */
export function renderClaims(rendering: Rendering, volumes: readonly Volume[]): KubeObject[] {
  return volumes.filter((volume) => volume.owned).map((volume) =>
    makeObject(rendering, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      name: volume.claim,
      labels: volume.id === undefined ? {} : { [ownerLabel(volume.id)]: "true" },
      body: { spec: claimSpec(volume) },
    })
  );
}

/**
 * Label of the pods that own a volume; pods that use it, too, are put on their node.
 *
 * @param id identity of the volume
 */
export function ownerLabel(id: string): string {
  const name = `volume-owner-${id}`;
  const fits = name.length <= MAX_NAME;
  return `lattice.dev/${fits ? name : `volume-owner-${fingerprint(id)}`}`;
}

/**
 * Labels of the pods of a service that owns volumes which others may use.
 *
 * @param volumes its volumes
 */
export function ownerLabels(volumes: readonly Volume[]): Record<string, string> {
  // Whatever the mode: one who uses it and does not know the mode looks for the label.
  const owned = volumes.filter((volume) => volume.owned);
  return Object.fromEntries(
    owned.flatMap(({ id }) => id === undefined ? [] : [[ownerLabel(id), "true"]]),
  );
}

/**
 * Affinity to the pods that own the volumes which a service uses.
 *
 * A volume that many nodes can mount needs none; the user says so with `params.accessMode`, as its owner does.
 *
 * @param rendering the service
 * @param volumes its volumes
 * @returns terms of a pod affinity
 */
export function ownerAffinity(
  { namespace }: Rendering,
  volumes: readonly Volume[],
): Record<string, unknown>[] {
  return volumes.filter((volume) => volume.id !== undefined && isExclusive(volume))
    .filter((volume) => !volume.owned).map((volume) => ({
      labelSelector: { matchLabels: { [ownerLabel(volume.id ?? "")]: "true" } },
      namespaces: [namespace],
      topologyKey: "kubernetes.io/hostname",
    }));
}

/**
 * Where a container mounts its volumes, sorted by path.
 *
 * @param rendering the service
 * @param container the container
 * @param field path of the container
 * @param volumes volumes of the service
 */
export function mountsOf(
  { spec, findings }: Rendering,
  container: Container,
  field: string,
  volumes: readonly Volume[],
): Record<string, unknown>[] {
  return sortedEntries(container.volumes).flatMap(([path, mount]) => {
    const [root, key, ...rest] = solePath(mount.source) ?? [];
    const at = `${field}.volumes.${path}.source`;
    if (root !== "resources" || key === undefined || rest.length > 0) {
      findings.block(at, "does not name a volume", "write ${resources.NAME}");
      return [];
    }
    const volume = volumes.find((each) => each.key === key);
    if (volume === undefined) {
      // A volume with mistakes of its own is reported once.
      if (spec.resources?.[key]?.type !== "volume") {
        findings.block(at, `resources.${key} is not a volume`, "declare it with type: volume");
      }
      return [];
    }
    return [compact({
      name: volume.name,
      mountPath: path,
      subPath: mount.path,
      readOnly: mount.readOnly || undefined,
    })];
  });
}

function podVolumeName(key: string): string {
  const plain = key.toLowerCase();
  const legal = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(plain) && plain.length <= 50;
  return legal && plain === key ? `data-${key}` : `data-${fingerprint(key)}`;
}
