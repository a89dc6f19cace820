/**
 * Digests, HMAC, HKDF, AES-GCM, randomness and comparison: against NIST's answers and against node:crypto.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as node from "node:crypto";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { type CryptoError, type Hash, loadCrypto } from "./mod.ts";

const crypto = await loadCrypto();
const HASHES: readonly Hash[] = ["SHA-256", "SHA-384", "SHA-512"];
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const nodeName = (hash: Hash) => hash.replace("-", "").toLowerCase();

/** Whether the original NIST files are there, which count what they hold. */
const NIST_ALL = Deno.env.has("LATTICE_NIST_SHA2");
/** Their folder, or that of the committed samples. */
const NIST = Deno.env.get("LATTICE_NIST_SHA2") ?? `${import.meta.dirname}/testdata/nist`;

for (const hash of HASHES) {
  Deno.test(`digest() gives NIST's answers for ${hash}`, async () => {
    const name = hash.replace("-", "");
    const files = NIST_ALL ? ["ShortMsg", "LongMsg"] : ["ShortMsg"];
    const texts = files.map((file) => Deno.readTextFile(`${NIST}/${name}${file}.rsp`));
    const text = (await Promise.all(texts)).join("\n").replaceAll("\r", "");
    const cases = [...text.matchAll(/Len = (\d+)\nMsg = ([0-9a-f]+)\nMD = ([0-9a-f]+)/g)];
    assert.ok(cases.length >= 10);
    for (const [, length, message, digest] of cases) {
      const data = Uint8Array.fromHex(message!).subarray(0, Number(length) / 8);
      assert.equal(crypto.digest(hash, data).toHex(), digest);
    }
    if (NIST_ALL) {
      const line = `${hash}: ${cases.length} answers of NIST\n`;
      await Deno.stderr.write(new TextEncoder().encode(line));
    }
  });

  Deno.test(`digest(), hmac() and hkdf() with ${hash} equal node:crypto`, () => {
    fc.assert(fc.property(bytes(300), bytes(200), bytes(40), fc.integer({ min: 1, max: 300 }), (
      data,
      key,
      info,
      length,
    ) => {
      const name = nodeName(hash);
      assert.equal(
        crypto.digest(hash, data).toHex(),
        node.createHash(name).update(data).digest("hex"),
      );
      assert.equal(
        crypto.hmac(hash, key, data).toHex(),
        node.createHmac(name, key).update(data).digest("hex"),
      );
      assert.deepEqual(
        crypto.hkdf(hash, data, key, info, length),
        new Uint8Array(node.hkdfSync(name, data, key, info, length)),
      );
    }));
  });
}

Deno.test("digest() of long data equals node:crypto at the edges of its pieces", () => {
  for (const size of [(1 << 18) - 1, 1 << 18, (1 << 18) + 1, 3 * (1 << 18) + 17]) {
    const data = crypto.randomBytes(size);
    assert.equal(
      crypto.sha384(data).toHex(),
      node.createHash("sha384").update(data).digest("hex"),
    );
  }
});

Deno.test("digest() refuses a hash that is not allowed by its name", () => {
  for (const hash of ["SHA-1", "MD5", "SHA3-256", "toString", "constructor"]) {
    assert.throws(
      () => crypto.digest(hash as Hash, new Uint8Array(1)),
      (error: CryptoError) => error.code === "forbidden" && error.message.includes(`"${hash}"`),
    );
  }
});

Deno.test("equal() is equality of bytes", () => {
  fc.assert(fc.property(bytes(64), bytes(64), (a, b) => {
    assert.ok(crypto.equal(a, a.slice()));
    assert.equal(crypto.equal(a, b), equalBytes(a, b));
  }));
});

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

Deno.test("seal() and open() agree with node:crypto in both directions", () => {
  const keys = fc.constantFrom(16, 32).chain((n) => fc.uint8Array({ minLength: n, maxLength: n }));
  fc.assert(fc.property(keys, bytes(500), bytes(50), (key, data, aad) => {
    const sealed = crypto.seal(key, data, aad);
    assert.equal(sealed.length, data.length + 28);
    const name = key.length === 16 ? "aes-128-gcm" as const : "aes-256-gcm" as const;
    const decipher = node.createDecipheriv(name, key, sealed.subarray(0, 12));
    decipher.setAAD(aad).setAuthTag(sealed.subarray(-16));
    const opened = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
    assert.equal(opened.toString("hex"), data.toHex());

    const nonce = node.randomBytes(12);
    const cipher = node.createCipheriv(name, key, nonce).setAAD(aad);
    const body = Buffer.concat([cipher.update(data), cipher.final()]);
    const theirs = Buffer.concat([nonce, body, cipher.getAuthTag()]);
    assert.equal(crypto.open(key, theirs, aad).toHex(), data.toHex());
  }));
});

Deno.test("open() refuses what was changed anywhere", () => {
  const key = crypto.randomBytes(32);
  const sealed = crypto.seal(key, new TextEncoder().encode("a secret"), new Uint8Array([1]));
  const refused = (error: CryptoError) => error.code === "validation";
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i]! ^= 1;
    assert.throws(() => crypto.open(key, changed, new Uint8Array([1])), refused);
  }
  assert.throws(() => crypto.open(key, sealed, new Uint8Array([2])), refused);
  assert.throws(() => crypto.open(key, sealed.subarray(0, 27), new Uint8Array([1])), refused);
  assert.throws(() => crypto.open(crypto.randomBytes(32), sealed, new Uint8Array([1])), refused);
});

Deno.test("seal() refuses keys of other sizes", () => {
  for (const size of [0, 15, 17, 24, 31, 33, 64]) {
    assert.throws(
      () => crypto.seal(new Uint8Array(size), new Uint8Array(1)),
      (error: CryptoError) => error.code === "forbidden",
    );
  }
});

Deno.test("randomBytes() gives as many bytes as asked for, never the same twice", () => {
  for (const length of [0, 1, 16, 70_000, 1 << 20]) {
    assert.equal(crypto.randomBytes(length).length, length);
  }
  const seen = new Set(Array.from({ length: 2000 }, () => crypto.randomBytes(16).toHex()));
  assert.equal(seen.size, 2000);
  for (const length of [-1, 1.5, NaN, (1 << 20) + 1]) {
    assert.throws(
      () => crypto.randomBytes(length),
      (error: CryptoError) => error.code === "validation",
    );
  }
});

Deno.test("randomBytes() has every byte value about equally often", () => {
  const counts = new Uint32Array(256);
  for (const byte of crypto.randomBytes(1 << 20)) counts[byte]!++;
  const expected = (1 << 20) / 256;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // 255 degrees of freedom: mean 255, deviation 22.6; ten deviations leave no room for chance.
  assert.ok(chiSquare > 29 && chiSquare < 481, `chi-square ${chiSquare}`);
});
