/**
 * `deno task setup`: makes sure that the pinned real components are on this machine. They come from
 * the cache, else from a mirror of ready binaries (`LATTICE_TOOLS_MIRROR`), else from a build.
 *
 * Standard output carries one line, the folder; everything for people goes to standard error.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LatticeError } from "@lattice/api/errors";
import { buildComponents } from "./build.ts";
import { publish, writeInventory, writeInventoryFile } from "./files.ts";
import { locateTools, openTools, parseInventory, type Tools, toolsRoot } from "./locate.ts";
import { takeLock } from "./lock.ts";
import { fetchFromMirror } from "./mirror.ts";
import { type Progress, standardErrorProgress } from "./progress.ts";
import { cacheKey } from "./recipe.ts";

/** How to set up. */
export interface SetupOptions {
  /** Where progress goes. Default: standard error. */
  readonly progress?: Progress;
  /** Stops it; what is complete stays for the next run. */
  readonly signal?: AbortSignal;
}

const USAGE = `Usage: deno task setup [--export DIR]

Builds or fetches the real components (Kubernetes, etcd, Cluster API, kwok) once.

  --export DIR   also write them to DIR, for use as LATTICE_TOOLS_MIRROR
  -h, --help     show this text

Environment: LATTICE_TOOLS_DIR (cache), LATTICE_TOOLS_MIRROR (folder or URL of ready binaries)
`;

/**
 * Returns the components, making them first when they are not there. Safe to call from several
 * processes at once: one works, the others wait for it.
 *
 * @param options progress and signal
 * @returns the components
 * @throws {LatticeError} `prerequisite`, `unavailable` or `internal`, with a remedy
 */
export async function ensureTools(options: SetupOptions = {}): Promise<Tools> {
  try {
    return await locateTools();
  } catch (error) {
    if (!(error instanceof LatticeError) || error.code !== "prerequisite") throw error;
    // A folder that was named itself is somebody's own; the set-up does not repair it.
    if (await isFile(join(toolsRoot(), "tools.json"))) throw error;
  }
  const progress = options.progress ?? standardErrorProgress();
  try {
    return await provision(progress, options.signal ?? new AbortController().signal);
  } finally {
    progress.close();
  }
}

async function provision(progress: Progress, signal: AbortSignal): Promise<Tools> {
  const root = toolsRoot();
  const dir = join(root, cacheKey());
  await makeFolder(dir);
  await using _lock = await takeLock(join(root, `${cacheKey()}.lock`), {
    signal,
    onWait: (owner) => progress.note(`Another set-up is running (${owner}); waiting for it.`),
  });
  const ready = await openTools(dir).catch(() => undefined);
  if (ready) return ready;
  await dropDamaged(dir);
  const mirror = Deno.env.get("LATTICE_TOOLS_MIRROR");
  if (!mirror || !await fetchFromMirror(mirror, { dir, progress, signal })) {
    await buildComponents({ dir, progress, signal });
    await writeInventory(dir);
  }
  return await openTools(dir);
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
async function dropDamaged(dir: string): Promise<void> {
  const path = join(dir, "tools.json");
  if (!await isFile(path)) return;
  try {
    const inventory = parseInventory(await Deno.readTextFile(path), path);
    for (const file of inventory.files) {
      const info = await Deno.stat(join(dir, file.path)).catch(() => undefined);
      if (info && info.size !== file.size) await Deno.remove(join(dir, file.path));
    }
  } catch (error) {
    if (!(error instanceof LatticeError)) throw error;
  }
  await Deno.remove(path);
}

/**
 * Copies the components to a folder that can serve as a mirror.
 *
 * @param tools the components
 * @param target the mirror's folder; other versions and platforms in it stay
 */
export async function exportTools(tools: Tools, target: string): Promise<void> {
  const folder = join(target, cacheKey());
  const text = await Deno.readTextFile(join(tools.dir, "tools.json"));
  const inventory = parseInventory(text, tools.dir);
  await Deno.mkdir(join(folder, "manifests"), { recursive: true });
  for (const { path } of inventory.files) {
    await Deno.copyFile(join(tools.dir, path), join(folder, `${path}.partial`));
    await publish(join(folder, `${path}.partial`), join(folder, path));
  }
  await writeInventoryFile(folder, inventory);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

function say(text: string, to: typeof Deno.stdout | typeof Deno.stderr): void {
  to.writeSync(new TextEncoder().encode(text));
}

/**
 * The command.
 *
 * @param args its arguments
 * @returns the exit code: 0 done, 1 failure, 2 usage, 130 interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, onSignal);
  try {
    const options = parseOptions(args);
    if (options.help) {
      say(USAGE, Deno.stdout);
      return 0;
    }
    const tools = await ensureTools({ signal: interrupted.signal });
    if (options.export !== undefined) await exportTools(tools, options.export);
    say(`${tools.dir}\n`, Deno.stdout);
    return 0;
  } catch (error) {
    if (interrupted.signal.aborted) {
      say("Interrupted. Run it again to go on; what is built is kept.\n", Deno.stderr);
      return 130;
    }
    if (!(error instanceof LatticeError)) throw error;
    say(`error: ${error.message}${error.remedy ? `; ${error.remedy}` : ""}\n`, Deno.stderr);
    return error.code === "usage" ? 2 : 1;
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(name, onSignal);
  }
}

function parseOptions(args: readonly string[]): { export?: string; help?: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { export: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    return values;
  } catch (cause) {
    throw new LatticeError("usage", cause instanceof Error ? cause.message : String(cause), {
      remedy: "see deno task setup --help",
      cause,
    });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
