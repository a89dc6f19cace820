/**
 * Wycheproof: thousands of cases that broke other libraries. The committed files are samples; with
 * `LATTICE_WYCHEPROOF` naming a folder of the original files, those run instead.
 *
 * @module
 */

import assert from "node:assert/strict";
import { z } from "zod";
import { type Crypto, CryptoError, type Hash, loadCrypto } from "./mod.ts";
import { type Runner, SUITES } from "./testdata/wycheproof.ts";

const hex = z.string().transform((text) => Uint8Array.fromHex(text));
const testCase = z.object({
  tcId: z.number(),
  comment: z.string(),
  flags: z.array(z.string()),
  result: z.enum(["valid", "invalid", "acceptable"]),
  msg: hex.optional(),
  sig: hex.optional(),
  public: hex.optional(),
  private: z.string().optional(),
  shared: hex.optional(),
  key: hex.optional(),
  tag: hex.optional(),
  iv: hex.optional(),
  aad: hex.optional(),
  ct: hex.optional(),
  ikm: hex.optional(),
  salt: hex.optional(),
  info: hex.optional(),
  okm: hex.optional(),
  size: z.number().optional(),
});
const suite = z.object({
  testGroups: z.array(z.object({
    publicKeyPem: z.string().optional(),
    sha: z.string().optional(),
    ivSize: z.number().optional(),
    tagSize: z.number().optional(),
    tests: z.array(testCase),
  })),
});
type Group = z.infer<typeof suite>["testGroups"][number];
type Case = z.infer<typeof testCase>;

/** What the package did with a case: accepted, refused, or not applicable. */
type Outcome = "accepted" | "refused" | "skipped";

const NONE = new Uint8Array(0);

/** `work` that throws a typed error refuses; any other error is a bug. */
function attempt(work: () => boolean): Outcome {
  try {
    return work() ? "accepted" : "refused";
  } catch (error) {
    if (error instanceof CryptoError && error.code !== "internal") return "refused";
    throw error;
  }
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function pem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** PKCS#8 of a bare scalar, without the public key. */
function scalarPem(curve: 256 | 384, scalar: string): string {
  const bytes = curve / 8;
  const digits = scalar.replace(/^0+/, "").padStart(2 * bytes, "0");
  const prefix = curve === 256
    ? "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"
    : "304e020100301006072a8648ce3d020106052b81040022043730350201010430";
  return pem("PRIVATE KEY", Uint8Array.fromHex(prefix + digits));
}

const RUNNERS: Readonly<Record<Runner, (c: Crypto, g: Group, t: Case, file: string) => Outcome>> = {
  ecdsa: (c, g, t) => verify(c, g, t, "der"),
  rsa: (c, g, t) => verify(c, g, t, "der"),
  "ecdsa-raw": (c, g, t) => verify(c, g, t, "raw"),
  ecdh: (c, _g, t, file) =>
    attempt(() => {
      using key = c.importKey(scalarPem(file.includes("256r1") ? 256 : 384, t.private ?? ""));
      using peer = c.importPublicKey(pem("PUBLIC KEY", t.public ?? NONE));
      return c.equal(key.agree(peer), t.shared ?? NONE);
    }),
  hmac: (c, g, t, file) =>
    attempt(() => {
      const full = c.hmac(hashOf(file), t.key ?? NONE, t.msg ?? NONE);
      return c.equal(full.subarray(0, (g.tagSize ?? 0) / 8), t.tag ?? NONE);
    }),
  hkdf: (c, _g, t, file) =>
    attempt(() => {
      const okm = c.hkdf(hashOf(file), t.ikm ?? NONE, t.salt ?? NONE, t.info ?? NONE, t.size ?? 0);
      return c.equal(okm, t.okm ?? NONE);
    }),
  gcm: (c, g, t) => {
    if (g.ivSize !== 96 || t.key?.length === 24) return "skipped";
    const sealed = concat(t.iv ?? NONE, t.ct ?? NONE, t.tag ?? NONE);
    return attempt(() => c.equal(c.open(t.key ?? NONE, sealed, t.aad ?? NONE), t.msg ?? NONE));
  },
};

function hashOf(file: string): Hash {
  return `SHA-${/sha(\d+)/.exec(file)?.[1]}` as Hash;
}

function verify(c: Crypto, group: Group, test: Case, format: "der" | "raw"): Outcome {
  return attempt(() => {
    using key = c.importPublicKey(group.publicKeyPem ?? "");
    const hash = group.sha as Hash;
    return key.verify(test.msg ?? NONE, test.sig ?? NONE, { hash, format });
  });
}

const folder = Deno.env.get("LATTICE_WYCHEPROOF") ??
  `${import.meta.dirname}/testdata/wycheproof`;

for (const { file, runner } of SUITES) {
  Deno.test(`Wycheproof ${file}`, async () => {
    const crypto = await loadCrypto();
    const { testGroups } = suite.parse(JSON.parse(await Deno.readTextFile(`${folder}/${file}`)));
    const counts = { accepted: 0, refused: 0, skipped: 0 };
    for (const group of testGroups) {
      for (const test of group.tests) {
        const outcome = RUNNERS[runner](crypto, group, test, file);
        counts[outcome]++;
        if (outcome === "skipped" || test.result === "acceptable") continue;
        const wanted = test.result === "valid" ? "accepted" : "refused";
        assert.equal(outcome, wanted, `${file} ${test.tcId}: ${test.comment} [${test.flags}]`);
      }
    }
    assert.ok(counts.accepted + counts.refused > 0);
    if (Deno.env.has("LATTICE_WYCHEPROOF")) await report(file, counts);
  });
}

/** Counts go to standard error, where they do not disturb the test report. */
async function report(file: string, counts: Record<Outcome, number>): Promise<void> {
  const line = Object.entries(counts).map(([name, n]) => `${name} ${n}`).join(", ");
  await Deno.stderr.write(new TextEncoder().encode(`${file}: ${line}\n`));
}
