/**
 * What is left in the module's memory: no key after it was disposed of, and no growth however long one works.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MODULE, SHA256 } from "./aws_lc_wasm.js";
import { AwsLcCrypto } from "./aws_lc.ts";
import type { Engine } from "./engine.ts";
import { CryptoError, type Curve } from "./mod.ts";
import { startEngine, unpack } from "./load.ts";

/** A module of its own, whose memory can be looked into. */
async function fresh(): Promise<{ engine: Engine; crypto: AwsLcCrypto }> {
  const engine = await startEngine(unpack(MODULE), SHA256);
  return { engine, crypto: new AwsLcCrypto(engine, SHA256) };
}

/** How often `needle` occurs in the module's memory. */
function occurrences(engine: Engine, needle: Uint8Array): number {
  // One character a byte, so that the search runs in native code.
  const text = (data: Uint8Array) => new TextDecoder("latin1").decode(data);
  const memory = text(engine.read({ pointer: 0, length: engine.memoryBytes }));
  return memory.split(text(needle)).length - 1;
}

/** The private scalar inside a PKCS#8 PEM, most significant byte first. */
function scalarOf(pem: string, curve: Curve): Uint8Array {
  const der = Uint8Array.fromBase64(pem.split("\n").slice(1, -2).join(""));
  // ECPrivateKey: INTEGER 1, then the scalar as OCTET STRING of 32 or 48 bytes.
  const mark = curve === "P-256" ? "0201010420" : "0201010430";
  const at = der.toHex().indexOf(mark) / 2 + 5;
  return der.slice(at, at + (curve === "P-256" ? 32 : 48));
}

for (const curve of ["P-256", "P-384"] as const) {
  Deno.test(`no part of a ${curve} key is left in memory after it was disposed of`, async () => {
    const { engine, crypto } = await fresh();
    const key = crypto.generateKey(curve);
    const pem = key.exportPem();
    const scalar = scalarOf(pem, curve);
    const limbs = scalar.slice().reverse();
    const base64 = new TextEncoder().encode(pem.slice(70, 100));
    const traces = () =>
      [scalar, scalar.subarray(4, 16), limbs, limbs.subarray(4, 16), base64]
        .map((needle) => occurrences(engine, needle));

    assert.ok(traces().some((n) => n > 0), "the search must find a live key");
    const publicKey = key.publicKey();
    key.sign(new Uint8Array(40));
    key.agree(publicKey);
    crypto.createRequest(key, { subject: { commonName: "x" } });
    crypto.importKey(pem)[Symbol.dispose]();
    key[Symbol.dispose]();
    assert.deepEqual(traces(), [0, 0, 0, 0, 0]);
  });
}

Deno.test("secrets passed as arguments are not left in memory", async () => {
  const { engine, crypto } = await fresh();
  const key = crypto.randomBytes(32);
  const text = crypto.randomBytes(64);
  const sealed = crypto.seal(key, text);
  crypto.open(key, sealed);
  crypto.hmacSha256(key, text);
  crypto.hkdf("SHA-256", key, text, text, 32);
  assert.equal(occurrences(engine, key), 0);
  assert.equal(occurrences(engine, text), 0);
});

/** Rounds of seven operations. */
const ROUNDS = 1500;
/** How often a key is made, signs, verifies and is freed; `deno task test:soak` runs a million. */
const SIGNATURES = Number(Deno.env.get("LATTICE_CRYPTO_SOAK") ?? 1000);
/** After so many, nothing new is allocated any more. */
const WARM_UP = 100;
/** A long run says where it is. */
const REPORT_EVERY = 50_000;

Deno.test(`memory stays the same over ${7 * ROUNDS} operations`, async () => {
  const { crypto } = await fresh();
  const message = new Uint8Array(100);
  const request = (() => {
    using key = crypto.generateKey("P-256");
    return crypto.createRequest(key, { subject: { commonName: "a" }, dnsNames: ["a.example"] });
  })();
  const round = () => {
    using key = crypto.generateKey("P-256");
    using publicKey = key.publicKey();
    publicKey.verify(message, key.sign(message));
    crypto.sha256(message);
    crypto.seal(message.subarray(0, 32), message);
    crypto.parseRequest(request);
  };
  const failingRound = () => {
    refusal(() => crypto.importKey("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"));
    refusal(() => crypto.parseRequest(request.replace("MI", "MJ")));
    refusal(() => crypto.parseCertificate("nothing"));
  };
  for (let i = 0; i < 100; i++) {
    round();
    failingRound();
  }
  const before = crypto.info.memoryBytes;
  for (let i = 0; i < ROUNDS; i++) {
    round();
    if (i % 10 === 0) failingRound();
  }
  assert.equal(crypto.info.memoryBytes, before);
});

Deno.test(`memory stays the same over ${SIGNATURES} signatures`, async () => {
  const { crypto } = await fresh();
  const message = new Uint8Array(100);
  let before = 0;
  for (let i = 0; i < SIGNATURES; i++) {
    if (i === WARM_UP) before = crypto.info.memoryBytes;
    using key = crypto.generateKey("P-256");
    using publicKey = key.publicKey();
    assert.ok(publicKey.verify(message, key.sign(message)));
    if (i % REPORT_EVERY === REPORT_EVERY - 1) await report(i + 1, crypto.info.memoryBytes);
  }
  assert.equal(crypto.info.memoryBytes, before);
});

/** Counts go to standard error, where they do not disturb the test report. */
async function report(done: number, bytes: number): Promise<void> {
  const line = `${done} signed, verified, freed: WASM memory ${bytes} bytes\n`;
  await Deno.stderr.write(new TextEncoder().encode(line));
}

function refusal(work: () => unknown): void {
  assert.throws(work, CryptoError);
}

Deno.test("keys that nobody disposed of are freed with their owner", async () => {
  const { crypto } = await fresh();
  // A million handles of some hundred bytes each would need far more than this.
  for (let i = 0; i < 200; i++) crypto.generateKey("P-256");
  assert.ok(crypto.info.memoryBytes < 16 * 1024 * 1024);
});
