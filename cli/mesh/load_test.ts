import assert from "node:assert/strict";
import { join } from "node:path";
import { ValidationError } from "@lattice/api/errors";
import { testIo } from "../testing/io.ts";
import { type Collection, loadObjects, loadPaths } from "./load.ts";
import { includes } from "./online.ts";

function service(name: string, more = ""): string {
  return `apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: ${name}, namespace: shop}
spec: {containers: {main: {image: "a:1"}}${more}}
`;
}

async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "lattice-mesh-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      const full = join(folder, path);
      await Deno.mkdir(join(full, ".."), { recursive: true });
      await Deno.writeTextFile(full, text);
    }
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesOf({ loaded }: Collection): string[] {
  return loaded.map(({ object }) => object.metadata.name);
}

Deno.test("files, folders below folders and standard input are read in order, each once", async () => {
  const files = {
    "b.yaml": service("b"),
    "a/deep.yml": service("deep"),
    "a/one.json": JSON.stringify({
      apiVersion: "lattice.dev/v1alpha1",
      kind: "LatticeService",
      metadata: { name: "one" },
      spec: { containers: { main: { image: "a:1" } } },
    }),
    "notes.txt": "not: [ours",
    "other.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
  };
  await inFolder(files, async (folder) => {
    const io = testIo({ stdin: service("piped") });
    const collection = await loadPaths(["-", folder, join(folder, "b.yaml"), folder], io);
    assert.deepEqual(collection.problems, []);
    assert.deepEqual(namesOf(collection), ["piped", "deep", "one", "b"]);
    assert.equal(collection.loaded[0]?.file, "<stdin>");
    assert.equal(collection.loaded[3]?.file, join(folder, "b.yaml"));
  });
});

Deno.test("one malformed object never stops the others", async () => {
  const text = [service("a"), service("b", ", colour: red"), service("c")].join("---\n");
  const collection = await loadPaths(["-"], testIo({ stdin: text }));
  assert.deepEqual(namesOf(collection), ["a", "c"]);
  assert.deepEqual(collection.broken.map(({ identity }) => identity), ["LatticeService shop/b"]);
  assert.equal(collection.problems[0]?.field, "spec.colour");
  assert.equal(collection.problems[0]?.file, "<stdin>");
});

Deno.test("an object that is declared twice counts once, and is told", async () => {
  await inFolder({ "a.yaml": service("a"), "b.yaml": service("a") }, async (folder) => {
    const { loaded, problems } = await loadPaths([folder], testIo());
    assert.deepEqual(loaded.map(({ file }) => file), [join(folder, "a.yaml")]);
    assert.equal(problems[0]?.file, join(folder, "b.yaml"));
    assert.match(
      problems[0]?.reason ?? "",
      /shop\/a is declared twice; the first is in .*a.yaml:1/,
    );
  });
});

Deno.test("a path that cannot be read is refused", async () => {
  await assert.rejects(loadPaths(["/nowhere/at/all"], testIo()), ValidationError);
});

Deno.test("a folder without a file is refused", async () => {
  await inFolder({ "notes.txt": "" }, async (folder) => {
    await assert.rejects(loadPaths([folder], testIo()), /holds no \.yaml/);
  });
});

Deno.test("a link to a folder is not followed", async () => {
  await inFolder({ "a.yaml": service("a") }, async (folder) => {
    await Deno.symlink(folder, join(folder, "loop"));
    assert.deepEqual(namesOf(await loadPaths([folder], testIo())), ["a"]);
  });
});

Deno.test("what a cluster returns is checked like a file", () => {
  const metadata = { name: "a", namespace: "shop", uid: "1", resourceVersion: "2", generation: 1 };
  const good = {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeService",
    metadata,
    spec: { containers: { main: { image: "a:1" } } },
    status: { phase: "Ready" },
  };
  const bad = { ...good, metadata: { ...metadata, name: "b" }, spec: {} };
  const collection = loadObjects([good, bad]);
  assert.deepEqual(namesOf(collection), ["a"]);
  assert.deepEqual(collection.broken.map(({ identity }) => identity), ["LatticeService shop/b"]);
});

const INCLUDES: readonly [unknown, unknown, boolean][] = [
  [{ a: 1, b: 2 }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: { b: [1, { c: 2, d: 3 }] } }, { a: { b: [1, { c: 2 }] } }, true],
  [{ a: [1, 2] }, { a: [1] }, false],
  [{ a: [1] }, { a: [1, 2] }, false],
  [{ a: null }, { a: {} }, false],
  [{ a: "1" }, { a: 1 }, false],
  [undefined, {}, false],
];

for (const [actual, wanted, expected] of INCLUDES) {
  Deno.test(`${JSON.stringify(actual)} includes ${JSON.stringify(wanted)}: ${expected}`, () => {
    assert.equal(includes(actual, wanted), expected);
  });
}
