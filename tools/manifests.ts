/**
 * Takes the manifests that a cluster needs from the folders of the pinned Go modules and brings
 * them into the form that the rest of Lattice applies: plain objects, no kustomize.
 *
 * @module
 */
import { join } from "node:path";
import type { ManifestObject } from "./manifest_file.ts";
import { readYamlFile, readYamlFolder } from "./manifest_source.ts";
import type { ManifestName } from "./recipe.ts";

/** Folders of the modules, as the Go command reports them. */
export interface ModuleFolders {
  /** Of `sigs.k8s.io/cluster-api`. */
  readonly capi: string;
  /** Of `sigs.k8s.io/kwok`. */
  readonly kwok: string;
}

/**
 * What `clusterctl init` and the release's kustomization put on Cluster API's own CRDs: the first
 * two let `clusterctl move` find them, the others name the contract each version fulfils.
 */
const CRD_LABELS: Readonly<Record<string, string>> = {
  "clusterctl.cluster.x-k8s.io": "",
  "cluster.x-k8s.io/provider": "cluster-api",
  "cluster.x-k8s.io/v1beta1": "v1beta1",
  "cluster.x-k8s.io/v1beta2": "v1beta2",
};

/** kwok does nothing by itself: these stages make nodes Ready, renew their leases and run pods. */
const KWOK_STAGES = ["node/fast", "node/heartbeat-with-lease", "pod/fast"];

/**
 * Reads every manifest.
 *
 * @param folders where the modules are
 * @returns the objects of each manifest file
 * @throws {Error} when a module does not contain what its release is known to contain
 */
export async function readManifests(
  folders: ModuleFolders,
): Promise<Record<ManifestName, ManifestObject[]>> {
  const [crds, webhooks, rbac, stages] = await Promise.all([
    capiCrds(folders.capi),
    capiWebhooks(folders.capi),
    capiRbac(folders.capi),
    kwokStages(folders.kwok),
  ]);
  return {
    "capi-crds.yaml": crds,
    "capi-webhooks.yaml": webhooks,
    "capi-rbac.yaml": rbac,
    "kwok-stages.yaml": stages,
  };
}

async function capiCrds(folder: string): Promise<ManifestObject[]> {
  const crds = await readYamlFolder(join(folder, "config", "crd", "bases"));
  const converted = await readYamlFolder(join(folder, "config", "crd", "patches"));
  const conversions = new Map(converted.map((p) => [p.metadata.name, specOf(p)["conversion"]]));
  return crds.map((crd) => {
    const conversion = conversions.get(crd.metadata.name);
    return {
      ...crd,
      metadata: { ...crd.metadata, labels: { ...crd.metadata.labels, ...CRD_LABELS } },
      spec: conversion === undefined ? specOf(crd) : { ...specOf(crd), conversion },
    };
  });
}

function specOf(object: ManifestObject): Record<string, unknown> {
  return object["spec"] as Record<string, unknown>;
}

async function capiWebhooks(folder: string): Promise<ManifestObject[]> {
  const objects = await readYamlFile(join(folder, "config", "webhook", "manifests.yaml"));
  return objects.map((object) => withName(object, `capi-${object.metadata.name}`));
}

/**
 * The manager's roles as the release ships them: its own rules, and an aggregated role to which
 * infrastructure providers add theirs by label.
 */
async function capiRbac(folder: string): Promise<ManifestObject[]> {
  const rbac = join(folder, "config", "rbac");
  const [own, aggregated, election] = await Promise.all(
    ["role.yaml", "aggregated_role.yaml", "leader_election_role.yaml"].map((name) =>
      readYamlFile(join(rbac, name))
    ),
  );
  const managerRole = (own ?? []).map((role) => ({
    ...role,
    metadata: {
      ...role.metadata,
      labels: { ...role.metadata.labels, "cluster.x-k8s.io/aggregate-to-manager": "true" },
    },
  }));
  return [...managerRole, ...(aggregated ?? []), ...(election ?? [])]
    .map((role) => withName(role, `capi-${role.metadata.name}`));
}

async function kwokStages(folder: string): Promise<ManifestObject[]> {
  const stages = await Promise.all(
    KWOK_STAGES.map((stage) => readYamlFolder(join(folder, "kustomize", "stage", stage))),
  );
  return stages.flat().filter((object) => object.kind === "Stage");
}

function withName(object: ManifestObject, name: string): ManifestObject {
  return { ...object, metadata: { ...object.metadata, name } };
}
