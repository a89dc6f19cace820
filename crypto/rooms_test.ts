/**
 * There is one way to cryptography in this repository: no other room reaches for another.
 *
 * @module
 */

import assert from "node:assert/strict";
import { z } from "zod";

const ROOT = `${import.meta.dirname}/..`;
/** Other implementations: Node's, the platform's, and the usual packages. */
const OTHER_CRYPTO =
  /["']node:crypto["']|\b(from|import\()\s*["']crypto["']|\bcrypto\.(subtle|randomUUID)\b|\bwebcrypto\b|@peculiar|node-forge|@noble|jsrsasign/;
/** Randomness of the platform: unfit for secrets, or easy to take for the module's. */
const OTHER_RANDOM = /\bMath\.random\b|\bgetRandomValues\b/;
/**
 * Where jitter and names that are no secret get their chance; everything else asks there. The supervisor of a local
 * cluster runs without the workspace, so that it has its own.
 */
const RANDOM_HOMES = ["kube/random.ts", "providers/local/host/random.ts"];
/** Makes the module that all others use, so it cannot use it itself. */
const BUILD = /^tools\/crypto\//;

/** Source files of a folder and the folders in it, tests and what only tests use left out. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${ROOT}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "testdata") yield* sources(path);
    else if (/\.tsx?$/.test(entry.name) && !/_test\.tsx?$|_test_\w+\.ts$|testing\.ts$/.test(path)) {
      yield path;
    }
  }
}

/** Every member of the workspace but this one, and the tools. */
async function otherRooms(): Promise<string[]> {
  const config = z.object({ workspace: z.array(z.string()) });
  const { workspace } = config.parse(JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`)));
  const rooms = workspace.map((path) => path.replace("./", "")).filter((room) => room !== "crypto");
  return [...rooms, "tools"];
}

/** Whether a line of a file reaches for other cryptography or randomness. */
function reaches(path: string, line: string): boolean {
  if (OTHER_CRYPTO.test(line)) return !BUILD.test(path);
  return OTHER_RANDOM.test(line) && !RANDOM_HOMES.includes(path);
}

Deno.test("no other room has cryptography or randomness of its own", async () => {
  const rooms = await otherRooms();
  assert.ok(rooms.includes("kube") && rooms.includes("operator"));
  const found: string[] = [];
  for (const room of rooms) {
    let files = 0;
    for await (const path of sources(room)) {
      files++;
      const lines = (await Deno.readTextFile(`${ROOT}/${path}`)).split("\n");
      lines.forEach((line, i) => {
        if (reaches(path, line)) found.push(`${path}:${i + 1}: ${line.trim()}`);
      });
    }
    assert.ok(files > 0, room);
  }
  assert.deepEqual(found, []);
});

Deno.test("the search knows what it looks for", () => {
  const cases: readonly [path: string, line: string, found: boolean][] = [
    ["kube/a.ts", "const x = Math.random();", true],
    ["kube/a.ts", "crypto.getRandomValues(bytes);", true],
    ["kube/random.ts", "crypto.getRandomValues(bytes);", false],
    ["kube/random.ts", 'import { createHash } from "node:crypto";', true],
    ["cli/a.ts", "await globalThis.crypto.subtle.digest(name, data);", true],
    ["cli/a.ts", 'import { X509Certificate } from "node:crypto";', true],
    ["cli/a.ts", "const id = crypto.randomUUID();", true],
    ["cli/a.ts", 'import { loadCrypto } from "@lattice/crypto";', false],
    ["tools/setup.ts", "await crypto.subtle.digest(name, data);", true],
    ["tools/crypto/build.ts", "await crypto.subtle.digest(name, data);", false],
  ];
  for (const [path, line, found] of cases) assert.equal(reaches(path, line), found, line);
});
