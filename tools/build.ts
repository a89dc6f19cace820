/**
 * Compiles the components with the Go command.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { publish } from "./files.ts";
import { formatManifest } from "./locate.ts";
import { readManifests } from "./manifests.ts";
import type { Progress } from "./progress.ts";
import { elapsed } from "./progress.ts";
import {
  BUILD_FLAGS,
  type Component,
  components,
  linkerFlags,
  MANIFESTS,
  MODULES,
  pinnedVersions,
  type SourcePatch,
} from "./recipe.ts";
import { requireSpace } from "./space.ts";

/** Oldest Go that compiles Kubernetes 1.35. */
const MINIMUM_GO = [1, 25] as const;
/** Room for the programs themselves, with some to spare. */
const OUTPUT_BYTES = 1_500_000_000;
/** Room that a cold build takes in Go's own caches: modules and compiled packages. */
const GO_CACHE_BYTES = 6_000_000_000;
const GO_REMEDY = 'install Go 1.25 or newer so that "go version" finds it, ' +
  "or set LATTICE_TOOLS_MIRROR to a folder or URL of ready binaries";
const LOG_TAIL_LINES = 15;

/** What a build works with. */
export interface BuildContext {
  /** The cache folder to fill. */
  readonly dir: string;
  /** Where progress goes. */
  readonly progress: Progress;
  /** Stops the build; what is built stays. */
  readonly signal: AbortSignal;
}

/**
 * Builds every component that the folder does not hold yet, and the manifests.
 *
 * @param context folder, progress and signal
 * @throws {LatticeError} `prerequisite` without Go, space or the sources; `internal` when the
 *   compiler fails; `interrupted` on abort
 */
export async function buildComponents(context: BuildContext): Promise<void> {
  const { dir, progress, signal } = context;
  await writeModules(dir);
  const go = await requireGo(dir, signal);
  const wanted = components(pinnedVersions());
  const total = wanted.length + 1;
  const missing = new Set<Component>();
  for (const component of wanted) {
    if (!await isFile(join(dir, component.name))) missing.add(component);
  }
  if (missing.size > 0) await announce(context, go, missing.size, wanted.length);
  for (const [position, component] of wanted.entries()) {
    progress.begin(position + 1, total, component.name);
    if (!missing.has(component)) {
      progress.end("already built");
      continue;
    }
    const startedAt = performance.now();
    await compile(context, component);
    progress.end(`built in ${elapsed(performance.now() - startedAt)}`);
  }
  progress.begin(total, total, "manifests");
  await writeManifests(context);
  progress.end("written");
  await tidy(dir);
}

/** Removes the build folder, and what a killed set-up may have left. */
async function tidy(dir: string): Promise<void> {
  await Deno.remove(join(dir, "src"), { recursive: true });
  for await (const { name } of Deno.readDir(dir)) {
    if (name.endsWith(".partial")) await Deno.remove(join(dir, name));
  }
}

interface GoEnvironment {
  readonly version: string;
  readonly cache: string;
  readonly moduleCache: string;
}

async function announce(
  { dir, progress }: BuildContext,
  go: GoEnvironment,
  missing: number,
  all: number,
): Promise<void> {
  const { kubernetes } = pinnedVersions();
  const sources = join(go.moduleCache, "k8s.io", `kubernetes@v${kubernetes}`);
  const cold = !await Deno.stat(sources).then(() => true, () => false);
  await requireSpace(dir, OUTPUT_BYTES, "the components", "LATTICE_TOOLS_DIR");
  if (cold) await requireSpace(go.cache, GO_CACHE_BYTES, "Go's build cache", "GOCACHE");
  const duration = cold
    ? "A first build downloads 1 GB of sources and takes 6 to 30 minutes on 2 cores"
    : "The sources are here already, so it takes a minute when Go has them compiled, else up to 30";
  progress.note(
    `Building ${missing} of ${all} components with ${go.version} into ${dir}. ` +
      `${duration}; interrupted, it goes on where it was.`,
  );
}

/** The build runs in copies, so it works wherever the files of Lattice themselves come from. */
async function writeModules(dir: string): Promise<void> {
  for (const [name, { goMod, goSum }] of Object.entries(MODULES)) {
    const folder = join(dir, "src", name);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "go.mod"), goMod);
    await Deno.writeTextFile(join(folder, "go.sum"), goSum);
  }
}

/** Asked inside the module, so that Go may first switch to a newer toolchain of its own. */
async function requireGo(dir: string, signal: AbortSignal): Promise<GoEnvironment> {
  const asked = await go(dir, "main", ["env", "GOVERSION", "GOCACHE", "GOMODCACHE"], signal);
  const [version = "", cache = "", moduleCache = ""] = asked.stdout.split("\n");
  if (asked.success && isRecentGo(version)) return { version, cache, moduleCache };
  const found = asked.success ? version : asked.stderr.trim().split("\n").at(-1) ?? "";
  throw new LatticeError("prerequisite", `Go is too old: need 1.25 or newer: ${found}`, {
    remedy: GO_REMEDY,
  });
}

/**
 * Tells whether a Go can build the components.
 *
 * @param version what `go env GOVERSION` says, e.g. `go1.25.3` or `devel go1.27-abc`
 * @returns whether it is 1.25 or newer
 */
export function isRecentGo(version: string): boolean {
  const match = /go(\d+)\.(\d+)/.exec(version);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > MINIMUM_GO[0] || (major === MINIMUM_GO[0] && minor >= MINIMUM_GO[1]);
}

async function compile({ dir, signal }: BuildContext, component: Component): Promise<void> {
  const modFile = await patchedModule(dir, component, signal);
  // A compiler outlives a killed set-up; with the pid in the name it cannot write into ours.
  const partial = join(dir, `.${component.name}.${Deno.pid}.partial`);
  const built = await go(dir, component.module, [
    "build",
    ...BUILD_FLAGS,
    ...(modFile === undefined ? [] : ["-modfile", modFile]),
    "-ldflags",
    linkerFlags(component),
    "-o",
    partial,
    component.package,
  ], signal);
  if (!built.success) throw buildError(component, built.stderr);
  await publish(partial, join(dir, component.name));
}

/**
 * Copies the module with the patch applied and makes a go.mod that points at the copy: Go allows no
 * overlay on its module cache, and that cache is not ours to change.
 */
async function patchedModule(
  dir: string,
  { module, patch }: Component,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (patch === undefined) return undefined;
  const original = await moduleFolder(dir, module, patch.module, signal);
  const source = applyPatch(await Deno.readTextFile(join(original, patch.file)), patch);
  const copy = join(dir, "src", "patched");
  await Deno.remove(copy, { recursive: true }).catch(ignoreMissing);
  await copyFolder(original, copy, signal);
  await Deno.writeTextFile(join(copy, patch.file), source);
  const { goMod, goSum } = MODULES[module];
  const modFile = join(dir, "src", "patched.mod");
  await Deno.writeTextFile(modFile, `${goMod}\nreplace ${patch.module} => ${copy}\n`);
  await Deno.writeTextFile(join(dir, "src", "patched.sum"), goSum);
  return modFile;
}

/** Unlike the module cache, the copy is writable, so that it can be removed. */
async function copyFolder(from: string, to: string, signal: AbortSignal): Promise<void> {
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
    remedy: "adapt the patch in tools/recipe.ts to the pinned version",
  });
}

/**
 * Explains why a build failed.
 *
 * @param component what was built
 * @param output what Go printed
 * @returns an error whose remedy fits the cause
 */
export function buildError(component: { name: string }, output: string): LatticeError {
  const tail = output.trim().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  const message = `Cannot build "${component.name}":\n${tail}`;
  if (/no space left on device/i.test(output)) {
    return new LatticeError("prerequisite", message, {
      remedy: "free some disk space, or point LATTICE_TOOLS_DIR and GOCACHE at another disk",
    });
  }
  if (/dial tcp|no such host|connection refused|TLS handshake|i\/o timeout|proxy/i.test(output)) {
    return new LatticeError("prerequisite", message, {
      remedy: "let Go reach its module proxy (see GOPROXY), or set LATTICE_TOOLS_MIRROR",
    });
  }
  return new LatticeError("internal", message, {
    remedy: "run the set-up again; it goes on with this component",
  });
}

async function writeManifests({ dir, signal }: BuildContext): Promise<void> {
  const folder = join(dir, "manifests");
  await Deno.mkdir(folder, { recursive: true });
  const manifests = await readManifests({
    capi: await moduleFolder(dir, "main", "sigs.k8s.io/cluster-api", signal),
    kwok: await moduleFolder(dir, "kwok", "sigs.k8s.io/kwok", signal),
  });
  for (const name of MANIFESTS) {
    const partial = join(folder, `.${name}.partial`);
    await Deno.writeTextFile(partial, formatManifest(manifests[name]));
    await publish(partial, join(folder, name));
  }
}

async function moduleFolder(
  dir: string,
  module: keyof typeof MODULES,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const found = await go(dir, module, ["mod", "download", "-json", path], signal);
  if (!found.success) throw buildError({ name: "manifests" }, found.stderr || found.stdout);
  return (JSON.parse(found.stdout) as { Dir: string }).Dir;
}

interface Outcome {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function go(
  dir: string,
  module: keyof typeof MODULES,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  try {
    const output = await new Deno.Command("go", {
      args: [...args],
      cwd: join(dir, "src", module),
      // A workspace file or flags of the person's own projects must not reach this build.
      env: { GOWORK: "off", GOFLAGS: "" },
      stdin: "null",
      signal,
    }).output();
    signal.throwIfAborted();
    const decoder = new TextDecoder();
    return {
      success: output.success,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new LatticeError("prerequisite", 'Go is not installed: no "go" on PATH', {
      remedy: GO_REMEDY,
      cause,
    });
  }
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile && info.size > 0, () => false);
}
