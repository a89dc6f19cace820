/**
 * The crypto module, built from its sources on this machine and held against the one in the
 * repository. A clone works without it: this is how anybody checks that the committed bytes are
 * what the sources say.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";
import { publish, writeInventoryFile } from "../files.ts";
import {
  type FileInventory,
  firstDamaged,
  inventoryFileSchema,
  type InventoryFormat,
  readInventoryText,
} from "../inventory.ts";
import { type Progress, progressDisplay, standardErrorProgress } from "../progress.ts";
import { type Provision, provision } from "../provision.ts";
import { platform } from "../recipe.ts";
import { setsRoot } from "../sets/locate.ts";
import { buildModule, sha256, SHIM } from "./build.ts";
import { recordedHash } from "./record.ts";

/** How to build or find the module. */
export interface BuildCryptoOptions {
  /** Takes each line of progress, without its newline. Default: progress on standard error. */
  readonly onProgress?: (line: string) => void;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Folder of the cache folders. Default: where the sets are. */
  readonly root?: string;
}

/** A module that was built from the sources. */
export interface BuiltModule {
  /** Its cache folder. */
  readonly dir: string;
  /** The module in it. */
  readonly path: string;
  /** SHA-256 of the module, hexadecimal. */
  readonly sha256: string;
}

/** Name of the module in its cache folder. */
const MODULE = "aws_lc.wasm";
/** What decides about the module's bytes, beside the shim. */
const RECIPE = ["build.ts", "recipe.ts", "requirements.txt", "source.txt", "toolchain.cmake"];

/** `crypto.json`, the inventory of the cache folder. */
export const CRYPTO_INVENTORY: InventoryFormat<FileInventory> = {
  fileName: "crypto.json",
  schema: z.strictObject({ platform: z.string(), files: z.array(inventoryFileSchema).length(1) }),
};

/**
 * Builds the module into the cache unless it is there, and compares it with the committed one.
 *
 * @param options progress and signal
 * @returns the module; its bytes are those of the repository
 * @throws {LatticeError} `conflict` when the bytes differ; `prerequisite` without Python or the
 *   packages; `internal` when the compiler fails
 */
export async function buildCrypto(options: BuildCryptoOptions = {}): Promise<BuiltModule> {
  const { onProgress } = options;
  const progress = onProgress
    ? progressDisplay({ terminal: false, write: (text) => onProgress(text.trimEnd()) })
    : standardErrorProgress();
  try {
    const signal = options.signal ?? new AbortController().signal;
    const built = await provision(await cryptoProvision(options.root), progress, signal);
    await compare(built, progress);
    return built;
  } finally {
    progress.close();
  }
}

async function compare(built: BuiltModule, progress: Progress): Promise<void> {
  const recorded = await recordedHash();
  if (built.sha256 !== recorded) {
    throw new LatticeError(
      "conflict",
      `The crypto module built here is ${built.sha256}, the repository's is ${recorded}`,
      { remedy: 'do not trust the committed module; "deno task build:crypto" replaces it' },
    );
  }
  progress.note(`The crypto module built here is the repository's: SHA-256 ${recorded}.`);
}

/**
 * Says where the built module belongs and how it comes to be there.
 *
 * @param root folder of the cache folders; default where the sets are
 * @returns its folder and how to open and build it; the same sources give the same folder
 */
export async function cryptoProvision(root?: string): Promise<Provision<BuiltModule>> {
  return {
    root: root ?? await setsRoot(),
    key: `crypto-${(await sourcesHash()).slice(0, 16)}`,
    format: CRYPTO_INVENTORY,
    open: openModule,
    build: async ({ dir, progress, signal }) => {
      const work = await Deno.realPath(await Deno.makeTempDir({ dir, prefix: "work-" }));
      try {
        const wasm = await buildModule({ work, progress, signal });
        await Deno.writeFile(join(dir, `${MODULE}.partial`), wasm);
        await publish(join(dir, `${MODULE}.partial`), join(dir, MODULE));
        const file = { path: MODULE, sha256: await sha256(wasm), size: wasm.length };
        const inventory = { platform: platform(), files: [file] };
        await writeInventoryFile(dir, CRYPTO_INVENTORY, inventory);
      } finally {
        await Deno.remove(work, { recursive: true });
      }
    },
  };
}

/** SHA-256 over the recipe, the pins and the shim, in a fixed order. */
async function sourcesHash(): Promise<string> {
  const entries = await Array.fromAsync(Deno.readDir(SHIM));
  const shim = entries.map(({ name }) => name).sort().map((name) => join(SHIM, name));
  const files = [...RECIPE.map((name) => join(import.meta.dirname ?? ".", name)), ...shim];
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  return await sha256(new TextEncoder().encode(texts.join("\0")));
}

/** The module of a complete cache folder; the digest is taken from the bytes, not from the inventory. */
async function openModule(dir: string): Promise<BuiltModule> {
  const path = join(dir, CRYPTO_INVENTORY.fileName);
  const text = await Deno.readTextFile(path).catch(() => "");
  const inventory = readInventoryText(CRYPTO_INVENTORY, text, path);
  const module = join(dir, MODULE);
  const damaged = await firstDamaged(dir, inventory) ?? inventory.files[0]?.path !== MODULE;
  if (damaged !== false) {
    throw new LatticeError("prerequisite", `The crypto module in "${dir}" is incomplete`);
  }
  return { dir, path: module, sha256: await sha256(await Deno.readFile(module)) };
}
