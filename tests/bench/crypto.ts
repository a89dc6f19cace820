/**
 * The crypto module beside WebCrypto (called one after another, as sequential code must) and `openssl speed`, in one
 * run; certificates and loading beside their limits.
 *
 * @module
 */

import { type Crypto, type Curve, loadCrypto } from "@lattice/crypto";
import { issueFromRequest, newCertificateAuthority } from "@lattice/crypto/pki";
import { type BenchRow, benchRow } from "./types.ts";

const MESSAGE = new TextEncoder().encode("Lattice benchmark message");
const MEBIBYTE = 1 << 20;
/** Turns of each side, in turn; the best one counts, so that a busy machine disturbs both alike. */
const TURNS = 15;
/** Processes that load the module. */
const LOADS = 9;
/** Calls in one turn. */
const CALLS = 30;
const DIGEST_CALLS = 5;
const CERTIFICATES = 1000;
const LOAD_LIMIT_MS = 60;
const CERTIFICATES_LIMIT_MS = 3000;
/** SHA-256 has no hardware instructions in WebAssembly: a quarter of WebCrypto's rate is the goal. */
const DIGEST_GOAL = 0.25;

/**
 * Runs the benchmark.
 *
 * @returns Rows whose peer is WebCrypto, openssl or a limit, as the name says.
 */
export async function benchCrypto(): Promise<BenchRow[]> {
  const crypto = await loadCrypto();
  const rows = [await loading()];
  for (const curve of ["P-256", "P-384"] as const) rows.push(...await signatures(crypto, curve));
  rows.push(await digest(crypto), await certificates(crypto));
  return rows;
}

/**
 * Milliseconds that a call of each side takes, in its best turn. The sides take turns: a machine that slows down
 * slows both.
 */
async function race(
  ours: () => unknown,
  peer: () => Promise<unknown>,
  calls: number,
): Promise<[ours: number, peer: number]> {
  const best: [number, number] = [Infinity, Infinity];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [side, call] of [ours, peer].entries()) {
      const began = performance.now();
      for (let i = 0; i < calls; i++) {
        const pending = call();
        if (pending instanceof Promise) await pending;
      }
      best[side] = Math.min(best[side]!, (performance.now() - began) / calls);
    }
  }
  return best;
}

async function signatures(ours: Crypto, curve: Curve): Promise<BenchRow[]> {
  const { subtle } = globalThis.crypto;
  const algorithm = { name: "ECDSA", namedCurve: curve };
  const scheme = { name: "ECDSA", hash: curve === "P-256" ? "SHA-256" : "SHA-384" };
  const web = await subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const webSignature = await subtle.sign(scheme, web.privateKey, MESSAGE);
  using key = ours.generateKey(curve);
  using publicKey = key.publicKey();
  const signature = key.sign(MESSAGE);
  const sign = await race(
    () => key.sign(MESSAGE),
    () => subtle.sign(scheme, web.privateKey, MESSAGE),
    CALLS,
  );
  const verify = await race(
    () => publicKey.verify(MESSAGE, signature),
    () => subtle.verify(scheme, web.publicKey, webSignature, MESSAGE),
    CALLS,
  );
  const native = await opensslRates(curve === "P-256" ? "ecdsap256" : "ecdsap384");
  const row = (name: string, [figure, peer]: [number, number], goal?: number) =>
    benchRow({ name: `${curve} ${name}`, ours: figure, peer, unit: "ms", goal }, "less");
  return [
    row("sign, WebCrypto", sign, 1),
    row("verify, WebCrypto", verify, 1),
    ...(native === undefined ? [] : [
      row("sign, openssl speed", [sign[0], 1000 / native[0]]),
      row("verify, openssl speed", [verify[0], 1000 / native[1]]),
    ]),
  ];
}

/** Signatures and verifications a second by `openssl speed`, or `undefined` without openssl. */
async function opensslRates(algorithm: string): Promise<[number, number] | undefined> {
  const command = new Deno.Command("openssl", {
    args: ["speed", "-seconds", "1", "-mr", algorithm],
    stdout: "piped",
    stderr: "null",
  });
  const output = await command.output().catch(() => undefined);
  const text = new TextDecoder().decode(output?.stdout);
  const [, sign, verify] = /^\+F4:\d+:\d+:([\d.]+):([\d.]+)/m.exec(text) ?? [];
  return sign === undefined ? undefined : [Number(sign), Number(verify)];
}

async function digest(ours: Crypto): Promise<BenchRow> {
  const data = new Uint8Array(MEBIBYTE);
  const [own, peer] = await race(
    () => ours.sha256(data),
    () => globalThis.crypto.subtle.digest("SHA-256", data),
    DIGEST_CALLS,
  );
  return benchRow({
    name: "SHA-256 of 1 MiB, WebCrypto",
    ours: MEBIBYTE / 1000 / own,
    peer: MEBIBYTE / 1000 / peer,
    unit: "MB/s",
    goal: DIGEST_GOAL,
  }, "more");
}

async function certificates(ours: Crypto): Promise<BenchRow> {
  const ca = await newCertificateAuthority({ commonName: "bench", days: 1 });
  using key = ours.generateKey("P-256");
  const request = ours.createRequest(key, { subject: { commonName: "agent" } });
  const began = performance.now();
  for (let i = 0; i < CERTIFICATES; i++) {
    await issueFromRequest(ca, request, { commonName: `agent-${i}`, usages: ["client"], days: 1 });
  }
  return benchRow({
    name: `${CERTIFICATES} certificates from requests, limit`,
    ours: performance.now() - began,
    peer: CERTIFICATES_LIMIT_MS,
    unit: "ms",
    goal: 1,
  }, "less");
}

/** Time from nothing to a self-tested module, in a process of its own; the best of several. */
async function loading(): Promise<BenchRow> {
  const script = `
    const began = performance.now();
    const { loadCrypto } = await import("@lattice/crypto");
    await loadCrypto();
    console.log(performance.now() - began);`;
  let best = Infinity;
  for (let turn = 0; turn < LOADS; turn++) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
      cwd: import.meta.dirname!,
      stderr: "null",
    }).output();
    best = Math.min(best, Number(new TextDecoder().decode(stdout)) || Infinity);
  }
  const name = "crypto module loaded and self-tested, limit";
  return benchRow({ name, ours: best, peer: LOAD_LIMIT_MS, unit: "ms", goal: 1 }, "less");
}
