/**
 * Distinguished and alternative names: checked and written for the module, and read from it.
 *
 * @module
 */

import { CryptoError } from "./errors.ts";
import { toHex } from "./text.ts";
import { type WireReader, WireReader as Reader, WireWriter } from "./wire.ts";
import type { AlternativeNames, Name, ParsedName } from "./x509.ts";

/** Upper bounds of RFC 5280 for CN, O and OU, in characters. */
const MAX_ATTRIBUTE = 64;
const MAX_DNS_NAME = 253;
const MAX_URI = 2048;

const ATTRIBUTE = { commonName: 1, organization: 2, organizationalUnit: 3 } as const;
/** Kinds of alternative names, as in GeneralName. */
const KIND = { dns: 2, uri: 6, ip: 7 } as const;

const DNS_LABEL = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;
const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

function refuse(field: string, reason: string, remedy: string): never {
  throw new CryptoError("validation", `${field} ${reason}`, { field, remedy });
}

function attribute(value: string, field: string): string {
  const length = [...value].length;
  if (length === 0 || length > MAX_ATTRIBUTE) {
    refuse(field, `has ${length} characters`, `Give 1 to ${MAX_ATTRIBUTE} characters`);
  }
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(value) || !value.isWellFormed()) {
    refuse(field, "contains control characters", "Give printable text");
  }
  return value;
}

/** Whether `text` is an IPv4 or IPv6 address. */
export function isIpAddress(text: string): boolean {
  return IPV4.test(text) || isIpv6(text);
}

/** RFC 4291 text without a zone; the URL parser of the platform knows the grammar. */
function isIpv6(text: string): boolean {
  return /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(text) && URL.canParse(`http://[${text}]/`);
}

function dnsName(value: string, field: string): string {
  const labels = value.split(".");
  const checked = labels[0] === "*" && labels.length > 1 ? labels.slice(1) : labels;
  const wellFormed = value.length <= MAX_DNS_NAME &&
    checked.every((label) => DNS_LABEL.test(label));
  if (!wellFormed || IPV4.test(value)) {
    refuse(field, `"${value}" is not a DNS name`, "Write IP addresses under ipAddresses");
  }
  return value;
}

function ipAddress(value: string, field: string): string {
  if (!isIpAddress(value)) {
    refuse(field, `"${value}" is not an IP address`, "Write for example 10.0.0.1 or fd00::1");
  }
  return value;
}

function uri(value: string, field: string): string {
  const ascii = /^[\u0021-\u007e]+$/.test(value);
  if (!ascii || value.length > MAX_URI || !/^[A-Za-z][A-Za-z0-9+.-]*:./.test(value)) {
    refuse(field, "is not a URI", `Give an absolute URI of at most ${MAX_URI} ASCII characters`);
  }
  return value;
}

/** Appends a distinguished name. Order: O, OU, CN. */
export function writeName(out: WireWriter, name: Name): void {
  const inner = new WireWriter();
  name.organizations?.forEach((value, i) => {
    inner.number(ATTRIBUTE.organization, 1).text(attribute(value, `organizations[${i}]`), 2);
  });
  name.organizationalUnits?.forEach((value, i) => {
    inner.number(ATTRIBUTE.organizationalUnit, 1)
      .text(attribute(value, `organizationalUnits[${i}]`), 2);
  });
  if (name.commonName !== undefined) {
    inner.number(ATTRIBUTE.commonName, 1).text(attribute(name.commonName, "commonName"), 2);
  }
  out.prefixed(inner.finish(), 2);
}

/** Appends alternative names; each is checked, duplicates are written once. */
export function writeAlternativeNames(out: WireWriter, names: AlternativeNames): void {
  const inner = new WireWriter();
  const add = (kind: number, values: readonly string[] | undefined, field: string, check: Check) =>
    [...new Set(values)].forEach((value, i) => {
      inner.number(kind, 1).text(check(value, `${field}[${i}]`), 2);
    });
  add(KIND.dns, names.dnsNames, "dnsNames", dnsName);
  add(KIND.ip, names.ipAddresses, "ipAddresses", ipAddress);
  add(KIND.uri, names.uris, "uris", uri);
  out.prefixed(inner.finish(), 3);
}

type Check = (value: string, field: string) => string;

/** Reads a distinguished name. */
export function readName(reader: WireReader): ParsedName {
  const entries = new Reader(reader.bytes());
  const attributes: { type: string; value: string }[] = [];
  while (!entries.done) attributes.push({ type: entries.text(), value: entries.text() });
  const values = (type: string) => attributes.filter((a) => a.type === type).map((a) => a.value);
  return {
    commonName: values("CN")[0] ?? "",
    organizations: values("O"),
    attributes,
    text: attributes.map(({ type, value }) => `${type}=${escapeValue(value)}`).join(","),
  };
}

/** Escapes what RFC 4514 escapes, and control characters, so that a name cannot fake another in a log. */
function escapeValue(value: string): string {
  return value
    .replaceAll(/[\\",+<>;=]/g, (c) => `\\${c}`)
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (c) => {
      return `\\${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
    });
}

/** Reads alternative names. */
export function readAlternativeNames(
  reader: WireReader,
): { dnsNames: string[]; ipAddresses: string[]; uris: string[] } {
  const entries = new Reader(reader.bytes());
  const names = { dnsNames: [] as string[], ipAddresses: [] as string[], uris: [] as string[] };
  while (!entries.done) {
    const kind = entries.number(1);
    const value = entries.bytes();
    if (kind === KIND.ip) names.ipAddresses.push(formatIp(value));
    else if (kind === KIND.uri) names.uris.push(new TextDecoder().decode(value));
    else names.dnsNames.push(new TextDecoder().decode(value));
  }
  return names;
}

/** Text of 4 or 16 address bytes; other lengths, which only a wrong certificate has, as hexadecimal. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return `invalid:${toHex(bytes)}`;
  const groups = Array.from({ length: 8 }, (_, i) => {
    return ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16);
  });
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
