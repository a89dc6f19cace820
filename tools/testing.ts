/**
 * Cache folders and mirrors of a few bytes, for the tests of this folder.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { digestFile } from "./digest.ts";
import { writeInventoryFile } from "./files.ts";
import { TOOLS_INVENTORY } from "./locate.ts";
import { cacheKey, pinnedVersions, platform } from "./recipe.ts";
import { SET_INVENTORY } from "./sets/locate.ts";
import { setKey, type SetName } from "./sets/recipe.ts";
import { loadRecipe } from "./sets/recipes.ts";

/** A folder that is deleted with the scope. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
}

/**
 * Makes an empty folder.
 *
 * @returns the folder; hold it with `await using`
 */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "lattice-tools-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Content of the files that {@linkcode smallMirror} makes. */
export const SMALL_FILES: Readonly<Record<string, string>> = {
  "etcd": "not really etcd",
  "kubectl": "nor kubectl",
  "manifests/capi-crds.yaml": "---\n{}\n",
};

/**
 * Writes a complete mirror whose components are a few bytes.
 *
 * @param mirror the mirror's folder
 * @returns the cache folder inside it
 */
export async function smallMirror(mirror: string): Promise<string> {
  const dir = join(mirror, cacheKey());
  const files = [];
  for (const [path, content] of Object.entries(SMALL_FILES)) {
    await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
    await Deno.writeTextFile(join(dir, path), content);
    files.push({ path, ...await digestFile(join(dir, path)) });
  }
  await writeInventoryFile(dir, TOOLS_INVENTORY, {
    schema: 1,
    platform: platform(),
    ...pinnedVersions(),
    files,
  });
  return dir;
}

/**
 * Writes a complete set whose files are a few bytes.
 *
 * @param mirror the folder of the cache folders
 * @param name which set it passes for
 * @returns the set's folder
 */
export async function smallSet(mirror: string, name: SetName): Promise<string> {
  const dir = join(mirror, setKey(await loadRecipe(name)));
  const files = [];
  for (const [path, content] of Object.entries(SMALL_SET_FILES)) {
    await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
    await Deno.writeTextFile(join(dir, path), content);
    files.push({ path, ...await digestFile(join(dir, path)) });
  }
  const versions = { capi: "1.2.3" };
  const inventory = { schema: 1 as const, set: name, platform: platform(), versions, files };
  await writeInventoryFile(dir, SET_INVENTORY, inventory);
  return dir;
}

const SMALL_SET_FILES: Readonly<Record<string, string>> = {
  "capd-manager": "not really a manager",
  "manifests/capd-crds.yaml": '---\n{"kind":"Small"}\n',
  "charts/cilium/.helmignore": "",
  "charts/cilium/templates/_helpers.tpl": "a template",
};

/** What a run of the set-up command did. */
export interface SetupRun {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

/**
 * Runs `tools/setup.ts` as a process of its own.
 *
 * @param args its arguments
 * @param env variables, on top of a PATH without Go
 * @returns how it ended
 */
export async function runSetup(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<SetupRun> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL("setup.ts", import.meta.url).href, ...args],
    env: { HOME: Deno.env.get("HOME") ?? "/", PATH: "/nonexistent", NO_COLOR: "1", ...env },
    clearEnv: true,
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    out: decoder.decode(output.stdout),
    err: decoder.decode(output.stderr),
  };
}
