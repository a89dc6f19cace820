/**
 * Certificates and requests: what is issued is what was ordered, as node:crypto and openssl read it, and chains hold
 * exactly when they should.
 *
 * @module
 */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import {
  type CertificateTemplate,
  type ChainCheck,
  CryptoError,
  type Curve,
  loadCrypto,
  type PrivateKey,
} from "./mod.ts";

const crypto = await loadCrypto();
const DAY = 86_400_000;
const NOW = new Date("2026-11-23T12:00:00Z");
const hasCode = (code: string, field?: string) => (error: CryptoError) =>
  error instanceof CryptoError && error.code === code &&
  (field === undefined || error.field === field);

type Options = Partial<Omit<CertificateTemplate, "publicKey" | "signingKey">>;

/** A CA with its key. */
function authority(options: Options & { curve?: Curve } = {}): { key: PrivateKey; pem: string } {
  const key = crypto.generateKey(options.curve ?? "P-256");
  return { key, pem: certificate(key, key, { ca: {}, keyUsages: ["certSign"], ...options }) };
}

/** A certificate for `holder`, valid from yesterday to tomorrow unless `options` say otherwise. */
function certificate(holder: PrivateKey, signer: PrivateKey, options: Options): string {
  using publicKey = holder.publicKey();
  return crypto.issueCertificate({
    subject: { commonName: "test" },
    notBefore: new Date(NOW.getTime() - DAY),
    notAfter: new Date(NOW.getTime() + DAY),
    keyUsages: ["digitalSignature"],
    ...options,
    publicKey,
    signingKey: signer,
  });
}

const leafKey = crypto.generateKey("P-256");
const root = authority({ subject: { commonName: "root", organizations: ["Lattice"] } });

Deno.test("what is issued is what was ordered, for us and for node:crypto", () => {
  const usages = fc.uniqueArray(fc.constantFrom("server" as const, "client" as const));
  fc.assert(
    fc.property(
      fc.record({
        commonName: fc.stringMatching(/^[a-z:]{1,30}$/),
        organizations: fc.array(fc.stringMatching(/^[a-z:]{1,30}$/), { maxLength: 3 }),
      }),
      usages,
      fc.integer({ min: 0, max: 20_000 }),
      fc.constantFrom<Curve>("P-256", "P-384"),
      (subject, extendedKeyUsages, days, curve) => {
        const notBefore = new Date(NOW.getTime() + days * DAY);
        const notAfter = new Date(notBefore.getTime() + DAY);
        using key = crypto.generateKey(curve);
        const pem = certificate(key, root.key, {
          subject,
          issuerPem: root.pem,
          extendedKeyUsages,
          notBefore,
          notAfter,
          dnsNames: ["a.example", "*.b.example"],
          ipAddresses: ["10.0.0.1", "fd00::1"],
          uris: ["spiffe://lattice/cell/cluster/a"],
        });
        const ours = crypto.parseCertificate(pem);
        assert.equal(ours.version, 3);
        assert.equal(ours.subject.commonName, subject.commonName);
        assert.deepEqual(ours.subject.organizations, subject.organizations);
        assert.equal(ours.issuer.text, "O=Lattice,CN=root");
        assert.deepEqual([ours.notBefore, ours.notAfter], [notBefore, notAfter]);
        assert.deepEqual([...ours.extendedKeyUsages].sort(), [...extendedKeyUsages].sort());
        assert.deepEqual(ours.keyUsages, ["digitalSignature"]);
        assert.equal(ours.keyAlgorithm, curve);
        assert.equal(ours.isCa, false);
        assert.equal(ours.authorityKeyId, crypto.parseCertificate(root.pem).subjectKeyId);

        const theirs = new X509Certificate(pem);
        assert.equal(BigInt(`0x${theirs.serialNumber}`), BigInt(`0x${ours.serial}`));
        assert.equal(theirs.fingerprint256.replaceAll(":", "").toLowerCase(), ours.fingerprint);
        assert.equal(theirs.validFromDate.getTime(), notBefore.getTime());
        assert.equal(theirs.validToDate.getTime(), notAfter.getTime());
        assert.ok(theirs.verify(new X509Certificate(root.pem).publicKey));
        assert.ok(
          theirs.subjectAltName?.includes("DNS:*.b.example"),
          String(theirs.subjectAltName),
        );
        const chain = { certificatePem: pem, rootsPem: root.pem, at: notBefore };
        if (days === 0) assert.ok(crypto.verifyChain({ ...chain, host: "x.b.example" }).ok);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("serial numbers are positive, random and of 128 bits", () => {
  const serials = Array.from({ length: 100 }, () => {
    return crypto.parseCertificate(certificate(leafKey, root.key, { issuerPem: root.pem })).serial;
  });
  assert.equal(new Set(serials).size, 100);
  assert.ok(serials.every((serial) => serial.length <= 32));
  assert.ok(serials.filter((serial) => serial.length === 32).length > 80);
});

Deno.test("a CA carries its path length, or none", () => {
  for (const pathLength of [0, 1, 254]) {
    const { pem } = authority({ ca: { pathLength } });
    assert.equal(crypto.parseCertificate(pem).pathLength, pathLength);
  }
  const unlimited = crypto.parseCertificate(root.pem);
  assert.equal(unlimited.isCa, true);
  assert.equal("pathLength" in unlimited, false);
  assert.throws(
    () => authority({ ca: { pathLength: 255 } }),
    hasCode("validation", "ca.pathLength"),
  );
});

Deno.test("issueCertificate() refuses an issuer that cannot have issued it", () => {
  const other = authority();
  const leaf = certificate(leafKey, root.key, { issuerPem: root.pem });
  const cases: readonly [what: string, signer: PrivateKey, issuerPem: string][] = [
    ["the key of another CA", other.key, root.pem],
    ["an issuer that is no CA", leafKey, leaf],
    ["an issuer that is no certificate", root.key, "nothing"],
  ];
  for (const [what, signer, issuerPem] of cases) {
    assert.throws(
      () => certificate(leafKey, signer, { issuerPem }),
      hasCode("validation", "issuerPem"),
      what,
    );
  }
});

Deno.test("issueCertificate() refuses a validity that is none", () => {
  const cases: readonly [Date, Date][] = [
    [NOW, NOW],
    [new Date(NOW.getTime() + DAY), NOW],
    [new Date(-1000), NOW],
    [new Date(NaN), NOW],
    [NOW, new Date(NaN)],
    [NOW, new Date("+010000-01-01T00:00:00Z")],
  ];
  for (const [notBefore, notAfter] of cases) {
    assert.throws(
      () => certificate(leafKey, root.key, { issuerPem: root.pem, notBefore, notAfter }),
      hasCode("validation", "notAfter"),
    );
  }
});

Deno.test("dates up to the year 9999 survive the change of their encoding in 2050", () => {
  for (const end of ["2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]) {
    const notAfter = new Date(end);
    const pem = certificate(leafKey, root.key, { issuerPem: root.pem, notAfter });
    assert.equal(crypto.parseCertificate(pem).notAfter.getTime(), notAfter.getTime());
  }
});

Deno.test("verifyChain() accepts good chains and names what is wrong with others", () => {
  const middleKey = crypto.generateKey("P-384");
  const middle = certificate(middleKey, root.key, {
    subject: { commonName: "middle" },
    issuerPem: root.pem,
    ca: { pathLength: 0 },
    keyUsages: ["certSign"],
  });
  const leaf = certificate(leafKey, middleKey, {
    issuerPem: middle,
    dnsNames: ["a.example"],
    ipAddresses: ["10.0.0.1"],
    extendedKeyUsages: ["server"],
  });
  const low = crypto.generateKey("P-256");
  const beyond = certificate(low, middleKey, {
    subject: { commonName: "too low" },
    issuerPem: middle,
    ca: {},
    keyUsages: ["certSign"],
  });
  const tooDeep = certificate(leafKey, low, { issuerPem: beyond });
  const foreign = authority({ subject: { commonName: "root", organizations: ["Lattice"] } });
  const good: ChainCheck = { certificatePem: leaf + middle, rootsPem: root.pem, at: NOW };
  const at = (days: number) => new Date(NOW.getTime() + days * DAY);
  const cases: readonly [what: string, check: Partial<ChainCheck>, reason: RegExp | undefined][] = [
    ["good", {}, undefined],
    ["good for a server", { usage: "server", host: "a.example" }, undefined],
    ["good by address", { host: "10.0.0.1" }, undefined],
    ["several roots", { rootsPem: foreign.pem + root.pem }, undefined],
    ["wrong usage", { usage: "client" }, /purpose/],
    ["wrong host", { host: "b.example" }, /[Hh]ostname mismatch/],
    ["wrong address", { host: "10.0.0.2" }, /IP address mismatch/],
    ["common name is no host", { host: "test" }, /[Hh]ostname mismatch/],
    ["expired", { at: at(2) }, /expired/],
    ["not yet valid", { at: at(-2) }, /not yet valid/],
    ["no intermediate", { certificatePem: leaf }, /unable to get local issuer/],
    ["foreign root of the same name", { rootsPem: foreign.pem }, /signature failure|issuer/],
    ["leaf as root", { rootsPem: leaf }, /issuer/],
    ["too deep", { certificatePem: tooDeep + beyond + middle }, /path length/],
  ];
  for (const [what, change, reason] of cases) {
    const result = crypto.verifyChain({ ...good, ...change });
    if (reason === undefined) assert.deepEqual(result, { ok: true }, what);
    else assert.match(result.ok ? "accepted" : result.reason, reason, what);
  }
});

Deno.test("verifyChain() refuses text that holds no certificate", () => {
  const at = NOW;
  const check = { certificatePem: root.pem, rootsPem: root.pem, at };
  const broken = root.pem.replace("MII", "MIJ");
  for (
    const change of [{ certificatePem: "" }, { rootsPem: "" }, { rootsPem: root.pem + broken }]
  ) {
    assert.throws(() => crypto.verifyChain({ ...check, ...change }), hasCode("validation"));
  }
  assert.throws(
    () => crypto.verifyChain({ ...check, at: new Date(NaN) }),
    hasCode("validation"),
  );
});

Deno.test("a request whose signature was changed is refused", () => {
  const pem = crypto.createRequest(leafKey, { subject: { commonName: "a" } });
  const lines = pem.trim().split("\n");
  const der = Uint8Array.fromBase64(lines.slice(1, -1).join(""));
  der[der.length - 3]! ^= 1;
  const forged = [lines[0], der.toBase64(), lines.at(-1), ""].join("\n");
  assert.throws(() => crypto.parseRequest(forged), hasCode("validation"));
  assert.throws(() => crypto.requestKey(forged), hasCode("validation"));
  using key = crypto.requestKey(pem);
  assert.ok(key.verify(new Uint8Array(1), leafKey.sign(new Uint8Array(1))));
});

Deno.test("the key of a certificate verifies what its holder signed", () => {
  const pem = certificate(leafKey, root.key, { issuerPem: root.pem });
  using key = crypto.certificateKey(pem);
  const message = new TextEncoder().encode("hello");
  assert.ok(key.verify(message, leafKey.sign(message)));
});
