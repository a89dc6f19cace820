/**
 * Names in certificates: what is accepted, what is refused, and what comes back.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as net from "node:net";
import fc from "fast-check";
import { type CryptoError, loadCrypto } from "./mod.ts";
import { formatIp, isIpAddress } from "./names.ts";
import type { AlternativeNames, Name } from "./x509.ts";

const crypto = await loadCrypto();
const key = crypto.generateKey("P-256");
const request = (subject: Name, names: AlternativeNames = {}) =>
  crypto.parseRequest(crypto.createRequest(key, { subject, ...names }));

Deno.test("names that are written come back as they were", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    // deno-lint-ignore no-control-regex
    .filter((s) => s.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(s) && [...s].length <= 64);
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  // A last label of letters: "1.2.3.4" would be an address.
  const dns = fc.tuple(fc.array(label, { maxLength: 3 }), fc.stringMatching(/^[a-z]{1,8}$/))
    .map(([labels, last]) => [...labels, last].join("."));
  fc.assert(
    fc.property(
      fc.record({ commonName: text, organizations: fc.array(text, { maxLength: 3 }) }),
      fc.uniqueArray(dns, { maxLength: 4 }),
      fc.uniqueArray(fc.oneof(fc.ipV4(), fc.ipV6()).map(canonical), { maxLength: 4 }),
      (subject, dnsNames, ipAddresses) => {
        const read = request(subject, { dnsNames, ipAddresses, uris: ["spiffe://a/b"] });
        assert.equal(read.subject.commonName, subject.commonName);
        assert.deepEqual(read.subject.organizations, subject.organizations);
        assert.deepEqual(read.dnsNames, dnsNames);
        assert.deepEqual(read.ipAddresses, ipAddresses);
        assert.deepEqual(read.uris, ["spiffe://a/b"]);
      },
    ),
  );
});

/** The form in which the platform writes an address. */
function canonical(address: string): string {
  return net.isIPv6(address) ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}

Deno.test("isIpAddress() agrees with node:net on addresses and on near misses", () => {
  const near = fc.stringMatching(/^[0-9a-f:.%]{0,24}$/);
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), near), (text) => {
    if (text.includes("%")) assert.equal(isIpAddress(text), false);
    else assert.equal(isIpAddress(text), net.isIP(text) !== 0, text);
  }));
});

Deno.test("formatIp() writes bytes of a wrong length as hexadecimal", () => {
  assert.equal(formatIp(new Uint8Array([10, 0, 0, 1])), "10.0.0.1");
  assert.equal(formatIp(new Uint8Array(16)), "::");
  assert.equal(formatIp(new Uint8Array([1, 2, 3])), "invalid:010203");
});

Deno.test("createRequest() refuses malformed names and says which", () => {
  const cases: readonly [field: string, subject: Name, names: AlternativeNames][] = [
    ["commonName", { commonName: "" }, {}],
    ["commonName", { commonName: "a".repeat(65) }, {}],
    ["commonName", { commonName: "a\0b" }, {}],
    ["commonName", { commonName: "a\nb" }, {}],
    ["commonName", { commonName: "\ud800" }, {}],
    ["organizations[1]", { organizations: ["a", ""] }, {}],
    ["dnsNames[0]", {}, { dnsNames: [""] }],
    ["dnsNames[0]", {}, { dnsNames: ["a b"] }],
    ["dnsNames[0]", {}, { dnsNames: ["ä.example"] }],
    ["dnsNames[0]", {}, { dnsNames: ["-a.example"] }],
    ["dnsNames[0]", {}, { dnsNames: ["a..b"] }],
    ["dnsNames[0]", {}, { dnsNames: ["a.*.b"] }],
    ["dnsNames[0]", {}, { dnsNames: ["*"] }],
    ["dnsNames[0]", {}, { dnsNames: ["10.0.0.1"] }],
    ["dnsNames[0]", {}, { dnsNames: [`${"a".repeat(64)}.example`] }],
    ["dnsNames[0]", {}, { dnsNames: [`${"a.".repeat(127)}`] }],
    ["dnsNames[1]", {}, { dnsNames: ["a.example", "a.example\0.evil"] }],
    ["ipAddresses[0]", {}, { ipAddresses: ["10.0.0"] }],
    ["ipAddresses[0]", {}, { ipAddresses: ["10.0.0.256"] }],
    ["ipAddresses[0]", {}, { ipAddresses: ["fe80::1%eth0"] }],
    ["ipAddresses[0]", {}, { ipAddresses: ["a.example"] }],
    ["uris[0]", {}, { uris: ["no-scheme"] }],
    ["uris[0]", {}, { uris: ["a:b c"] }],
    ["uris[0]", {}, { uris: ["spiffe://ä"] }],
  ];
  for (const [field, subject, names] of cases) {
    assert.throws(
      () => request(subject, names),
      (error: CryptoError) => error.code === "validation" && error.field === field,
      JSON.stringify([subject, names]),
    );
  }
});

Deno.test("duplicates are written once", () => {
  const read = request({ commonName: "a" }, {
    dnsNames: ["a.example", "a.example"],
    ipAddresses: ["10.0.0.1", "10.0.0.1"],
  });
  assert.deepEqual(read.dnsNames, ["a.example"]);
  assert.deepEqual(read.ipAddresses, ["10.0.0.1"]);
});

Deno.test("a name in text form cannot pass for another", () => {
  const honest = request({ organizations: ["system:masters"], commonName: "a" }).subject.text;
  const forged = request({ commonName: "a,O=system:masters" }).subject.text;
  assert.equal(honest, "O=system:masters,CN=a");
  assert.equal(forged, "CN=a\\,O\\=system:masters");
});
