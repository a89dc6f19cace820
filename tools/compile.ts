/**
 * Compiles one program into a cache folder, and cleans up behind all of them.
 *
 * @module
 */
import { join } from "node:path";
import { publish } from "./files.ts";
import { buildError, runGo } from "./go.ts";
import { BUILD_FLAGS, linkerFlags } from "./recipe.ts";

/** A program and where it is compiled. */
export interface Compilation {
  /** File name of the program. */
  readonly name: string;
  /** Folder with the go.mod that applies. */
  readonly cwd: string;
  /** Another go.mod to use instead. */
  readonly modFile?: string | undefined;
  /** Import path of its `main` package. */
  readonly package: string;
  /** String variables to set at link time, by import path and name. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Compiles a program.
 *
 * @param dir the cache folder; the program appears in it when it is complete
 * @param program what to compile
 * @param signal stops it
 * @throws {LatticeError} `prerequisite` or `internal`
 */
export async function compileProgram(
  dir: string,
  program: Compilation,
  signal: AbortSignal,
): Promise<void> {
  // A compiler outlives a killed set-up; with the pid in the name it cannot write into ours.
  const partial = join(dir, `.${program.name}.${Deno.pid}.partial`);
  const built = await runGo(program.cwd, [
    "build",
    ...BUILD_FLAGS,
    ...(program.modFile === undefined ? [] : ["-modfile", program.modFile]),
    "-ldflags",
    linkerFlags(program),
    "-o",
    partial,
    program.package,
  ], signal);
  if (!built.success) throw buildError(program, built.stderr);
  await publish(partial, join(dir, program.name));
}

/**
 * Removes the build folder, and what a killed set-up may have left.
 *
 * @param dir the cache folder
 */
export async function tidy(dir: string): Promise<void> {
  await Deno.remove(join(dir, "src"), { recursive: true });
  for await (const { name } of Deno.readDir(dir)) {
    if (name.endsWith(".partial")) await Deno.remove(join(dir, name));
  }
}

/**
 * Tells whether a program is there already.
 *
 * @param path its file
 * @returns whether it is a file with something in it
 */
export async function isBuilt(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile && info.size > 0, () => false);
}
