/**
 * Hexadecimal and base64, on runtimes that have them built in and on those that do not yet (Node before 25).
 *
 * @module
 */

/**
 * Lower-case hexadecimal digits of some bytes.
 *
 * @param bytes A short value: a digest, a serial number, an address.
 */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The bytes of base64 text.
 *
 * @param text Base64 without line ends.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  // The module has a megabyte: the built-in way takes a twentieth of the time.
  if (typeof Uint8Array.fromBase64 === "function") return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
