/**
 * Builds the crypto module: aws-lc's libcrypto and the shim in `crypto/shim`, as WebAssembly.
 *
 * Needs Python 3.8 or newer with `venv`, and the Python package index (or a mirror that pip knows).
 * Everything else is pinned by hash. The same sources give the same bytes on every machine.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { applyPatch } from "../patch.ts";
import type { Progress } from "../progress.ts";
import { elapsed } from "../progress.ts";
import {
  type BuildPaths,
  buildPaths,
  configureArguments,
  linkArguments,
  SOURCE_PACKAGE,
  UNROLL_SHA256,
} from "./recipe.ts";

const HERE = import.meta.dirname ?? ".";
/** Folder of the shim. */
export const SHIM: string = join(HERE, "../../crypto/shim");

/** How to build. */
export interface CryptoBuild {
  /** An existing folder for everything that the build needs; its absolute path without links. */
  readonly work: string;
  /** Compilers that run at once. Default 2. */
  readonly jobs?: number;
  /** Where progress goes. */
  readonly progress: Progress;
  /** Stops the build. */
  readonly signal: AbortSignal;
}

/**
 * Builds the module from its sources, which takes about two minutes and 1 GB of space.
 *
 * @param options folder, progress and signal
 * @returns the module
 * @throws {LatticeError} `prerequisite` without Python or the packages, `internal` when the compiler
 *   fails; the signal's reason when it is stopped
 */
export async function buildModule(options: CryptoBuild): Promise<Uint8Array<ArrayBuffer>> {
  const paths = buildPaths(options.work);
  const { progress, signal } = options;
  const steps: readonly [what: string, work: () => Promise<void>][] = [
    ["installing zig, cmake and ninja", () => installTools(paths, signal)],
    ["fetching aws-lc", () => fetchSource(paths, signal)],
    ["configuring", () => configure(paths, signal)],
    ["compiling libcrypto", () => compile(paths, options.jobs ?? 2, signal)],
    ["linking", () => link(paths, signal)],
  ];
  for (const [position, [what, work]] of steps.entries()) {
    const began = performance.now();
    progress.begin(position + 1, steps.length, `crypto module: ${what}`);
    await work();
    progress.end(elapsed(performance.now() - began));
  }
  return await Deno.readFile(paths.wasm);
}

/**
 * SHA-256 of some bytes. The build cannot use the module that it is building.
 *
 * @param bytes the bytes
 * @returns lower-case hexadecimal
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** What a program is run with. */
interface RunOptions {
  readonly signal: AbortSignal;
  readonly env?: Record<string, string>;
}

/** Runs a program; its output is shown only when it fails. */
async function run(program: string, args: readonly string[], options: RunOptions): Promise<void> {
  const { signal, env = {} } = options;
  signal.throwIfAborted();
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env,
    signal,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output().catch((cause) => {
    throw new LatticeError("prerequisite", `Cannot run ${program}`, {
      remedy: "install Python 3.8 or newer with venv",
      cause,
    });
  });
  signal.throwIfAborted();
  if (success) return;
  const text = new TextDecoder();
  throw new LatticeError(
    "internal",
    `${program} ${args[0] ?? ""} failed:\n${text.decode(stdout)}${text.decode(stderr)}`,
  );
}

/** Arguments of Python that run pip, quietly. */
const PIP = ["-m", "pip", "--disable-pip-version-check", "--quiet"];

/** Python environment with the pinned tools. */
async function installTools(paths: BuildPaths, signal: AbortSignal): Promise<void> {
  await run("python3", ["-m", "venv", "--clear", paths.venv], { signal });
  const wanted = ["--no-deps", "--only-binary=:all:", "--require-hashes"];
  const list = ["-r", join(HERE, "requirements.txt")];
  await run(join(paths.venv, "bin/python"), [...PIP, "install", ...wanted, ...list], { signal });
}

/** Downloads the source package, unpacks aws-lc and patches it. */
async function fetchSource(paths: BuildPaths, signal: AbortSignal): Promise<void> {
  const wanted = ["--no-deps", "--no-binary=:all:", "--no-build-isolation", "--require-hashes"];
  const list = ["-d", paths.work, "-r", join(HERE, "source.txt")];
  await run(join(paths.venv, "bin/python"), [...PIP, "download", ...wanted, ...list], { signal });
  const archive = join(paths.work, `${SOURCE_PACKAGE}.tar.gz`);
  const inner = paths.source.slice(paths.work.length + 1);
  await run("tar", ["-xzf", archive, "-C", paths.work, inner], { signal });
  const file = join(paths.source, UNROLL_SHA256.file);
  await Deno.writeTextFile(file, applyPatch(await Deno.readTextFile(file), UNROLL_SHA256));
}

async function configure(paths: BuildPaths, signal: AbortSignal): Promise<void> {
  const args = configureArguments(paths, await zigPath(paths), join(HERE, "toolchain.cmake"));
  await run(join(paths.venv, "bin/cmake"), args, { signal, env: zigCaches(paths) });
}

async function compile(paths: BuildPaths, jobs: number, signal: AbortSignal): Promise<void> {
  const args = ["-C", paths.objects, "-j", `${jobs}`, "crypto/libcrypto.a"];
  await run(join(paths.venv, "bin/ninja"), args, { signal, env: zigCaches(paths) });
}

async function link(paths: BuildPaths, signal: AbortSignal): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(SHIM));
  const files = entries.map(({ name }) => name).filter((name) => name.endsWith(".c")).sort();
  const args = linkArguments(paths, SHIM, files);
  await run(await zigPath(paths), args, { signal, env: zigCaches(paths) });
}

/** Keeps what zig caches inside the build's folder. */
function zigCaches({ work }: BuildPaths): Record<string, string> {
  return { ZIG_GLOBAL_CACHE_DIR: join(work, "zig"), ZIG_LOCAL_CACHE_DIR: join(work, "zig") };
}

/** Path of the zig executable inside the environment. */
async function zigPath(paths: BuildPaths): Promise<string> {
  for await (const entry of Deno.readDir(join(paths.venv, "lib"))) {
    const candidate = join(paths.venv, "lib", entry.name, "site-packages/ziglang/zig");
    if (await Deno.stat(candidate).then(() => true, () => false)) return candidate;
  }
  throw new LatticeError("internal", `ziglang is not in ${paths.venv}`, {
    remedy: "delete the folder and build again",
  });
}
