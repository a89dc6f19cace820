/**
 * The npm package works in Node.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { buildNpm } from "./npm.ts";

/** What a Node project does with the package; known answers come out. */
const PROGRAM = `
import { loadCrypto } from "@lattice/crypto";
import { issue, newCertificateAuthority } from "@lattice/crypto/pki";
import { X509Certificate, createHash, verify } from "node:crypto";
import assert from "node:assert/strict";

const crypto = await loadCrypto();
const abc = new TextEncoder().encode("abc");
const hex = (bytes) => Buffer.from(bytes).toString("hex");
assert.equal(hex(crypto.sha256(abc)), createHash("sha256").update(abc).digest("hex"));
assert.equal(hex(crypto.sha384(abc)), createHash("sha384").update(abc).digest("hex"));
const long = new Uint8Array(1000000).fill(7);
assert.equal(hex(crypto.sha256(long)), createHash("sha256").update(long).digest("hex"));
const key = crypto.generateKey("P-384");
const publicKey = key.publicKey();
const signature = key.sign(abc);
assert.ok(publicKey.verify(abc, signature));
assert.ok(verify("sha384", abc, publicKey.exportPem(), signature));
key[Symbol.dispose]();
assert.throws(() => key.sign(abc), { code: "usage" });
const ca = await newCertificateAuthority({ commonName: "ca", days: 10 });
const leaf = await issue(ca, { commonName: "a", dnsNames: ["a.example"], usages: ["server"], days: 1 });
assert.ok(new X509Certificate(leaf.certPem).verify(new X509Certificate(ca.certPem).publicKey));
const chain = { certificatePem: leaf.certPem, rootsPem: ca.certPem, usage: "server", host: "a.example" };
assert.deepEqual(crypto.verifyChain(chain), { ok: true });
console.log(crypto.info.sha256);
`;

const node = await new Deno.Command("node", { args: ["--version"], stdout: "piped" }).output()
  .then(({ stdout }) => Number(/^v(\d+)/.exec(new TextDecoder().decode(stdout))?.[1]), () => 0);

Deno.test({
  name: "the npm package loads in Node, passes known answers and issues certificates",
  ignore: node < 20,
  fn: async () => {
    const { SHA256 } = await import("../../crypto/aws_lc_wasm.js");
    const folder = await Deno.makeTempDir({ prefix: "lattice-npm-" });
    try {
      await buildNpm(join(folder, "node_modules/@lattice/crypto"));
      await Deno.writeTextFile(join(folder, "program.mjs"), PROGRAM);
      const { success, stdout, stderr } = await new Deno.Command("node", {
        args: ["program.mjs"],
        cwd: folder,
        stdout: "piped",
        stderr: "piped",
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.equal(new TextDecoder().decode(stdout).trim(), SHA256);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
