/**
 * The recipe of the crypto module: where things lie, and the exact flags.
 *
 * @module
 */

import type { SourcePatch } from "../recipe.ts";

/** The source package that pip downloads. */
export const SOURCE_PACKAGE = "awscrt-0.38.1";
/** Folder of aws-lc inside the source package. */
export const AWS_LC: string = `${SOURCE_PACKAGE}/crt/aws-lc`;

/**
 * The one change to aws-lc's source: a hint to the compiler, no other instruction. Without assembly, SHA-256 is C;
 * with its rounds unrolled the schedule stays in registers, which makes it a seventh faster. A flag for all loops would
 * do the same to hundreds of others.
 */
export const UNROLL_SHA256: SourcePatch = {
  module: "aws-lc",
  file: "crypto/fipsmodule/sha/sha256.c",
  find: "    for (i = 16; i < 64; i += 8) {\n",
  replace: "#pragma clang loop unroll(full)\n    for (i = 16; i < 64; i += 8) {\n",
};

/** Files and folders of one build, all under `work`. */
export interface BuildPaths {
  /** Everything below lies in it; may be deleted at any time. */
  readonly work: string;
  /** Python environment with the pinned tools. */
  readonly venv: string;
  /** Unpacked aws-lc. */
  readonly source: string;
  /** Objects and `crypto/libcrypto.a`. */
  readonly objects: string;
  /** The linked module. */
  readonly wasm: string;
}

/** Names the paths of a build in `work`. */
export function buildPaths(work: string): BuildPaths {
  return {
    work,
    venv: `${work}/venv`,
    source: `${work}/${AWS_LC}`,
    objects: `${work}/objects`,
    wasm: `${work}/aws_lc.wasm`,
  };
}

/**
 * Flags for every C file.
 *
 * `-fno-builtin-free`: without assembly, `OPENSSL_cleanse` is a plain memset, and clang would drop it in front of
 * `free`, leaving key material behind. The prefix maps keep the place of the build out of the module.
 */
export function compileFlags(paths: BuildPaths): string[] {
  return [
    "-O3",
    "-DNDEBUG",
    "-fno-builtin-free",
    `-ffile-prefix-map=${paths.source}=aws-lc`,
    `-ffile-prefix-map=${paths.objects}=objects`,
  ];
}

/** Arguments of cmake that configure aws-lc's libcrypto for WebAssembly. */
export function configureArguments(paths: BuildPaths, zig: string, toolchain: string): string[] {
  return [
    "-G",
    "Ninja",
    "-S",
    paths.source,
    "-B",
    paths.objects,
    `-DCMAKE_TOOLCHAIN_FILE=${toolchain}`,
    `-DZIG=${zig}`,
    `-DCMAKE_MAKE_PROGRAM=${paths.venv}/bin/ninja`,
    "-DCMAKE_BUILD_TYPE=Release",
    `-DCMAKE_C_FLAGS_RELEASE=${compileFlags(paths).join(" ")}`,
    "-DOPENSSL_NO_ASM=1",
    // Its build passes a preprocessor flag that zig refuses; the host seeds us anyway.
    "-DDISABLE_CPU_JITTER_ENTROPY=ON",
    "-DBUILD_TESTING=OFF",
    "-DBUILD_LIBSSL=OFF",
    "-DBUILD_TOOL=OFF",
    "-DDISABLE_GO=ON",
    "-DDISABLE_PERL=ON",
  ];
}

/** Arguments of zig that compile the shim and link the module. */
export function linkArguments(paths: BuildPaths, shim: string, files: readonly string[]): string[] {
  return [
    "cc",
    "-target",
    "wasm32-wasi",
    ...compileFlags(paths),
    `-ffile-prefix-map=${shim}=shim`,
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-Werror",
    // A header of aws-lc has unused parameters.
    "-Wno-unused-parameter",
    "-mexec-model=reactor",
    `-I${paths.source}/include`,
    `-I${shim}`,
    ...files.map((file) => `${shim}/${file}`),
    `${paths.objects}/crypto/libcrypto.a`,
    "-Wl,--gc-sections",
    "-Wl,--strip-all",
    "-Wl,-z,stack-size=1048576",
    "-o",
    paths.wasm,
  ];
}
