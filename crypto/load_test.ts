/**
 * Loading: once, without permissions, and never with a damaged module.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Crypto, type CryptoError, loadCrypto } from "./mod.ts";
import { MODULE, SHA256, SIZE } from "./aws_lc_wasm.js";
import { knownAnswersHold } from "./known_answers.ts";
import { startEngine, unpack } from "./load.ts";

Deno.test("loadCrypto() gives everybody the same object", async () => {
  const [a, b] = await Promise.all([loadCrypto(), loadCrypto()]);
  assert.equal(a, b);
});

Deno.test("info says what is loaded, and claims no validation", async () => {
  const { info } = await loadCrypto();
  assert.match(info.library, /^AWS-LC \d+\.\d+\.\d+$/);
  assert.equal(info.sha256, SHA256);
  assert.equal(info.fipsMode, false);
  assert.equal(unpack(MODULE).length, SIZE);
});

Deno.test("a module with one changed bit is refused before it runs", async () => {
  const wasm = unpack(MODULE);
  wasm[wasm.length >> 1]! ^= 1;
  await assert.rejects(
    startEngine(wasm, SHA256),
    (error: CryptoError) => error.code === "prerequisite" && error.message.includes("damaged"),
  );
});

/** A module with a memory, an initialiser that does nothing, and a self-test that answers 0. */
const FAILING = "0061736d01000000010802600000600001" +
  "7f030302000105030100010727" + "03066d656d6f72790200" + "0b5f696e697469616c697a650000" +
  "0c6c635f73656c665f746573740001" + "0a0902" + "02000b" + "040041000b";

Deno.test("a module whose self-test fails is refused", async () => {
  const wasm = Uint8Array.fromHex(FAILING);
  const hash = (await loadCrypto()).sha256(wasm).toHex();
  await assert.rejects(
    startEngine(wasm, hash),
    (error: CryptoError) => error.code === "prerequisite" && error.message.includes("self-test"),
  );
});

Deno.test("every known answer counts", async () => {
  const crypto = await loadCrypto();
  assert.ok(knownAnswersHold(crypto));
  const wrong: Partial<Crypto> = {
    sha256: () => new Uint8Array(32),
    sha384: () => new Uint8Array(48),
    hmacSha256: () => new Uint8Array(32),
    equal: () => true,
    open: () => new Uint8Array(3),
  };
  for (const name of Object.keys(wrong) as (keyof Crypto)[]) {
    const broken = new Proxy(crypto, {
      get: (real, key) => {
        if (key === name) return wrong[name];
        const value = Reflect.get(real, key, real);
        return typeof value === "function" ? value.bind(real) : value;
      },
    });
    assert.equal(knownAnswersHold(broken), false, name);
  }
});

Deno.test("without the module nothing loads, and the error says what to do", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for await (const { name } of Deno.readDir(import.meta.dirname!)) {
      if (!/\.ts$/.test(name) || /_test\.ts$/.test(name)) continue;
      await Deno.copyFile(`${import.meta.dirname}/${name}`, `${folder}/${name}`);
    }
    const copy: typeof import("./load.ts") = await import(`file://${folder}/load.ts`);
    await assert.rejects(
      copy.loadCrypto(),
      (error: CryptoError) => error.code === "prerequisite" && error.remedy !== undefined,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a trap ends the module: every later call is refused with the first reason", async () => {
  const engine = await startEngine(unpack(MODULE), SHA256);
  const crash = () => engine.call("lc_key_bits", 0xfffffff0);
  assert.throws(crash, (error: CryptoError) => error.code === "internal");
  assert.throws(
    () => engine.call("lc_fips_mode"),
    (error: CryptoError) => error.message.includes("lc_key_bits"),
  );
});

Deno.test("the package loads and works without any permission", async () => {
  const script = `
    import { loadCrypto } from "@lattice/crypto";
    import { newCertificateAuthority } from "@lattice/crypto/pki";
    await newCertificateAuthority({ commonName: "a", days: 1 });
    console.log((await loadCrypto()).sha256(new Uint8Array(0)).toHex());`;
  // Read from standard input: a script has no permission that is not given on the command line.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--ext=ts", "-"],
    cwd: import.meta.dirname!,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout, stderr, success } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.match(new TextDecoder().decode(stdout), /^e3b0c44298fc1c149afbf4c8996fb924/);
});
