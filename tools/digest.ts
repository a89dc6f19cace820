/**
 * SHA-256 of the files of the cache.
 *
 * This is the one place outside `crypto/` that computes a digest: the set-up is build machinery
 * that must run before (and, through `tools/crypto`, in order to make) Lattice's own crypto, and it
 * streams files of more than 100 MB. It guards downloads and never touches a key or a secret.
 *
 * @module
 */
import { createHash } from "node:crypto";

/**
 * Computes the SHA-256 of a stream while passing its bytes on.
 *
 * @param stream the bytes
 * @param onChunk receives each chunk, in order
 * @returns lower-case hexadecimal digest, and the number of bytes
 */
export async function digestStream(
  stream: ReadableStream<Uint8Array>,
  onChunk?: (chunk: Uint8Array) => Promise<void>,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    size += chunk.byteLength;
    await onChunk?.(chunk);
  }
  return { sha256: hash.digest("hex"), size };
}

/**
 * Computes the SHA-256 of a file.
 *
 * @param path the file
 * @returns lower-case hexadecimal digest, and the size in bytes
 */
export async function digestFile(path: string): Promise<{ sha256: string; size: number }> {
  const file = await Deno.open(path);
  return await digestStream(file.readable);
}
