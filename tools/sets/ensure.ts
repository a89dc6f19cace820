/**
 * Makes sure that a set is on this machine.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { progressDisplay, standardErrorProgress } from "../progress.ts";
import { type Provision, provision } from "../provision.ts";
import { buildSet } from "./build.ts";
import { openSet, SET_INVENTORY, setsRoot, type ToolSet } from "./locate.ts";
import { setKey, type SetName } from "./recipe.ts";
import { loadRecipe } from "./recipes.ts";

/** How to make a set. */
export interface EnsureSetOptions {
  /** Takes each line of progress, without its newline. Default: progress on standard error. */
  readonly onProgress?: (line: string) => void;
  /** Stops it; what is complete stays for the next run. */
  readonly signal?: AbortSignal;
}

/**
 * Returns a set, making it first when it is not there: from the cache, else from a mirror of ready
 * files (`LATTICE_TOOLS_MIRROR`), else by building it. Safe to call from several processes at once.
 *
 * @param name which set
 * @param options progress and signal
 * @returns the set
 * @throws {LatticeError} `prerequisite`, `unavailable` or `internal`, with a remedy
 */
export async function ensureSet(name: SetName, options: EnsureSetOptions = {}): Promise<ToolSet> {
  const what = await setProvision(name);
  const ready = await what.open(join(what.root, what.key)).catch((error: unknown) => {
    if (!(error instanceof LatticeError) || error.code !== "prerequisite") throw error;
    return undefined;
  });
  if (ready) return ready;
  const { onProgress } = options;
  const progress = onProgress
    ? progressDisplay({ terminal: false, write: (text) => onProgress(text.trimEnd()) })
    : standardErrorProgress();
  try {
    return await provision(what, progress, options.signal ?? new AbortController().signal);
  } finally {
    progress.close();
  }
}

/**
 * Says where a set belongs and how it comes to be there.
 *
 * @param name which set
 * @returns its folder and how to open and build it
 */
export async function setProvision(name: SetName): Promise<Provision<ToolSet>> {
  const recipe = await loadRecipe(name);
  return {
    root: await setsRoot(),
    key: setKey(recipe),
    format: SET_INVENTORY,
    open: (dir) => openSet(dir, name),
    build: (context) => buildSet(recipe, context),
  };
}
