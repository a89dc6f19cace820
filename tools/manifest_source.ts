/**
 * Reads the YAML files that modules ship.
 *
 * @module
 */
import { join } from "node:path";
import { kubernetesTags } from "@lattice/api";
import { parseAllDocuments } from "yaml";
import type { ManifestObject } from "./manifest_file.ts";

/**
 * Reads the objects of every YAML file of a folder, in order of file names. Kustomizations have no
 * name and are left out.
 *
 * @param folder the folder
 * @returns the objects
 * @throws {Error} when there is none
 */
export async function readYamlFolder(folder: string): Promise<ManifestObject[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && entry.name.endsWith(".yaml")) names.push(entry.name);
  }
  const files = await Promise.all(names.sort().map((name) => readYamlFile(join(folder, name))));
  const objects = files.flat();
  if (objects.length === 0) throw new Error(`Cannot find any manifest in "${folder}"`);
  return objects;
}

/**
 * Reads the objects of a YAML file, those of a `List` one by one; documents that are no Kubernetes
 * object are left out.
 *
 * @param path the file
 * @returns the objects, in file order
 */
export async function readYamlFile(path: string): Promise<ManifestObject[]> {
  return (await readYamlDocuments(path)).flatMap(withItems).filter(isObject);
}

/**
 * Reads every document of a YAML file.
 *
 * @param path the file
 * @returns the documents as plain values
 */
export async function readYamlDocuments(path: string): Promise<unknown[]> {
  const text = await Deno.readTextFile(path);
  const documents = parseAllDocuments(text, { version: "1.1", customTags: kubernetesTags });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => document.toJS() as unknown);
}

function withItems(value: unknown): unknown[] {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  return kind === "List" && Array.isArray(items) ? items : [value];
}

function isObject(value: unknown): value is ManifestObject {
  const object = value as Partial<ManifestObject> | null;
  return typeof object?.kind === "string" && typeof object.metadata?.name === "string";
}
