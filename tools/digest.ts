/**
 * SHA-256 of the files of the cache.
 *
 * @module
 */

/**
 * Computes the SHA-256 of a file.
 *
 * @param path the file; it is read into memory whole, the largest component has 110 MB
 * @returns lower-case hexadecimal digest, and the size in bytes
 * @throws {Deno.errors.NotFound} when there is no such file
 */
export async function digestFile(path: string): Promise<{ sha256: string; size: number }> {
  const bytes = await Deno.readFile(path);
  // Loaded on first use: when nothing is to be built or fetched, the set-up must take no time.
  const { loadCrypto } = await import("@lattice/crypto");
  const crypto = await loadCrypto();
  return { sha256: crypto.sha256(bytes).toHex(), size: bytes.byteLength };
}
