/**
 * What the inventories of all cache folders share: a list of files with digest and size. An
 * inventory is written last, so its presence says that the folder is complete.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";

/** One file of an inventory. */
export interface InventoryFile {
  /** Path below the cache folder, e.g. `etcd` or `manifests/capi-crds.yaml`. */
  path: string;
  /** SHA-256 of the content, lower-case hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
}

/** The part of an inventory that copying and checking needs. */
export interface FileInventory {
  /** Operating system and architecture that the programs are for. */
  platform: string;
  /** Every other file of the folder. */
  files: InventoryFile[];
}

/** Where an inventory is and how it is read. */
export interface InventoryFormat<T extends FileInventory> {
  /** Its name in the cache folder. */
  readonly fileName: string;
  /** Schema of its content. */
  readonly schema: z.ZodType<T>;
}

/** Below the folder, without a way out of it; charts have deep paths and names such as `_a.tpl`. */
const RELATIVE_PATH = /^(?!.*(^|\/)\.\.?(\/|$))[\w.-]+(\/[\w.-]+)*$/;

/** Schema of {@linkcode InventoryFile}. */
export const inventoryFileSchema: z.ZodType<InventoryFile> = z.strictObject({
  path: z.string().regex(RELATIVE_PATH),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().nonnegative(),
});

/**
 * Parses an inventory.
 *
 * @param format its schema
 * @param text its content
 * @param from where it came from, for the message
 * @returns the checked inventory
 * @throws {LatticeError} `prerequisite` when it is no inventory
 */
export function readInventoryText<T extends FileInventory>(
  format: InventoryFormat<T>,
  text: string,
  from: string,
): T {
  try {
    return format.schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LatticeError("prerequisite", `Cannot read the component inventory "${from}"`, {
      remedy: "delete that file and run the set-up again",
      cause,
    });
  }
}

/**
 * Looks for a file that does not match the inventory; sizes only, digests take too long.
 *
 * @param dir the cache folder
 * @param inventory what should be in it
 * @returns the path of the first file that is absent or of another size
 */
export async function firstDamaged(
  dir: string,
  inventory: FileInventory,
): Promise<string | undefined> {
  const checks = await Promise.all(inventory.files.map(async ({ path, size }) => {
    const info = await Deno.stat(join(dir, path)).catch(() => undefined);
    return info?.isFile === true && info.size === size ? undefined : path;
  }));
  return checks.find((path) => path !== undefined);
}

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
