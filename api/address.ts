/**
 * Arithmetic on IPv4 addresses: networks, overlap, ranges.
 *
 * @module
 */
import { IPV4, IPV4_CIDR } from "./schema_parts.ts";

/** First and last address of a block, as 32-bit numbers. */
export interface AddressBlock {
  /** First address. */
  first: number;
  /** Last address, included. */
  last: number;
}

/** A range of addresses in a network. */
export interface AddressRange extends AddressBlock {
  /** Prefix length of the network. */
  prefix: number;
  /** The range as `first-last`, both dotted. */
  text: string;
}

/**
 * Reads a dotted address.
 *
 * @param address e.g. `10.0.0.1`
 * @returns 32-bit number, or undefined when it is not an IPv4 address
 */
export function parseAddress(address: string): number | undefined {
  if (!IPV4.test(address)) return undefined;
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/**
 * Writes an address with dots.
 *
 * @param address 32-bit number
 * @returns e.g. `10.0.0.1`
 */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/**
 * Reads a network in CIDR notation.
 *
 * @param cidr e.g. `10.0.0.0/24`; host bits are ignored
 * @returns its block, or undefined when it is not an IPv4 network
 */
export function parseCidr(cidr: string): AddressBlock | undefined {
  if (!IPV4_CIDR.test(cidr)) return undefined;
  const [address = "", prefix = ""] = cidr.split("/");
  return blockOf(parseAddress(address) ?? 0, Number(prefix));
}

/**
 * The network that an address lies in.
 *
 * @param address 32-bit number
 * @param prefix length of the network part, 0 to 32
 * @returns first and last address of that network
 */
export function blockOf(address: number, prefix: number): AddressBlock {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

/**
 * Whether two blocks share an address.
 *
 * @param a one block
 * @param b the other
 * @returns true when they overlap
 */
export function overlaps(a: AddressBlock, b: AddressBlock): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/**
 * Reads a range such as `10.0.0.101-110/24` or `10.0.0.101-10.0.0.110/24`.
 *
 * @param range text with first, last and prefix length
 * @returns the range, or a sentence that says what is wrong with it
 */
export function parseRange(range: string): AddressRange | string {
  const slash = range.lastIndexOf("/");
  const [start = "", ...rest] = range.slice(0, slash).split("-");
  const prefix = /^[0-9]{1,2}$/.test(range.slice(slash + 1)) ? Number(range.slice(slash + 1)) : 33;
  const first = parseAddress(start);
  const last = first === undefined ? undefined : parseEnd(start, rest.join("-"));
  if (slash < 0 || first === undefined || last === undefined) {
    return "is not a range of addresses";
  }
  if (prefix > 32) return "has a prefix length above 32";
  if (last < first) return "ends before it starts";
  const network = blockOf(first, prefix);
  if (last > network.last) return "leaves its network";
  return { first, last, prefix, text: `${formatAddress(first)}-${formatAddress(last)}` };
}

// The end is a whole address, or one number in place of the start's last octet.
function parseEnd(start: string, end: string): number | undefined {
  const isOctet = /^[0-9]{1,3}$/.test(end);
  return parseAddress(isOctet ? `${start.slice(0, start.lastIndexOf("."))}.${end}` : end);
}
