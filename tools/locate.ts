/**
 * Where the pinned real components are on this machine. Reading only: whoever needs them built
 * calls `ensureTools()` of `setup.ts`.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";
import {
  firstDamaged,
  type InventoryFile,
  inventoryFileSchema,
  type InventoryFormat,
  readInventoryText,
  toolsRoot,
} from "./inventory.ts";
import { type ManifestObject, parseManifest } from "./manifest_file.ts";
import {
  cacheKey,
  type ComponentName,
  type ComponentVersions,
  type ManifestName,
  platform,
} from "./recipe.ts";

export { locateSet, type ToolSet } from "./sets/locate.ts";
export type { SetName } from "./sets/recipe.ts";
export { formatManifest, type ManifestObject, parseManifest } from "./manifest_file.ts";
export { toolsRoot } from "./inventory.ts";
export type { ComponentName, ComponentVersions, ManifestName };

/** The components of one cache folder, complete and of the right size. */
export interface Tools {
  /** Absolute path of the folder. */
  readonly dir: string;
  /** Versions of what is in it, without a leading `v`. */
  readonly versions: ComponentVersions;
  /** Absolute path of a program. */
  bin(name: ComponentName): string;
  /** Absolute path of a manifest file: YAML documents, each JSON on one line after `---`. */
  manifest(name: ManifestName): string;
  /** Parsed objects of a manifest file, in file order. */
  objects(name: ManifestName): Promise<ManifestObject[]>;
}

/** Content of `tools.json`, which is written last and therefore means "complete". */
export interface Inventory {
  /** Version of this format. */
  schema: 1;
  /** Operating system and architecture that the programs are for. */
  platform: string;
  /** Version of Kubernetes. */
  kubernetes: string;
  /** Version of Cluster API. */
  capi: string;
  /** Version of kwok. */
  kwok: string;
  /** Version of etcd. */
  etcd: string;
  /** Every other file of the folder. */
  files: InventoryFile[];
}

const inventorySchema: z.ZodType<Inventory> = z.strictObject({
  schema: z.literal(1),
  platform: z.string(),
  kubernetes: z.string(),
  capi: z.string(),
  kwok: z.string(),
  etcd: z.string(),
  files: z.array(inventoryFileSchema).min(1),
});

/** `tools.json`, the inventory of the product set. */
export const TOOLS_INVENTORY: InventoryFormat<Inventory> = {
  fileName: "tools.json",
  schema: inventorySchema,
};

const REMEDY = 'run "npx -y deno@2.9.6 task setup", or set LATTICE_TOOLS_MIRROR to ready binaries';

/**
 * Finds the components that match this version of Lattice. `LATTICE_TOOLS_DIR` may name either the
 * folder of all caches or one complete cache folder (one that holds a `tools.json` itself).
 *
 * @returns the components; every file was seen to exist with the size of the inventory
 * @throws {LatticeError} `prerequisite` when they are absent or incomplete
 */
export async function locateTools(): Promise<Tools> {
  const root = toolsRoot();
  const dir = await exists(join(root, "tools.json")) ? root : join(root, cacheKey());
  return await openTools(dir);
}

/**
 * Opens one cache folder.
 *
 * @param dir the folder that holds `tools.json`
 * @returns the components in it
 * @throws {LatticeError} `prerequisite` when it is incomplete or for another platform
 */
export async function openTools(dir: string): Promise<Tools> {
  const inventory = await readInventory(join(dir, "tools.json"));
  const damaged = await firstDamaged(dir, inventory);
  if (damaged !== undefined) {
    throw new LatticeError("prerequisite", `The component file "${damaged}" is absent or damaged`, {
      remedy: REMEDY,
    });
  }
  const { kubernetes, capi, kwok, etcd } = inventory;
  return {
    dir,
    versions: { kubernetes, capi, kwok, etcd },
    bin: (name) => join(dir, name),
    manifest: (name) => join(dir, "manifests", name),
    objects: async (name) => parseManifest(await Deno.readTextFile(join(dir, "manifests", name))),
  };
}

async function readInventory(path: string): Promise<Inventory> {
  const text = await Deno.readTextFile(path).catch((cause: unknown) => {
    // A missing permission of this program is a mistake in it, not something to set up.
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const why = cause instanceof Deno.errors.NotFound ? "no" : "cannot read";
    throw new LatticeError(
      "prerequisite",
      `The real components (Kubernetes, etcd, Cluster API, kwok) are not built: ${why} "${path}"`,
      { remedy: REMEDY, cause },
    );
  });
  const inventory = parseInventory(text, path);
  if (inventory.platform !== platform()) {
    throw new LatticeError(
      "prerequisite",
      `The components in "${path}" are for ${inventory.platform}, this is ${platform()}`,
      { remedy: "unset LATTICE_TOOLS_DIR or name a folder for this platform" },
    );
  }
  return inventory;
}

/**
 * Parses `tools.json`.
 *
 * @param text its content
 * @param from where it came from, for the message
 * @returns the checked inventory
 * @throws {LatticeError} `prerequisite` when it is no inventory
 */
export function parseInventory(text: string, from: string): Inventory {
  return readInventoryText(TOOLS_INVENTORY, text, from);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
