/**
 * Files that are either complete or absent.
 *
 * @module
 */
import { join } from "node:path";
import { digestFile } from "./digest.ts";
import type { FileInventory, InventoryFormat } from "./inventory.ts";
import { type Inventory, TOOLS_INVENTORY } from "./locate.ts";
import { components, MANIFESTS, pinnedVersions, platform } from "./recipe.ts";

/**
 * Gives a finished file its name: flushed to disk first, so that a power cut cannot leave a short
 * file under the final name.
 *
 * @param partial the finished file under its temporary name
 * @param path the final name, in the same folder
 */
export async function publish(partial: string, path: string): Promise<void> {
  const file = await Deno.open(partial, { read: true, write: true });
  try {
    await file.sync();
  } finally {
    file.close();
  }
  await Deno.rename(partial, path);
}

/**
 * Writes the inventory. It is written last: its presence says that all the rest is there.
 *
 * @param dir the cache folder, with every program and manifest in it
 */
export async function writeInventory(dir: string): Promise<void> {
  const versions = pinnedVersions();
  const paths = [
    ...components(versions).map(({ name }) => name),
    ...MANIFESTS.map((name) => `manifests/${name}`),
  ];
  const files: Inventory["files"] = [];
  for (const path of paths) files.push({ path, ...await digestFile(join(dir, path)) });
  const inventory: Inventory = { schema: 1, platform: platform(), ...versions, files };
  await writeInventoryFile(dir, TOOLS_INVENTORY, inventory);
}

/**
 * Writes an inventory that is already known, e.g. a mirror's.
 *
 * @param dir the cache folder
 * @param format which inventory it is
 * @param inventory the content
 */
export async function writeInventoryFile<T extends FileInventory>(
  dir: string,
  format: InventoryFormat<T>,
  inventory: T,
): Promise<void> {
  const { fileName } = format;
  const partial = join(dir, `.${fileName}.partial`);
  await Deno.writeTextFile(partial, `${JSON.stringify(inventory, undefined, 2)}\n`);
  await publish(partial, join(dir, fileName));
}
