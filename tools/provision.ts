/**
 * Makes a cache folder complete, whatever is in it: from what is there, else from a mirror of ready
 * files (`LATTICE_TOOLS_MIRROR`), else by building it.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import type { BuildContext } from "./build.ts";
import { publish, writeInventoryFile } from "./files.ts";
import { type FileInventory, type InventoryFormat, readInventoryText } from "./inventory.ts";
import { takeLock } from "./lock.ts";
import { fetchFromMirror } from "./mirror.ts";
import type { Progress } from "./progress.ts";

/** A cache folder and how it comes to be. */
export interface Provision<T> {
  /** The folder of all cache folders. */
  readonly root: string;
  /** Name of the cache folder. */
  readonly key: string;
  /** What its inventory is like. */
  readonly format: InventoryFormat<FileInventory>;
  /** Opens it; fails with `prerequisite` when it is not complete. */
  open(dir: string): Promise<T>;
  /** Fills it; the inventory last. */
  build(context: BuildContext): Promise<void>;
}

/**
 * Fills a cache folder unless it is complete. Safe to call from several processes at once: one
 * works, the others wait for it.
 *
 * @param what the folder
 * @param progress where progress goes
 * @param signal stops it; what is complete stays for the next run
 * @returns what the folder holds
 * @throws {LatticeError} `prerequisite`, `unavailable` or `internal`, with a remedy
 */
export async function provision<T>(
  what: Provision<T>,
  progress: Progress,
  signal: AbortSignal,
): Promise<T> {
  const { root, key, format } = what;
  const dir = join(root, key);
  await makeFolder(dir);
  await using _lock = await takeLock(join(root, `${key}.lock`), {
    signal,
    onWait: (owner) => progress.note(`Another set-up is running (${owner}); waiting for it.`),
  });
  const ready = await what.open(dir).catch(() => undefined);
  if (ready) return ready;
  await dropDamaged(dir, format);
  const mirror = Deno.env.get("LATTICE_TOOLS_MIRROR");
  if (!mirror || !await fetchFromMirror(mirror, { dir, key, format, progress, signal })) {
    await what.build({ dir, progress, signal });
  }
  return await what.open(dir);
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await Deno.mkdir(dir, { recursive: true });
  } catch (cause) {
    throw new LatticeError("prerequisite", `Cannot write to the component cache "${dir}"`, {
      remedy: "make it writable, or set LATTICE_TOOLS_DIR to a folder that is",
      cause,
    });
  }
}

/** Files that no longer match a finished inventory go, so that they are made again. */
async function dropDamaged(dir: string, format: InventoryFormat<FileInventory>): Promise<void> {
  const path = join(dir, format.fileName);
  const text = await Deno.readTextFile(path).catch(() => undefined);
  if (text === undefined) return;
  try {
    for (const file of readInventoryText(format, text, path).files) {
      const info = await Deno.stat(join(dir, file.path)).catch(() => undefined);
      if (info && info.size !== file.size) await Deno.remove(join(dir, file.path));
    }
  } catch (error) {
    if (!(error instanceof LatticeError)) throw error;
  }
  await Deno.remove(path);
}

/**
 * Copies a cache folder to where it can serve as a mirror.
 *
 * @param dir the cache folder
 * @param what its name and its inventory
 * @param target the mirror's folder; other versions and platforms in it stay
 */
export async function exportFolder(
  dir: string,
  what: { readonly key: string; readonly format: InventoryFormat<FileInventory> },
  target: string,
): Promise<void> {
  const folder = join(target, what.key);
  const text = await Deno.readTextFile(join(dir, what.format.fileName));
  const inventory = readInventoryText(what.format, text, dir);
  for (const { path } of inventory.files) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.copyFile(join(dir, path), join(folder, `${path}.partial`));
    await publish(join(folder, `${path}.partial`), join(folder, path));
  }
  await writeInventoryFile(folder, what.format, inventory);
}
