/**
 * Names, hashes and order: what makes the output stable to the byte.
 *
 * @module
 */

/** Longest name that a label value, a Service or a pod's volume may have. */
export const MAX_NAME = 63;

/** The prime of FNV is 2^40 plus this. */
const PRIME_LOW = 0x1b3;
const WORD = 0x1_0000_0000;

/**
 * A short fingerprint (FNV-1a, 64 bits). It tells texts apart; it does not resist anyone who searches for collisions.
 *
 * @param text what to fingerprint
 * @returns 16 hexadecimal digits
 */
export function fingerprint(text: string): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of new TextEncoder().encode(text)) {
    const mixed = (low ^ byte) >>> 0;
    // Both products stay below 2^53, so that numbers hold them exactly.
    const product = mixed * PRIME_LOW;
    high = (high * PRIME_LOW + Math.floor(product / WORD) + mixed * 0x100) % WORD;
    low = product % WORD;
  }
  return [high, low].map((word) => word.toString(16).padStart(8, "0")).join("");
}

/**
 * The name of an object that belongs to one part of a service.
 *
 * `SERVICE-PART` where that cannot be anybody else's name. With a dash in either of them it could: `a` + `b-c` and
 * `a-b` + `c` read the same. Those, and names that are too long, end in a fingerprint.
 *
 * @param service name of the service
 * @param part key of the resource or container
 * @param purpose what the object is for; parts of different purposes never share a name
 * @returns a DNS label
 */
export function derivedName(service: string, part: string, purpose: string): string {
  const plain = `${service}-${part}`;
  const reserved = part === "tls" || purpose !== "resource";
  if (!service.includes("-") && !part.includes("-") && !reserved && plain.length <= MAX_NAME) {
    return plain;
  }
  const suffix = fingerprint(`${purpose}/${service}/${part}`).slice(0, 8);
  const stem = purpose === "resource" ? plain : `${plain}-${purpose}`;
  return `${stem.slice(0, MAX_NAME - 9).replace(/-+$/, "")}-${suffix}`;
}

/**
 * The entries of a map in ascending order of their keys, independent of locale and of the order of insertion.
 *
 * @param map the map; absent: none
 * @returns its entries
 */
export function sortedEntries<T>(map: Readonly<Record<string, T>> | undefined): [string, T][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => compareText(a, b));
}

/**
 * Compares by UTF-16 code units, as `sort` does by default.
 *
 * @param a one text
 * @param b the other
 * @returns negative, 0 or positive
 */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Drops the fields that are not set.
 *
 * @param fields an object, some of whose fields are undefined
 * @returns the same object without those fields
 */
export function compact(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
