/**
 * A module in the cache is taken as it is, compared with the committed one, and never trusted for its inventory.
 * Building takes minutes and Python: `deno task build:crypto --check` does it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { fromBase64 } from "../../crypto/text.ts";
import { MODULE, SHA256 } from "../../crypto/aws_lc_wasm.js";
import { writeInventoryFile } from "../files.ts";
import { applyPatch } from "../patch.ts";
import { platform } from "../recipe.ts";
import { temporaryFolder } from "../testing.ts";
import { buildCrypto, CRYPTO_INVENTORY, cryptoProvision } from "./ensure.ts";
import { UNROLL_SHA256 } from "./recipe.ts";
import { recordedHash } from "./record.ts";

/** A cache that holds `wasm` as if it had been built, with an inventory that says it is the committed one. */
async function fillCache(root: string, wasm: Uint8Array): Promise<string> {
  const { key } = await cryptoProvision(root);
  const dir = join(root, key);
  await Deno.mkdir(dir);
  await Deno.writeFile(join(dir, "aws_lc.wasm"), wasm);
  const file = { path: "aws_lc.wasm", sha256: SHA256, size: wasm.length };
  await writeInventoryFile(dir, CRYPTO_INVENTORY, { platform: platform(), files: [file] });
  return dir;
}

Deno.test("a cached module that is the committed one is taken, and that is said", async () => {
  await using folder = await temporaryFolder();
  const dir = await fillCache(folder.path, fromBase64(MODULE));
  const lines: string[] = [];
  const built = await buildCrypto({ root: folder.path, onProgress: (line) => lines.push(line) });
  assert.deepEqual(built, { dir, path: join(dir, "aws_lc.wasm"), sha256: SHA256 });
  assert.match(lines.join("\n"), new RegExp(`is the repository's: SHA-256 ${SHA256}`));
});

Deno.test("a module with other bytes is a conflict, whatever its inventory says", async () => {
  await using folder = await temporaryFolder();
  const wasm = fromBase64(MODULE);
  wasm[wasm.length >> 1]! ^= 1;
  await fillCache(folder.path, wasm);
  await assert.rejects(
    buildCrypto({ root: folder.path, onProgress: () => undefined }),
    (error) => error instanceof LatticeError && error.code === "conflict",
  );
});

Deno.test("the record names the hash of the module that is loaded", async () => {
  assert.equal(await recordedHash(), SHA256);
});

Deno.test("the patch of aws-lc adds a hint and nothing else", () => {
  const { find, replace } = UNROLL_SHA256;
  assert.equal(replace, `#pragma clang loop unroll(full)\n${find}`);
  assert.equal(applyPatch(`a\n${find}b`, UNROLL_SHA256), `a\n${replace}b`);
  assert.throws(() => applyPatch("a", UNROLL_SHA256), LatticeError);
});
