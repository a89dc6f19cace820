/**
 * Compiles the components with the Go command.
 *
 * @module
 */
import { join } from "node:path";
import { compileProgram, isBuilt, tidy } from "./compile.ts";
import { publish } from "./files.ts";
import { downloadModule, type GoEnvironment, requireGo } from "./go.ts";
import { formatManifest } from "./manifest_file.ts";
import { readManifests } from "./manifests.ts";
import { patchedCopy } from "./patch.ts";
import type { Progress } from "./progress.ts";
import { elapsed } from "./progress.ts";
import {
  type Component,
  components,
  MANIFESTS,
  type ModuleName,
  MODULES,
  pinnedVersions,
} from "./recipe.ts";
import { requireSpace } from "./space.ts";

/** Room for the programs themselves, with some to spare. */
const OUTPUT_BYTES = 1_500_000_000;
/** Room that a cold build takes in Go's own caches: modules and compiled packages. */
const GO_CACHE_BYTES = 6_000_000_000;

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
  const go = await requireGo(sourceFolder(dir, "main"), signal);
  const wanted = components(pinnedVersions());
  const total = wanted.length + 1;
  const missing = new Set<Component>();
  for (const component of wanted) {
    if (!await isBuilt(join(dir, component.name))) missing.add(component);
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

async function compile({ dir, signal }: BuildContext, component: Component): Promise<void> {
  const modFile = await patchedModule(dir, component, signal);
  const cwd = sourceFolder(dir, component.module);
  await compileProgram(dir, { ...component, cwd, modFile }, signal);
}

/** Makes a go.mod that points at a patched copy of the module. */
async function patchedModule(
  dir: string,
  { module, patch }: Component,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (patch === undefined) return undefined;
  const { folder } = await downloadModule(sourceFolder(dir, module), patch.module, signal);
  const copy = join(dir, "src", "patched");
  await patchedCopy(folder, copy, [patch], signal);
  const { goMod, goSum } = MODULES[module];
  const modFile = join(dir, "src", "patched.mod");
  await Deno.writeTextFile(modFile, `${goMod}\nreplace ${patch.module} => ${copy}\n`);
  await Deno.writeTextFile(join(dir, "src", "patched.sum"), goSum);
  return modFile;
}

function sourceFolder(dir: string, module: ModuleName): string {
  return join(dir, "src", module);
}

async function writeManifests({ dir, signal }: BuildContext): Promise<void> {
  const folder = join(dir, "manifests");
  await Deno.mkdir(folder, { recursive: true });
  const moduleFolder = async (module: ModuleName, path: string): Promise<string> =>
    (await downloadModule(sourceFolder(dir, module), path, signal)).folder;
  const manifests = await readManifests({
    capi: await moduleFolder("main", "sigs.k8s.io/cluster-api"),
    kwok: await moduleFolder("kwok", "sigs.k8s.io/kwok"),
  });
  for (const name of MANIFESTS) {
    const partial = join(folder, `.${name}.partial`);
    await Deno.writeTextFile(partial, formatManifest(manifests[name]));
    await publish(partial, join(folder, name));
  }
}
