/**
 * aws-lc and the shim as WebAssembly, written by `deno task build:crypto`.
 *
 * @module
 */

/** SHA-256 of the module, hexadecimal. */
export const SHA256: string;

/** Size of the module in bytes. */
export const SIZE: number;

/** The module in base64. */
export const MODULE: string;
