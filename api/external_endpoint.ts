/**
 * URLs of external services, taken apart by a grammar that leaves nothing to interpretation.
 *
 * Two readers of one URL must never see different hosts: whoever compiles the policy and whoever makes the
 * call. So everything that URL parsers disagree about (credentials, encoded hosts, numbers in odd bases)
 * is refused.
 *
 * @module
 */
import type { ExternalEndpoint } from "./external_types.ts";
import { IPV4 } from "./schema_parts.ts";

const DEFAULT_PORTS: Readonly<Record<ExternalEndpoint["protocol"], number | undefined>> = {
  https: 443,
  http: 80,
  tcp: undefined,
  grpc: undefined,
};
const URL_PARTS =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:\[([^\[\]]*)\]|([^:/\[\]]*))(?::([0-9]{1,5}))?(\/\S*)?$/;
const DNS_NAME = /^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/;
const HINT = "write PROTOCOL://HOST:PORT, e.g. https://api.example.com:443";

/**
 * Takes the URL of an endpoint apart.
 *
 * @param name name of the endpoint
 * @param url `https://`, `http://`, `tcp://` or `grpc://` with a host, a port where the scheme has no
 *   default, and a path that is ignored; or `HOST:PORT`, which is TCP
 * @returns the endpoint, or what is wrong in the form `reason; remedy`
 */
export function parseEndpoint(name: string, url: string): ExternalEndpoint | string {
  if (url.length > 2048) return "is longer than 2048 characters; shorten it";
  if (!/^[!-[\]-~]*$/.test(url)) {
    return `holds a backslash, white space or a character beyond ASCII; ${HINT}`;
  }
  if (url.includes("@")) return "holds an @; leave credentials out and put them into a secret";
  if (/[?#]/.test(url)) return `has a query or a fragment; ${HINT}`;
  const parts = URL_PARTS.exec(url);
  if (!parts) return `is not a URL; ${HINT}`;
  const [, scheme, bracketed, plain = "", digits] = parts;
  const protocol = (scheme ?? "tcp").toLowerCase();
  if (!isProtocol(protocol)) return `has the scheme ${scheme}; write https, http, tcp or grpc`;
  const port = digits === undefined ? DEFAULT_PORTS[protocol] : Number(digits);
  if (port === undefined) return `has no port; ${HINT}`;
  if (port < 1 || port > 65535) return `has the port ${digits}; write one from 1 to 65535`;
  const host = bracketed === undefined ? plainHost(plain) : bracketedHost(bracketed);
  if (typeof host === "string") return host;
  const shown = host.address === "ipv6" ? `[${host.host}]` : host.host;
  return { name, protocol, ...host, port, url: `${protocol}://${shown}:${port}` };
}

type Host = Pick<ExternalEndpoint, "host" | "address">;

function isProtocol(text: string): text is ExternalEndpoint["protocol"] {
  return Object.hasOwn(DEFAULT_PORTS, text);
}

function plainHost(text: string): Host | string {
  const host = text.toLowerCase();
  if (host === "") return `has no host; ${HINT}`;
  if (IPV4.test(host)) {
    return isPublicIpv4(host.split(".").map(Number))
      ? { host, address: "ipv4" }
      : `has the address ${host}, which is of the machine itself or of no machine; write another`;
  }
  if (host.includes("*")) return "has a wildcard; write each host as an endpoint of its own";
  if (host.length > 253 || !DNS_NAME.test(host) || /(^|\.)[0-9]+$|(^|\.)0x[0-9a-f]*$/.test(host)) {
    return `has the host ${JSON.stringify(text)}, which is no full DNS name; ${HINT}`;
  }
  if (/\.(cluster\.local|svc|localhost|local\.internal)$/.test(host)) {
    return "has a host inside of the cluster; declare a resource of type service instead";
  }
  return { host };
}

// Loopback, link-local (where clouds serve credentials), unspecified, multicast and broadcast.
function isPublicIpv4(octets: readonly number[]): boolean {
  const [first = 0, second = 0] = octets;
  return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254);
}

function bracketedHost(text: string): Host | string {
  const groups = parseIpv6(text);
  if (!groups) return `has the address [${text}], which is not IPv6; ${HINT}`;
  const first = groups[0] ?? 0;
  const embeds = groups.slice(0, 5).every((group) => group === 0);
  if (embeds || first >= 0xff00 || (first & 0xffc0) === 0xfe80) {
    return `has the address [${text}], which is of the machine itself or of no machine; write another`;
  }
  return { host: formatIpv6(groups), address: "ipv6" };
}

/**
 * Reads an IPv6 address.
 *
 * @param text without brackets and zone
 * @returns eight groups, or undefined when it is not an address; forms with dots are not read
 */
export function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => half === "" ? [] : half.split(":"));
  const groups = [...head, ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  if (tail === undefined ? groups.length !== 8 : groups.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - groups.length }, () => "0");
  return [...head, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
}

// The one spelling of RFC 5952: lower case, the longest run of zeros shortened.
function formatIpv6(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(":");
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
}
