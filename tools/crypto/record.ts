/**
 * The file that carries the crypto module in the repository, `crypto/aws_lc_wasm.js`.
 *
 * @module
 */
import { join } from "node:path";

const RECORD = join(import.meta.dirname ?? ".", "../../crypto/aws_lc_wasm.js");

/**
 * The hash that the repository records.
 *
 * @returns hexadecimal, or the empty string without a record
 */
export async function recordedHash(): Promise<string> {
  const text = await Deno.readTextFile(RECORD).catch(() => "");
  return /SHA256 = "([0-9a-f]{64})"/.exec(text)?.[1] ?? "";
}

/**
 * Records a module. It is not compressed: unpacking would take longer than reading more text.
 *
 * @param wasm the module
 * @param hash its SHA-256, hexadecimal
 */
export async function writeRecord(wasm: Uint8Array, hash: string): Promise<void> {
  await Deno.writeTextFile(
    RECORD,
    `// deno-fmt-ignore-file
// deno-lint-ignore-file
/* @ts-self-types="./aws_lc_wasm.d.ts" */
// aws-lc and the shim as WebAssembly. Written by \`deno task build:crypto\`; do not edit.
export const SHA256 = "${hash}";
export const SIZE = ${wasm.length};
export const MODULE = "${wasm.toBase64()}";
`,
  );
}
