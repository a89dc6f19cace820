/**
 * Makes what is in a set: compiles its programs and takes its manifests and charts out of modules.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import type { BuildContext } from "../build.ts";
import { compileProgram, isBuilt, tidy } from "../compile.ts";
import { digestFile } from "../digest.ts";
import { publish, writeInventoryFile } from "../files.ts";
import { buildError, downloadModule, requireGo, runGo } from "../go.ts";
import type { InventoryFile } from "../inventory.ts";
import { formatManifest } from "../manifest_file.ts";
import { copyFolder, patchedCopy } from "../patch.ts";
import { elapsed } from "../progress.ts";
import { platform, type SourcePatch } from "../recipe.ts";
import { requireSpace } from "../space.ts";
import { writeChart } from "./charts.ts";
import { SET_INVENTORY, type SetInventory } from "./locate.ts";
import { readCrds, readObjects } from "./manifests.ts";
import type { PinnedModule, SetFile, SetProgram, SetRecipe } from "./recipe.ts";

/** Room for one program, with some to spare. */
const PROGRAM_BYTES = 200_000_000;
/** Room that a cold build of a set takes in Go's own caches. */
const GO_CACHE_BYTES = 4_000_000_000;
/** The module in whose name modules are fetched that are compiled with their own go.mod. */
const PINS_GO_MOD = "module lattice.dev/pins\n\ngo 1.25.0\n";

/**
 * Fills the folder of a set; what is there already stays.
 *
 * @param recipe the set
 * @param context folder, progress and signal
 * @throws {LatticeError} `prerequisite` without Go, space or the sources; `internal` when the
 *   compiler fails
 */
export async function buildSet(recipe: SetRecipe, context: BuildContext): Promise<void> {
  const { dir, progress, signal } = context;
  const work = new Workshop(recipe, dir, signal);
  await work.open();
  await announce(recipe, context);
  const steps: [string, () => Promise<string>][] = [
    ...recipe.programs.map((program): [string, () => Promise<string>] => [
      program.name,
      () => buildOnce(work, program),
    ]),
    ...recipe.files.map((file): [string, () => Promise<string>] => [
      file.file,
      () => writeSetFile(work, file).then(() => "written", (cause) => cannotMake(file, cause)),
    ]),
  ];
  for (const [position, [name, step]] of steps.entries()) {
    progress.begin(position + 1, steps.length, `${recipe.name}: ${name}`);
    progress.end(await step());
  }
  await tidy(dir);
  await writeSetInventory(recipe, dir);
}

async function announce(
  recipe: SetRecipe,
  { dir, progress, signal }: BuildContext,
): Promise<void> {
  const go = await requireGo(join(dir, "src", "pins"), signal);
  const programs = recipe.programs.length;
  if (programs > 0) {
    await requireSpace(dir, programs * PROGRAM_BYTES, `"${recipe.name}"`, "LATTICE_TOOLS_DIR");
    await requireSpace(go.cache, GO_CACHE_BYTES, "Go's build cache", "GOCACHE");
  }
  progress.note(
    `Making "${recipe.name}" (${programs} programs, ${recipe.files.length} files) with ` +
      `${go.version} in ${dir}; interrupted, it goes on where it was.`,
  );
}

async function buildOnce(work: Workshop, program: SetProgram): Promise<string> {
  if (await isBuilt(join(work.dir, program.name))) return "already built";
  const startedAt = performance.now();
  const cwd = await work.compileFolder(program.module);
  await compileProgram(work.dir, { ...program, cwd }, work.signal);
  return `built in ${elapsed(performance.now() - startedAt)}`;
}

async function writeSetFile(work: Workshop, file: SetFile): Promise<void> {
  const folder = await work.moduleFolder(file.module);
  if (file.make === "chart") {
    return await writeChart(file, folder, join(work.dir, "charts", file.file), work.signal);
  }
  const objects = file.make === "crds"
    ? await readCrds(file, folder)
    : await readObjects(file, folder);
  if (objects.length === 0) throw new Error(`Cannot find anything for "${file.file}"`);
  const target = join(work.dir, "manifests");
  await Deno.mkdir(target, { recursive: true });
  const partial = join(target, `.${file.file}.partial`);
  await Deno.writeTextFile(partial, formatManifest(objects));
  await publish(partial, join(target, file.file));
}

/** A module that does not hold what the recipe expects is a mistake in the recipe. */
function cannotMake({ file, module }: SetFile, cause: unknown): never {
  if (cause instanceof LatticeError || !(cause instanceof Error)) throw cause;
  if (cause.name === "AbortError") throw cause;
  throw new LatticeError("internal", `Cannot take "${file}" from ${module}: ${cause.message}`, {
    remedy: "adapt the recipe below tools/sets to the pinned version",
    cause,
  });
}

/** The sources that a set is made from, in a folder that is removed in the end. */
class Workshop {
  readonly recipe: SetRecipe;
  readonly dir: string;
  readonly signal: AbortSignal;
  readonly #ready = new Map<string, Promise<string>>();

  constructor(recipe: SetRecipe, dir: string, signal: AbortSignal) {
    this.recipe = recipe;
    this.dir = dir;
    this.signal = signal;
  }

  /** Writes the files that Go starts from. */
  async open(): Promise<void> {
    const pins = { "go.mod": PINS_GO_MOD, "go.sum": this.recipe.sums };
    for (const [name, files] of Object.entries({ pins, ...this.recipe.sources })) {
      await Deno.mkdir(this.#path(name), { recursive: true });
      for (const [file, content] of Object.entries(files)) {
        await Deno.writeTextFile(join(this.#path(name), file), content);
      }
    }
  }

  /** The folder to compile in, patched. */
  compileFolder(module: string): Promise<string> {
    return this.#once(`compile ${module}`, async () => {
      if (this.recipe.sources[module] !== undefined) return await this.#patchedSource(module);
      const copy = this.#path(module.replaceAll("/", "-"));
      const original = await this.moduleFolder(module);
      await patchedCopy(original, copy, this.#patches(module), this.signal);
      return copy;
    });
  }

  /** The folder of a module, as it was published. */
  moduleFolder(module: string): Promise<string> {
    return this.#once(`module ${module}`, async () => {
      const pin = this.recipe.modules.find((m) => m.module === module);
      if (pin !== undefined) return await this.#fetchPinned(pin);
      const [source] = Object.keys(this.recipe.sources);
      const cwd = this.#path(source ?? "pins");
      return (await downloadModule(cwd, module, this.signal)).folder;
    });
  }

  async #fetchPinned({ module, version }: PinnedModule): Promise<string> {
    const { folder, sum } = await downloadModule(
      this.#path("pins"),
      `${module}@${version}`,
      this.signal,
    );
    if (this.recipe.sums.split("\n").includes(`${module} ${version} ${sum}`)) return folder;
    throw new LatticeError(
      "prerequisite",
      `The module ${module}@${version} is not the pinned one`,
      {
        remedy: "clean Go's module cache (go clean -modcache), and check GOPROXY",
      },
    );
  }

  /** The folder itself, or a copy of it in which patched copies take the place of modules. */
  async #patchedSource(source: string): Promise<string> {
    const original = this.#path(source);
    const modules = new Set(this.#patches(source).map((patch) => patch.module));
    if (modules.size === 0) return original;
    const cwd = this.#path(`${source}-patched`);
    await copyFolder(original, cwd, this.signal);
    for (const module of modules) {
      const { folder } = await downloadModule(original, module, this.signal);
      const copy = this.#path(`patched-${module.replaceAll("/", "-")}`);
      const patches = this.#patches(source).filter((patch) => patch.module === module);
      await patchedCopy(folder, copy, patches, this.signal);
      await this.#replaceModule(cwd, module, copy);
    }
    return cwd;
  }

  async #replaceModule(cwd: string, module: string, folder: string): Promise<void> {
    const edited = await runGo(cwd, ["mod", "edit", `-replace=${module}=${folder}`], this.signal);
    if (!edited.success) throw buildError({ name: module }, edited.stderr);
  }

  #patches(compiledIn: string): SourcePatch[] {
    return this.recipe.programs.filter((program) => program.module === compiledIn)
      .flatMap(({ patches }) => patches);
  }

  #path(name: string): string {
    return join(this.dir, "src", name);
  }

  #once(key: string, make: () => Promise<string>): Promise<string> {
    const made = this.#ready.get(key) ?? make();
    this.#ready.set(key, made);
    return made;
  }
}

async function writeSetInventory(recipe: SetRecipe, dir: string): Promise<void> {
  const files: InventoryFile[] = [];
  for (const path of await listFiles(dir, "")) {
    files.push({ path, ...await digestFile(join(dir, path)) });
  }
  const inventory: SetInventory = {
    schema: 1,
    set: recipe.name,
    platform: platform(),
    versions: recipe.versions,
    files,
  };
  await writeInventoryFile(dir, SET_INVENTORY, inventory);
}

/** Paths of all files below a folder, sorted. */
async function listFiles(dir: string, below: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(dir, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) paths.push(...await listFiles(dir, path));
    else if (!name.endsWith(".partial")) paths.push(path);
  }
  return paths.sort();
}
