/**
 * Copies of Go modules with a few lines changed: Go allows no overlay on its module cache, and that
 * cache is not ours to change.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import type { SourcePatch } from "./recipe.ts";

/**
 * Copies a module and applies patches to the copy.
 *
 * @param original folder of the module
 * @param copy where the copy goes; what is there goes away
 * @param patches the replacements
 * @param signal stops it
 * @throws {LatticeError} `internal` when a patch does not fit
 */
export async function patchedCopy(
  original: string,
  copy: string,
  patches: readonly SourcePatch[],
  signal: AbortSignal,
): Promise<void> {
  await Deno.remove(copy, { recursive: true }).catch(ignoreMissing);
  await copyFolder(original, copy, signal);
  for (const patch of patches) {
    const file = join(copy, patch.file);
    await Deno.writeTextFile(file, applyPatch(await Deno.readTextFile(file), patch));
  }
}

/**
 * Copies a folder. Unlike the module cache, the copy is writable, so that it can be removed.
 *
 * @param from the folder
 * @param to the copy
 * @param signal stops it
 */
export async function copyFolder(from: string, to: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name), signal);
    else if (isFile) await Deno.writeFile(join(to, name), await Deno.readFile(join(from, name)));
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/**
 * Applies a patch to the text of a source file.
 *
 * @param source the file's text
 * @param patch the replacement
 * @returns the patched text
 * @throws {LatticeError} `internal` unless the text to replace occurs exactly once
 */
export function applyPatch(source: string, patch: SourcePatch): string {
  const [before, after, ...more] = source.split(patch.find);
  if (before !== undefined && after !== undefined && more.length === 0) {
    return before + patch.replace + after;
  }
  throw new LatticeError("internal", `Cannot patch "${patch.file}" of "${patch.module}"`, {
    remedy: "adapt the patch in the recipe below tools/ to the pinned version",
  });
}
