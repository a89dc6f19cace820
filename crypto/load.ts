/**
 * Loading: decode, check the hash, instantiate, self-test. Once a process.
 *
 * @module
 */

import { AwsLcCrypto } from "./aws_lc.ts";
import { Engine } from "./engine.ts";
import { CryptoError } from "./errors.ts";
import type { Crypto } from "./interface.ts";
import { knownAnswersHold } from "./known_answers.ts";
import { fromBase64, toHex } from "./text.ts";
import { createWasiHost } from "./wasi.ts";

let loaded: Promise<Crypto> | undefined;

/**
 * Loads aws-lc: the first call decodes the module, compares its SHA-256 with the recorded one, and runs aws-lc's own
 * self-test and known answers; every later call returns the same object. Nothing is read from disk or network.
 *
 * @throws {CryptoError} `prerequisite` when the module is missing, its hash differs or a self-test fails. No other implementation steps in.
 */
export function loadCrypto(): Promise<Crypto> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Crypto> {
  const { MODULE, SHA256 } = await import("./aws_lc_wasm.js").catch((cause) => {
    throw new CryptoError("prerequisite", "The crypto module is missing", {
      remedy: "Install Lattice again",
      cause,
    });
  });
  const engine = await startEngine(unpack(MODULE), SHA256);
  const crypto = new AwsLcCrypto(engine, SHA256);
  if (!knownAnswersHold(crypto)) {
    throw new CryptoError("prerequisite", "A known answer of the crypto module is wrong");
  }
  return crypto;
}

/**
 * The bytes of a module.
 *
 * @param text Base64, as `aws_lc_wasm.js` holds it.
 */
export function unpack(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(text);
}

/**
 * Checks the hash of a module, instantiates it and runs aws-lc's self-test.
 *
 * @param wasm The module.
 * @param expected Its SHA-256, hexadecimal.
 * @throws {CryptoError} `prerequisite`.
 */
export async function startEngine(
  wasm: Uint8Array<ArrayBuffer>,
  expected: string,
): Promise<Engine> {
  // The one digest that cannot come from the module: that of the module.
  const actual = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", wasm)));
  if (actual !== expected) {
    throw new CryptoError("prerequisite", `The crypto module is damaged: SHA-256 ${actual}`, {
      remedy: "Install Lattice again",
    });
  }
  const host = createWasiHost();
  const { instance } = await WebAssembly.instantiate(wasm, host.imports);
  const engine = new Engine(instance, host);
  if (engine.call("lc_self_test") !== 1) {
    throw new CryptoError("prerequisite", "The self-test of aws-lc failed");
  }
  return engine;
}
