/**
 * Keys: formats, refusals, agreement with node:crypto and WebCrypto, and their life as handles.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as node from "node:crypto";
import fc from "fast-check";
import { CryptoError, type Curve, type Hash, loadCrypto, type PrivateKey } from "./mod.ts";

const crypto = await loadCrypto();
const CURVES: readonly Curve[] = ["P-256", "P-384"];
const hasCode = (code: string) => (error: CryptoError) =>
  error instanceof CryptoError && error.code === code;

/** A private key made by node:crypto. */
function foreignKey(type: "ec" | "rsa" | "ed25519", option: string | number): node.KeyObject {
  if (type === "ec") return node.generateKeyPairSync("ec", { namedCurve: `${option}` }).privateKey;
  if (type === "rsa") {
    return node.generateKeyPairSync("rsa", { modulusLength: Number(option) }).privateKey;
  }
  return node.generateKeyPairSync("ed25519").privateKey;
}

for (const curve of CURVES) {
  const hash = curve === "P-256" ? "SHA-256" : "SHA-384";

  Deno.test(`sign() on ${curve} convinces node:crypto, WebCrypto and ourselves`, async () => {
    using key = crypto.generateKey(curve);
    using publicKey = key.publicKey();
    const der = publicKey.exportDer();
    const theirs = node.createPublicKey(publicKey.exportPem());
    const web = await globalThis.crypto.subtle.importKey(
      "spki",
      Uint8Array.from(der),
      { name: "ECDSA", namedCurve: curve },
      false,
      ["verify"],
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const message = Uint8Array.from(bytes);
        const signature = key.sign(message);
        assert.ok(publicKey.verify(message, signature));
        assert.ok(node.verify(hash.replace("-", ""), message, theirs, signature));
        const raw = Uint8Array.from(key.sign(message, { format: "raw" }));
        assert.ok(publicKey.verify(message, raw, { format: "raw" }));
        assert.ok(
          await globalThis.crypto.subtle.verify({ name: "ECDSA", hash }, web, raw, message),
        );
      }),
      { numRuns: 30 },
    );
  });

  Deno.test(`verify() on ${curve} takes signatures of node:crypto and refuses changed ones`, () => {
    const theirs = foreignKey("ec", curve);
    using key = crypto.importKey(
      theirs.export({ type: "pkcs8", format: "pem" }).toString(),
    );
    using publicKey = key.publicKey();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), (message, at) => {
        const signature = node.sign(hash.replace("-", ""), message, theirs);
        assert.ok(publicKey.verify(message, signature));
        const wrong = message.slice();
        wrong[at % wrong.length]! ^= 1;
        assert.ok(!publicKey.verify(wrong, signature));
        const broken = Uint8Array.from(signature);
        broken[at % broken.length]! ^= 1;
        assert.ok(!publicKey.verify(message, broken));
        assert.ok(!publicKey.verify(message, signature, { format: "raw" }));
      }),
      { numRuns: 30 },
    );
  });

  Deno.test(`agree() on ${curve} gives both sides, and node:crypto, the same secret`, () => {
    using a = crypto.generateKey(curve);
    using b = crypto.generateKey(curve);
    using aPublic = a.publicKey();
    using bPublic = b.publicKey();
    const secret = a.agree(bPublic);
    assert.equal(secret.length, curve === "P-256" ? 32 : 48);
    assert.deepEqual(b.agree(aPublic), secret);
    const theirs = node.diffieHellman({
      privateKey: node.createPrivateKey(a.exportPem()),
      publicKey: node.createPublicKey(bPublic.exportPem()),
    });
    assert.equal(theirs.toString("hex"), secret.toHex());
  });

  Deno.test(`importKey() reads SEC 1 and PKCS#8 of ${curve} and exports PKCS#8`, () => {
    const theirs = foreignKey("ec", curve);
    const pkcs8 = theirs.export({ type: "pkcs8", format: "pem" }).toString();
    for (const pem of [pkcs8, theirs.export({ type: "sec1", format: "pem" }).toString()]) {
      using key = crypto.importKey(pem);
      assert.equal(key.algorithm, curve);
      assert.equal(key.bits, Number(curve.slice(2)));
      assert.equal(key.exportPem(), pkcs8);
    }
  });
}

Deno.test("agree() refuses another curve", () => {
  using a = crypto.generateKey("P-256");
  using b = crypto.generateKey("P-384");
  using bPublic = b.publicKey();
  assert.throws(() => a.agree(bPublic), hasCode("validation"));
});

Deno.test("RSA keys of 2048 bits and more are read, sign and verify; shorter ones are refused", () => {
  const theirs = foreignKey("rsa", 2048);
  const message = new TextEncoder().encode("hello");
  using key = crypto.importKey(theirs.export({ type: "pkcs1", format: "pem" }).toString());
  using publicKey = key.publicKey();
  assert.equal(key.algorithm, "RSA");
  assert.equal(publicKey.bits, 2048);
  for (const hash of ["SHA-256", "SHA-384", "SHA-512"] as Hash[]) {
    const name = hash.replace("-", "");
    assert.ok(node.verify(name, message, publicKey.exportPem(), key.sign(message, { hash })));
    assert.ok(publicKey.verify(message, node.sign(name, message, theirs), { hash }));
  }
  assert.throws(() => key.sign(message, { format: "raw" }), hasCode("validation"));
  const short = foreignKey("rsa", 1024).export({ type: "pkcs8", format: "pem" }).toString();
  assert.throws(() => crypto.importKey(short), hasCode("forbidden"));
});

Deno.test("importKey() and importPublicKey() refuse what is not allowed, by code", () => {
  const pkcs8 = (key: node.KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
  const spki = (key: node.KeyObject) =>
    node.createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const encrypted = foreignKey("ec", "P-256").export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  }).toString();
  const good = pkcs8(foreignKey("ec", "P-256"));
  const cases: readonly [what: string, pem: string, code: string][] = [
    ["secp256k1", pkcs8(foreignKey("ec", "secp256k1")), "forbidden"],
    ["P-521", pkcs8(foreignKey("ec", "P-521")), "forbidden"],
    ["P-224", pkcs8(foreignKey("ec", "P-224")), "forbidden"],
    ["Ed25519", pkcs8(foreignKey("ed25519", "")), "forbidden"],
    ["an encrypted key", encrypted, "validation"],
    ["an empty text", "", "validation"],
    ["a public key", spki(foreignKey("ec", "P-256")), "validation"],
    ["a truncated key", good.slice(0, 100), "validation"],
    ["a key with a changed letter", good.replace("MIG", "MIH"), "validation"],
  ];
  for (const [what, pem, code] of cases) {
    assert.throws(() => crypto.importKey(pem), hasCode(code), what);
  }
  for (const curve of ["P-521", "P-224"]) {
    const pem = spki(foreignKey("ec", curve));
    assert.throws(() => crypto.importPublicKey(pem), hasCode("forbidden"), curve);
  }
  assert.throws(() => crypto.importPublicKey(good), hasCode("validation"), "a private key");
  assert.throws(() => crypto.generateKey("P-521" as Curve), hasCode("forbidden"));
});

Deno.test("errors about keys never contain the key", () => {
  const pem = foreignKey("ec", "P-256").export({ type: "pkcs8", format: "pem" }).toString();
  const broken = pem.replace("MIG", "MIH");
  assert.throws(() => crypto.importKey(broken), (error: CryptoError) => {
    const secret = broken.split("\n")[1]!.slice(0, 12);
    return !`${error.message} ${error.stack} ${error.field} ${error.remedy}`.includes(secret);
  });
});

Deno.test("a key refuses every use after it was disposed of, and disposing twice is harmless", () => {
  const key: PrivateKey = crypto.generateKey("P-256");
  const publicKey = key.publicKey();
  key[Symbol.dispose]();
  key[Symbol.dispose]();
  const uses: readonly (() => unknown)[] = [
    () => key.sign(new Uint8Array(1)),
    () => key.publicKey(),
    () => key.exportPem(),
    () => key.agree(publicKey),
  ];
  for (const use of uses) assert.throws(use, hasCode("usage"));
  publicKey[Symbol.dispose]();
  assert.throws(() => publicKey.exportPem(), hasCode("usage"));
});

Deno.test("keys that other code made are refused", () => {
  using key = crypto.generateKey("P-256");
  assert.throws(() => key.agree({ algorithm: "P-256" } as never), hasCode("usage"));
});

Deno.test("every generated key is different", () => {
  const pems = Array.from({ length: 50 }, () => {
    using key = crypto.generateKey("P-256");
    return key.exportPem();
  });
  assert.equal(new Set(pems).size, 50);
});
