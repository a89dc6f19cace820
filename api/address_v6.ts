/**
 * Arithmetic on IPv6 addresses: reading, networks, ranges.
 *
 * @module
 */
import { parseAddress } from "./address.ts";

const GROUPS = 8;
const BITS = 128;

/** A range of IPv6 addresses in a network. */
export interface AddressRangeV6 {
  /** First address. */
  first: bigint;
  /** Last address, included. */
  last: bigint;
  /** Prefix length of the network. */
  prefix: number;
  /** The range as `first-last`, as it was written. */
  text: string;
}

/**
 * Reads an IPv6 address.
 *
 * @param address e.g. `fd00::1` or `::ffff:10.0.0.1`
 * @returns 128-bit number, or undefined when it is not an IPv6 address
 */
export function parseAddressV6(address: string): bigint | undefined {
  const [head = "", tail, ...more] = withoutDots(address).split("::");
  if (more.length > 0) return undefined;
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  if (!left || !right) return undefined;
  const missing = GROUPS - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...left, ...Array<number>(missing).fill(0), ...right]
    .reduce((sum, group) => sum * 0x10000n + BigInt(group), 0n);
}

/** Writes an IPv4 address at the end as two groups. */
function withoutDots(address: string): string {
  const colon = address.lastIndexOf(":");
  const last = parseAddress(address.slice(colon + 1));
  if (colon < 0 || last === undefined) return address;
  const groups = [Math.floor(last / 0x10000), last % 0x10000].map((group) => group.toString(16));
  return `${address.slice(0, colon + 1)}${groups.join(":")}`;
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}

/**
 * Reads a range such as `fd00::10-fd00::20/64`.
 *
 * @param range text with first, last and prefix length
 * @returns the range, or a sentence that says what is wrong with it
 */
export function parseRangeV6(range: string): AddressRangeV6 | string {
  const match = /^([^-/]+)-([^-/]+)\/([0-9]{1,3})$/.exec(range);
  const first = match?.[1] === undefined ? undefined : parseAddressV6(match[1]);
  const last = match?.[2] === undefined ? undefined : parseAddressV6(match[2]);
  if (first === undefined || last === undefined) return "is not a range of IPv6 addresses";
  const prefix = Number(match?.[3]);
  if (prefix > BITS) return "has a prefix length above 128";
  if (last < first) return "ends before it starts";
  if (!sameNetwork(first, last, prefix)) return "leaves its network";
  return { first, last, prefix, text: `${match?.[1]}-${match?.[2]}` };
}

/**
 * Whether two addresses are in the same network.
 *
 * @param a one address
 * @param b the other
 * @param prefix length of the network part, 0 to 128
 * @returns true when the network parts are the same
 */
export function sameNetwork(a: bigint, b: bigint, prefix: number): boolean {
  const host = BigInt(BITS - prefix);
  return a >> host === b >> host;
}
