/**
 * There is one way to cryptography in this repository: no other room reaches for another.
 *
 * @module
 */

import assert from "node:assert/strict";

const ROOT = `${import.meta.dirname}/..`;
const ROOMS = ["addons", "api", "cli", "kube", "operator", "pivot", "providers"];
/** Other implementations: Node's, the platform's, and the usual packages. */
const OTHER_CRYPTO =
  /["'](node:crypto|crypto)["']|\bcrypto\.subtle\b|\bgetRandomValues\b|@peculiar|node-forge|@noble|jsrsasign/;

/** Source files of a folder and the folders in it, tests left out. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "testdata") yield* sources(path);
    else if (/(?<!_test)\.tsx?$/.test(entry.name)) yield path;
  }
}

Deno.test("no other room has cryptography of its own", async () => {
  const found: string[] = [];
  let files = 0;
  for (const room of ROOMS) {
    for await (const path of sources(`${ROOT}/${room}`)) {
      files++;
      const lines = (await Deno.readTextFile(path)).split("\n");
      lines.forEach((line, i) => {
        if (OTHER_CRYPTO.test(line)) found.push(`${path.slice(ROOT.length + 1)}:${i + 1}: ${line}`);
      });
    }
  }
  assert.ok(files > 0);
  assert.deepEqual(found, []);
});
