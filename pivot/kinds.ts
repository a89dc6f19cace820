/**
 * Which kinds a move looks at, derived from the CustomResourceDefinitions of both clusters.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { Kind } from "@lattice/kube";
import { z } from "zod";

/** CRD label: the kind takes part in moves. */
export const MOVE_DISCOVERY_LABEL = "clusterctl.cluster.x-k8s.io";
/** CRD or object label: the object moves although nothing that moves owns it. */
export const FORCE_MOVE_LABEL = "clusterctl.cluster.x-k8s.io/move";
/** CRD or object label: the object moves, and everything that it owns with it. */
export const MOVE_HIERARCHY_LABEL = "clusterctl.cluster.x-k8s.io/move-hierarchy";
/** CAPI's core group. */
export const CAPI_GROUP = "cluster.x-k8s.io";

/** A kind that a move looks at. */
export interface MovableKind extends Kind {
  /** API group, empty for the core group. */
  readonly group: string;
  /** Whether its objects live in namespaces. */
  readonly namespaced: boolean;
  /** Whether its objects move without an owner that moves. */
  readonly forceMove: boolean;
  /** Whether its objects take along all that they own. */
  readonly hierarchy: boolean;
}

/** The part of a CustomResourceDefinition that decides. */
export const crdSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.object({
    group: z.string(),
    scope: z.enum(["Namespaced", "Cluster"]),
    names: z.object({ kind: z.string() }),
    versions: z.array(z.object({ name: z.string(), served: z.boolean(), storage: z.boolean() })),
  }),
});

/** A CustomResourceDefinition, as far as a move reads it. */
export type Crd = z.infer<typeof crdSchema>;

const CORE_KINDS: readonly MovableKind[] = ["Secret", "ConfigMap"].map((kind) => ({
  apiVersion: "v1",
  group: "",
  kind,
  namespaced: true,
  forceMove: false,
  hierarchy: false,
}));

/** Kinds of CAPI itself that take along what they own, labelled or not. */
const HIERARCHY_KINDS = new Set([
  `Cluster.${CAPI_GROUP}`,
  `ClusterClass.${CAPI_GROUP}`,
  `ClusterResourceSet.addons.${CAPI_GROUP}`,
]);

/**
 * Name of a kind regardless of version.
 *
 * @param kind Any kind.
 * @returns `Kind.group`, or `Kind` in the core group.
 */
export function kindName(kind: Kind): string {
  const slash = kind.apiVersion.indexOf("/");
  return slash < 0 ? kind.kind : `${kind.kind}.${kind.apiVersion.slice(0, slash)}`;
}

/**
 * Finds the kinds that may hold objects of a cluster: those whose CRD carries clusterctl's label, those of
 * CAPI's groups or with a CAPI contract label (an installation that was not made by clusterctl has no such
 * label), and Secrets and ConfigMaps.
 *
 * The version is one that both clusters serve, the source's storage version if possible: reading another one
 * would pass through a conversion that may lose fields. A kind that the target does not serve keeps its source
 * version; whether that matters is known only when objects of it are found ({@linkcode checkServed}).
 *
 * @param source CRDs of the source.
 * @param target CRDs of the target.
 */
export function movableKinds(source: readonly Crd[], target: readonly Crd[]): MovableKind[] {
  const targets = new Map(target.map((crd) => [crd.metadata.name, crd]));
  const kinds = source.filter(takesPart).flatMap((crd) => {
    const version = chooseVersion(crd, targets.get(crd.metadata.name));
    return version === undefined ? [] : [movableKind(crd, version)];
  });
  return [...CORE_KINDS, ...kinds];
}

/**
 * Refuses a move whose objects the target cannot store.
 *
 * @param kinds Kinds of which the source holds objects that would move.
 * @param target CRDs of the target.
 * @throws {LatticeError} `prerequisite`, naming the kinds and versions.
 */
export function checkServed(kinds: readonly MovableKind[], target: readonly Crd[]): void {
  const served = new Set(
    target.flatMap((crd) =>
      servedVersions(crd).map((version) => `${crd.spec.names.kind}.${crd.spec.group}/${version}`)
    ),
  );
  const missing = kinds.filter((kind) =>
    kind.group !== "" && !served.has(`${kindName(kind)}/${versionOf(kind)}`)
  ).map((kind) => `${kind.kind} (${kind.apiVersion})`);
  if (missing.length === 0) return;
  throw new LatticeError(
    "prerequisite",
    `Cannot move: the target does not serve ${[...new Set(missing)].sort().join(", ")}`,
    { remedy: "install the same providers in the target, in a version that serves these" },
  );
}

function takesPart(crd: Crd): boolean {
  const labels = Object.keys(crd.metadata.labels ?? {});
  return crd.spec.group === CAPI_GROUP || crd.spec.group.endsWith(`.${CAPI_GROUP}`) ||
    labels.some((label) =>
      label === MOVE_DISCOVERY_LABEL || label === FORCE_MOVE_LABEL ||
      label === MOVE_HIERARCHY_LABEL || label.startsWith(`${CAPI_GROUP}/v1`)
    );
}

function movableKind(crd: Crd, version: string): MovableKind {
  const labels = crd.metadata.labels ?? {};
  const { group, names, scope } = crd.spec;
  const hierarchy = MOVE_HIERARCHY_LABEL in labels || HIERARCHY_KINDS.has(`${names.kind}.${group}`);
  return {
    apiVersion: `${group}/${version}`,
    group,
    kind: names.kind,
    namespaced: scope === "Namespaced",
    forceMove: hierarchy || FORCE_MOVE_LABEL in labels,
    hierarchy,
  };
}

function chooseVersion(crd: Crd, target: Crd | undefined): string | undefined {
  const storage = crd.spec.versions.find((version) => version.storage)?.name;
  const here = servedVersions(crd).sort((a, b) => Number(b === storage) - Number(a === storage));
  const there = new Set(target ? servedVersions(target) : []);
  return here.find((version) => there.has(version)) ?? here[0];
}

function servedVersions(crd: Crd): string[] {
  return crd.spec.versions.filter((version) => version.served).map((version) => version.name);
}

function versionOf(kind: Kind): string {
  return kind.apiVersion.slice(kind.apiVersion.indexOf("/") + 1);
}
