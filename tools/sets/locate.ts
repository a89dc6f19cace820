/**
 * Where a set is on this machine. Reading only: whoever needs it made calls `ensureSet()` of
 * `../setup.ts`.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";
import {
  type FileInventory,
  firstDamaged,
  inventoryFileSchema,
  type InventoryFormat,
  readInventoryText,
  toolsRoot,
} from "../inventory.ts";
import { type ManifestObject, parseManifest } from "../manifest_file.ts";
import { platform } from "../recipe.ts";
import { setKey, type SetName } from "./recipe.ts";
import { loadRecipe } from "./recipes.ts";

/** A complete set. */
export interface ToolSet {
  /** Its name. */
  readonly name: SetName;
  /** Absolute path of its folder. */
  readonly dir: string;
  /** Versions of what is in it, without a leading `v`, by the names of providers/versions.json. */
  readonly versions: Readonly<Record<string, string>>;
  /** Absolute path of a program; throws `not-found` when the set has no such program. */
  bin(name: string): string;
  /** Absolute path of a manifest file or of a chart's folder; throws `not-found`. */
  file(name: string): string;
  /** Names that {@linkcode ToolSet.file} knows, sorted. */
  files(): string[];
  /** Parsed objects of a manifest file, in file order. */
  objects(name: string): Promise<ManifestObject[]>;
}

/** Content of `set.json`. */
export interface SetInventory extends FileInventory {
  /** Version of this format. */
  schema: 1;
  /** Which set it is. */
  set: string;
  /** Versions of what is in it. */
  versions: Record<string, string>;
}

/** `set.json`, the inventory of a set. */
export const SET_INVENTORY: InventoryFormat<SetInventory> = {
  fileName: "set.json",
  schema: z.strictObject({
    schema: z.literal(1),
    set: z.string(),
    platform: z.string(),
    versions: z.record(z.string(), z.string()),
    files: z.array(inventoryFileSchema).min(1),
  }),
};

/**
 * Finds a set that matches this version of Lattice.
 *
 * @param name which one
 * @returns the set; every file was seen to exist with the size of the inventory
 * @throws {LatticeError} `prerequisite` when it is absent or incomplete
 */
export async function locateSet(name: SetName): Promise<ToolSet> {
  const recipe = await loadRecipe(name);
  return await openSet(join(await setsRoot(), setKey(recipe)), name);
}

/**
 * The folder that holds the folders of the sets. When `LATTICE_TOOLS_DIR` names one complete cache
 * folder, sets are looked for beside it.
 *
 * @returns the folder
 * @throws {LatticeError} `prerequisite` when no variable tells where the cache is
 */
export async function setsRoot(): Promise<string> {
  const root = toolsRoot();
  const single = await Deno.stat(join(root, "tools.json")).then(() => true, () => false);
  return single ? dirname(root) : root;
}

/**
 * Opens the folder of a set.
 *
 * @param dir the folder that holds `set.json`
 * @param name the set it should be
 * @returns the set
 * @throws {LatticeError} `prerequisite` when it is incomplete, for another platform or another set
 */
export async function openSet(dir: string, name: SetName): Promise<ToolSet> {
  const inventory = await readSetInventory(join(dir, SET_INVENTORY.fileName), name);
  const damaged = await firstDamaged(dir, inventory);
  if (damaged !== undefined) {
    throw unusable(name, `its file "${damaged}" is absent or damaged`);
  }
  const paths = new Set(inventory.files.flatMap(({ path }) => withParents(path)));
  const find = (path: string, kind: string, wanted: string): string => {
    if (paths.has(path)) return join(dir, path);
    throw new LatticeError("not-found", `The set "${name}" has no ${kind} "${wanted}"`);
  };
  const file = (wanted: string): string =>
    find(
      paths.has(`charts/${wanted}`) ? `charts/${wanted}` : `manifests/${wanted}`,
      "file",
      wanted,
    );
  return {
    name,
    dir,
    versions: inventory.versions,
    bin: (wanted) => find(wanted, "program", wanted),
    file,
    files: () => [...paths].flatMap((p) => /^(?:manifests|charts)\/([^/]+)$/.exec(p)?.[1] ?? []),
    objects: async (wanted) => parseManifest(await Deno.readTextFile(file(wanted))),
  };
}

async function readSetInventory(path: string, name: SetName): Promise<SetInventory> {
  const text = await Deno.readTextFile(path).catch((cause: unknown) => {
    // A missing permission of this program is a mistake in it, not something to set up.
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw unusable(name, `cannot read "${path}"`, cause);
  });
  const inventory = readInventoryText(SET_INVENTORY, text, path);
  if (inventory.platform === platform() && inventory.set === name) return inventory;
  throw unusable(name, `"${path}" is of ${inventory.set} for ${inventory.platform}`);
}

function unusable(name: SetName, why: string, cause?: unknown): LatticeError {
  return new LatticeError("prerequisite", `The components "${name}" are not built: ${why}`, {
    remedy: `run "npx -y deno@2.9.6 task setup ${name}"`,
    cause,
  });
}

/** `a/b/c` with `a/b` and `a`. */
function withParents(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
