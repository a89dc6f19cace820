/**
 * Cryptography for Lattice: aws-lc, compiled to WebAssembly, behind a small interface.
 *
 * ```ts
 * import { loadCrypto } from "@lattice/crypto";
 *
 * const crypto = await loadCrypto();
 * const digest = crypto.sha256(new TextEncoder().encode("abc"));
 * ```
 *
 * @module
 */

export * from "./errors.ts";
export * from "./interface.ts";
export * from "./x509.ts";

import type { Crypto } from "./interface.ts";

/** Loads and self-tests aws-lc once; later calls return the same object. */
export function loadCrypto(): Promise<Crypto> {
  throw new Error("not built yet");
}
