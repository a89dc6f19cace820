/**
 * Makes the manifest files of a set from the folders of Go modules: plain objects, no kustomize.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { z } from "zod";
import type { ManifestObject } from "../manifest_file.ts";
import { readYamlDocuments, readYamlFile, readYamlFolder } from "../manifest_source.ts";
import type { CrdsFile, ObjectsFile } from "./recipe.ts";

/** The part of a kustomization that matters for CRDs. */
const kustomizationSchema = z.object({
  commonLabels: z.record(z.string(), z.string()).optional(),
  labels: z.array(z.object({ pairs: z.record(z.string(), z.string()) })).optional(),
  resources: z.array(z.string()),
  patches: z.array(z.object({ path: z.string() })).optional(),
  patchesStrategicMerge: z.array(z.string()).optional(),
});

/**
 * Makes a file of CRDs.
 *
 * @param file what goes into it
 * @param folder folder of its module
 * @returns the CRDs
 * @throws {Error} when the module does not contain what its release is known to contain
 */
export async function readCrds(file: CrdsFile, folder: string): Promise<ManifestObject[]> {
  const crds = (await Promise.all(file.from.map((path) => readFrom(join(folder, path))))).flat();
  return crds.filter(({ kind }) => kind === "CustomResourceDefinition").map((crd) => {
    const labelled = withLabels(crd, file.labels);
    const ruled = file.dropRepeatedRules ? withoutRepeatedRules(labelled) : labelled;
    return file.conversion ? ruled : withoutConversion(ruled);
  });
}

/**
 * Makes a file of other objects.
 *
 * @param file what goes into it
 * @param folder folder of its module
 * @returns the objects, their names with the prefix
 */
export async function readObjects(file: ObjectsFile, folder: string): Promise<ManifestObject[]> {
  const objects = await Promise.all(file.from.map((path) => readYamlFile(join(folder, path))));
  return objects.flat().map((object) => ({
    ...object,
    metadata: { ...object.metadata, name: `${file.prefix}${object.metadata.name}` },
  }));
}

async function readFrom(path: string): Promise<ManifestObject[]> {
  if (path.endsWith("/kustomization.yaml")) return await readKustomization(path);
  return path.endsWith(".yaml") ? await readYamlFile(path) : await readYamlFolder(path);
}

/** Resources with the labels and the patches of their kustomization. */
async function readKustomization(path: string): Promise<ManifestObject[]> {
  const folder = dirname(path);
  const kustomization = kustomizationSchema.parse((await readYamlDocuments(path))[0]);
  const read = async (paths: readonly string[]): Promise<ManifestObject[]> =>
    (await Promise.all(paths.map((name) => readYamlFile(join(folder, name))))).flat();
  const resources = await read(kustomization.resources);
  const patches = await read([
    ...kustomization.patches?.map((patch) => patch.path) ?? [],
    ...kustomization.patchesStrategicMerge ?? [],
  ]);
  const labels = Object.assign(
    {},
    kustomization.commonLabels,
    ...kustomization.labels?.map(({ pairs }) => pairs) ?? [],
  ) as Record<string, string>;
  return resources.map((resource) =>
    withLabels(
      patches.filter((patch) => patch.metadata.name === resource.metadata.name)
        .reduce(patched, resource),
      labels,
    )
  );
}

/**
 * Patches bring labels and the conversion webhook. The annotations that they bring name a
 * certificate by variables that only kustomize knows.
 */
function patched(crd: ManifestObject, patch: ManifestObject): ManifestObject {
  const { conversion } = (patch["spec"] ?? {}) as { conversion?: unknown };
  const spec = crd["spec"] as Record<string, unknown>;
  return {
    ...withLabels(crd, patch.metadata.labels ?? {}),
    spec: conversion === undefined ? spec : { ...spec, conversion },
  };
}

function withLabels(
  object: ManifestObject,
  labels: Readonly<Record<string, string>>,
): ManifestObject {
  if (Object.keys(labels).length === 0) return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
}

function withoutConversion(crd: ManifestObject): ManifestObject {
  const { conversion: _dropped, ...spec } = crd["spec"] as Record<string, unknown>;
  return { ...crd, spec };
}

/** A field's rules are a map by `rule`; of two the same, the first stays. */
function withoutRepeatedRules(crd: ManifestObject): ManifestObject {
  return JSON.parse(JSON.stringify(crd), (key, value: unknown) => {
    if (key !== "x-kubernetes-validations" || !Array.isArray(value)) return value;
    const rules = value as readonly { readonly rule: string }[];
    return rules.filter(({ rule }, index) => rules.findIndex((r) => r.rule === rule) === index);
  }) as ManifestObject;
}
