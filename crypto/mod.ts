/**
 * Cryptography for Lattice: aws-lc, compiled to WebAssembly, behind a small interface.
 *
 * ```ts
 * import { loadCrypto } from "@lattice/crypto";
 *
 * const crypto = await loadCrypto();
 * const digest = crypto.sha256(new TextEncoder().encode("abc"));
 * using key = crypto.generateKey("P-256");
 * const signature = key.sign(digest);
 * ```
 *
 * @module
 */

export * from "./errors.ts";
export * from "./interface.ts";
export * from "./x509.ts";
export { loadCrypto } from "./load.ts";
