/**
 * Mutated certificates, requests and keys: every one is read or refused with a typed error; nothing traps, nothing
 * is leaked. `LATTICE_FUZZ=100000` is the long run; a failure prints the seed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AwsLcCrypto } from "./aws_lc.ts";
import { MODULE, SHA256 } from "./aws_lc_wasm.js";
import { startEngine, unpack } from "./load.ts";
import { type Crypto, CryptoError } from "./mod.ts";

const INPUTS = Number(Deno.env.get("LATTICE_FUZZ") ?? 4000);
const SEED = Number(Deno.env.get("LATTICE_FUZZ_SEED") ?? Date.now() % 1_000_000_007);

/** A small generator whose stream depends on the seed only (xorshift, 32 bits). */
function generator(seed: number): (below: number) => number {
  let state = (seed | 0) || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Mutation = (der: number[], random: (below: number) => number) => void;

/** What happens to bytes: flips, wrong lengths, missing and doubled parts. */
const MUTATIONS: readonly Mutation[] = [
  (der, random) => der[random(der.length)]! ^= 1 << random(8),
  (der, random) => der[random(der.length)] = random(256),
  (der, random) => der[random(der.length)] = [0x00, 0x7f, 0x80, 0x84, 0xff][random(5)]!,
  (der, random) => der.splice(random(der.length), 1 + random(8)),
  (der, random) => der.splice(random(der.length), 0, ...Array(1 + random(8)).fill(random(256))),
  (der, random) => {
    const from = random(der.length);
    der.splice(random(der.length), 0, ...der.slice(from, from + random(40)));
  },
  (der, random) => der.splice(random(der.length)),
  (der, random) => {
    // Another tag where a tag is likely: before a plausible length.
    const at = random(der.length);
    if (der[at + 1] !== undefined && der[at + 1]! < 0x80) {
      der[at] = [2, 3, 4, 5, 6, 12, 48][random(7)]!;
    }
  },
];

/** One sample: what it is, and its bytes. */
interface Sample {
  readonly label: string;
  readonly der: readonly number[];
}

function sampleOf(pem: string): Sample {
  const lines = pem.trim().split("\n");
  const label = /BEGIN ([A-Z ]+)-/.exec(lines[0]!)![1]!;
  return { label, der: [...Uint8Array.fromBase64(lines.slice(1, -1).join(""))] };
}

function mutate({ label, der }: Sample, random: (below: number) => number): string {
  const bytes = [...der];
  for (let i = 0; i <= random(3); i++) {
    if (bytes.length > 1) MUTATIONS[random(MUTATIONS.length)]!(bytes, random);
  }
  const text = `-----BEGIN ${label}-----\n${Uint8Array.from(bytes).toBase64()}\n`;
  return `${text}-----END ${label}-----\n`;
}

/** Real things to start from. */
function samples(crypto: Crypto): Sample[] {
  const key = crypto.generateKey("P-256");
  const big = crypto.generateKey("P-384");
  const publicKey = key.publicKey();
  const names = {
    dnsNames: ["a.example", "*.b.example"],
    ipAddresses: ["10.0.0.1", "fd00::1"],
    uris: ["spiffe://lattice/a/cluster/b"],
  };
  const subject = { commonName: "a", organizations: ["b", "c"], organizationalUnits: ["d"] };
  const times = { notBefore: new Date(0), notAfter: new Date("2060-01-01") };
  const template = { subject, publicKey, ...times, ...names, signingKey: key };
  const ca = crypto.issueCertificate({
    ...template,
    keyUsages: ["certSign", "crlSign"],
    ca: { pathLength: 3 },
  });
  const leaf = crypto.issueCertificate({
    ...template,
    issuerPem: ca,
    keyUsages: ["digitalSignature"],
    extendedKeyUsages: ["server", "client"],
  });
  const request = crypto.createRequest(big, { subject, ...names });
  return [ca, leaf, request, key.exportPem(), big.exportPem(), publicKey.exportPem()].map(sampleOf);
}

/** Everything that reads text from outside. */
const READERS: readonly ((crypto: Crypto, pem: string) => unknown)[] = [
  (crypto, pem) => crypto.parseCertificate(pem),
  (crypto, pem) => crypto.certificateKey(pem)[Symbol.dispose](),
  (crypto, pem) => crypto.parseRequest(pem),
  (crypto, pem) => crypto.requestKey(pem)[Symbol.dispose](),
  (crypto, pem) => crypto.importKey(pem)[Symbol.dispose](),
  (crypto, pem) => crypto.importPublicKey(pem)[Symbol.dispose](),
  (crypto, pem) => crypto.verifyChain({ certificatePem: pem, rootsPem: pem, usage: "server" }),
];

/** Which readers make sense of a label; the others would refuse it at once. */
function readersFor(label: string): typeof READERS {
  const [a, b, c, d, e, f, g] = READERS;
  if (label === "CERTIFICATE") return [a!, b!, g!];
  if (label === "CERTIFICATE REQUEST") return [c!, d!];
  return label === "PUBLIC KEY" ? [f!] : [e!];
}

Deno.test(`${INPUTS} mutated inputs are read or refused (seed ${SEED})`, async () => {
  const crypto = new AwsLcCrypto(await startEngine(unpack(MODULE), SHA256), SHA256);
  const random = generator(SEED);
  const all = samples(crypto);
  let refused = 0;
  let memory = 0;
  for (let i = 0; i < INPUTS; i++) {
    if (i === INPUTS >> 2) memory = crypto.info.memoryBytes;
    const sample = all[random(all.length)]!;
    const pem = mutate(sample, random);
    for (const read of readersFor(sample.label)) {
      try {
        read(crypto, pem);
      } catch (error) {
        const typed = error instanceof CryptoError && error.code !== "internal";
        if (!typed) assert.fail(`input ${i}: ${error}\n${pem}`);
        refused++;
      }
    }
  }
  assert.ok(refused > INPUTS / 2);
  // Inputs differ in size: at most one more page-sized step than a quarter of the run needed.
  assert.ok(crypto.info.memoryBytes - memory <= 65_536, "memory grew");
});

Deno.test("text that is no PEM is refused, whatever it is", async () => {
  const crypto = new AwsLcCrypto(await startEngine(unpack(MODULE), SHA256), SHA256);
  const texts = [
    "",
    "\0",
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    `-----BEGIN CERTIFICATE-----\n${"A".repeat(100_000)}\n-----END CERTIFICATE-----\n`,
    `-----BEGIN ${"X".repeat(10_000)}-----\n`,
    "-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n",
  ];
  for (const read of READERS) {
    for (const text of texts) {
      assert.throws(
        () => read(crypto, text),
        (error) => error instanceof CryptoError && error.code === "validation",
      );
    }
  }
});
