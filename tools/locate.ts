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
  cacheKey,
  type ComponentName,
  type ComponentVersions,
  type ManifestName,
  platform,
} from "./recipe.ts";

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

/** An object of a manifest. */
export interface ManifestObject {
  /** Group and version. */
  apiVersion: string;
  /** Kind. */
  kind: string;
  /** Name, and what else the module's file says. */
  metadata: {
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  /** `spec`, `rules` and whatever else the kind has. */
  [field: string]: unknown;
}

/** One file of the inventory. */
export interface InventoryFile {
  /** Path below the cache folder, e.g. `etcd` or `manifests/capi-crds.yaml`. */
  path: string;
  /** SHA-256 of the content, lower-case hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
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

const fileSchema: z.ZodType<InventoryFile> = z.strictObject({
  path: z.string().regex(/^(manifests\/)?[a-z0-9][a-z0-9.-]*$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().positive(),
});

const inventorySchema: z.ZodType<Inventory> = z.strictObject({
  schema: z.literal(1),
  platform: z.string(),
  kubernetes: z.string(),
  capi: z.string(),
  kwok: z.string(),
  etcd: z.string(),
  files: z.array(fileSchema).min(1),
});

const REMEDY = 'run "npx -y deno@2.9.6 task setup", or set LATTICE_TOOLS_MIRROR to ready binaries';

/**
 * The folder that holds the cache folders: `LATTICE_TOOLS_DIR`, then `$XDG_CACHE_HOME/lattice/bin`,
 * then `~/.cache/lattice/bin`.
 *
 * @returns an absolute path unless the variable holds a relative one
 * @throws {LatticeError} `prerequisite` when neither variable nor a home directory is set
 */
export function toolsRoot(): string {
  const own = Deno.env.get("LATTICE_TOOLS_DIR");
  if (own) return own;
  const cache = Deno.env.get("XDG_CACHE_HOME");
  if (cache) return join(cache, "lattice", "bin");
  const home = Deno.env.get("HOME");
  if (home) return join(home, ".cache", "lattice", "bin");
  throw new LatticeError("prerequisite", "Cannot tell where the components are cached", {
    remedy: "set LATTICE_TOOLS_DIR, XDG_CACHE_HOME or HOME",
  });
}

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
  try {
    return inventorySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LatticeError("prerequisite", `Cannot read the component inventory "${from}"`, {
      remedy: "delete that file and run the set-up again",
      cause,
    });
  }
}

async function firstDamaged(dir: string, inventory: Inventory): Promise<string | undefined> {
  const checks = await Promise.all(inventory.files.map(async ({ path, size }) => {
    const info = await Deno.stat(join(dir, path)).catch(() => undefined);
    return info?.isFile === true && info.size === size ? undefined : path;
  }));
  return checks.find((path) => path !== undefined);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * Parses a manifest file as the set-up writes them (JSON documents between `---` lines).
 *
 * @param text content of the file
 * @returns its objects, in file order
 */
export function parseManifest(text: string): ManifestObject[] {
  return `\n${text}`.split("\n---\n").filter((part) => part.trim() !== "").map((part) =>
    JSON.parse(part)
  );
}

/**
 * Writes objects in the form that {@linkcode parseManifest} reads. JSON is YAML, so kubectl and
 * kwok read the files, too; parsing a megabyte of CRDs as JSON takes milliseconds, not a second.
 *
 * @param objects the objects, in the order they are to be applied
 * @returns the text of the file
 */
export function formatManifest(objects: readonly ManifestObject[]): string {
  return objects.map((object) => `---\n${JSON.stringify(object)}\n`).join("");
}
