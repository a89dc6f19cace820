/**
 * `deno task setup`: makes sure that the pinned real components are on this machine. They come from
 * the cache, else from a mirror of ready binaries (`LATTICE_TOOLS_MIRROR`), else from a build.
 *
 * Standard output carries the folders, one a line: that of the product set, then those of the sets
 * that were named. Everything for people goes to standard error.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LatticeError } from "@lattice/api/errors";
import { buildComponents } from "./build.ts";
import { writeInventory } from "./files.ts";
import { locateTools, openTools, type Tools, TOOLS_INVENTORY, toolsRoot } from "./locate.ts";
import { type Progress, standardErrorProgress } from "./progress.ts";
import { exportFolder, type Provision, provision } from "./provision.ts";
import { cacheKey } from "./recipe.ts";
import { ensureSet, setProvision } from "./sets/ensure.ts";
import { isSetName, SET_NAMES, SET_SUMMARIES, type SetName } from "./sets/recipe.ts";

export { ensureSet, type EnsureSetOptions } from "./sets/ensure.ts";

/** How to set up. */
export interface SetupOptions {
  /** Where progress goes. Default: standard error. */
  readonly progress?: Progress;
  /** Stops it; what is complete stays for the next run. */
  readonly signal?: AbortSignal;
}

/** What `deno task test` needs beside the product set. */
const TEST_SETS: readonly SetName[] = ["crds", "charts", "helm", "kubeadm", "rke2", "oracle"];

/** Not in `all`: it is no component, and it needs Python. */
const CRYPTO_SET = "crypto";

const USAGE = `Usage: deno task setup [--export DIR] [SET...]

Builds or fetches the real components (Kubernetes, etcd, Cluster API, kwok) once, and the sets that
are named:

${SET_NAMES.map((name) => `  ${name.padEnd(12)}${SET_SUMMARIES[name]}`).join("\n")}
  crypto      the crypto module from its sources (needs Python), compared with the committed one
  test        ${TEST_SETS.join(", ")}
  all         every set

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
    const signal = options.signal ?? new AbortController().signal;
    return await provision({ root: toolsRoot(), ...PRODUCT }, progress, signal);
  } finally {
    progress.close();
  }
}

const PRODUCT: Omit<Provision<Tools>, "root"> = {
  key: cacheKey(),
  format: TOOLS_INVENTORY,
  open: openTools,
  build: async (context) => {
    await buildComponents(context);
    await writeInventory(context.dir);
  },
};

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
    const { signal } = interrupted;
    const tools = await ensureTools({ signal });
    if (options.export !== undefined) await exportFolder(tools.dir, PRODUCT, options.export);
    say(`${tools.dir}\n`, Deno.stdout);
    await verifyCommittedModule();
    if (options.crypto) {
      const { buildCrypto } = await import("./crypto/ensure.ts");
      say(`${(await buildCrypto({ signal })).dir}\n`, Deno.stdout);
    }
    for (const name of options.sets) {
      const { dir } = await ensureSet(name, { signal });
      const what = await setProvision(name);
      if (options.export !== undefined) await exportFolder(dir, what, options.export);
      say(`${dir}\n`, Deno.stdout);
    }
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

/** Loading compares the committed module's digest and runs its self-test. */
async function verifyCommittedModule(): Promise<void> {
  const { loadCrypto } = await import("@lattice/crypto");
  await loadCrypto();
}

interface SetupArguments {
  /** Whether the crypto module is built from its sources. */
  readonly crypto: boolean;
  readonly sets: readonly SetName[];
  readonly export?: string;
  readonly help?: boolean;
}

function parseOptions(args: readonly string[]): SetupArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { export: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    const words = positionals.filter((word) => word !== CRYPTO_SET);
    const crypto = words.length < positionals.length;
    return { ...values, crypto, sets: [...new Set(words.flatMap(setsOf))] };
  } catch (cause) {
    // Node goes on with advice on positional arguments, which does not help here.
    const [reason = ""] = String(cause instanceof Error ? cause.message : cause).split(". To ");
    throw new LatticeError("usage", reason, {
      remedy: "see deno task setup --help",
      cause,
    });
  }
}

function setsOf(word: string): readonly SetName[] {
  if (word === "all") return SET_NAMES;
  if (word === "test") return TEST_SETS;
  if (isSetName(word)) return [word];
  throw new Error(`There is no set "${word}"; sets are ${SET_NAMES.join(", ")}, crypto, test, all`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
