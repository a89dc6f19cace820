import assert from "node:assert/strict";
import { join } from "node:path";
import { openTools } from "./locate.ts";
import { takeLock } from "./lock.ts";
import { cacheKey } from "./recipe.ts";
import { runSetup, SMALL_FILES, smallMirror, temporaryFolder } from "./testing.ts";

async function read(folder: string, path: string): Promise<string> {
  return await Deno.readTextFile(join(folder, path));
}

Deno.test("setup takes every file from a mirror, prints the folder, and is quiet the second time", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await smallMirror(mirror);
  const env = { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: mirror };
  const first = await runSetup([], env);
  assert.equal(first.code, 0, first.err);
  assert.equal(first.out, `${join(cache, cacheKey())}\n`);
  assert.match(first.err, /\[3\/3\] manifests\/capi-crds.yaml: fetched, checksum verified/);
  for (const [path, content] of Object.entries(SMALL_FILES)) {
    assert.equal(await read(join(cache, cacheKey()), path), content);
  }
  const second = await runSetup([], { LATTICE_TOOLS_DIR: cache });
  assert.deepEqual({ ...second, out: "" }, { code: 0, out: "", err: "" });
});

Deno.test("setup takes every file from an HTTP mirror", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await smallMirror(mirror);
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      return new Response(await Deno.readFile(join(mirror, pathname)));
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const done = await runSetup([], { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: url });
  assert.equal(done.code, 0, done.err);
  await openTools(join(cache, cacheKey()));
});

Deno.test("setup refuses a file whose checksum differs, and leaves nothing that looks complete", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await Deno.writeTextFile(join(await smallMirror(mirror), "kubectl"), "something else");
  const done = await runSetup([], { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: mirror });
  assert.equal(done.code, 1);
  assert.match(done.err, /is damaged: "kubectl" is checksum [0-9a-f]{64}, not [0-9a-f]{64}; write/);
  await assert.rejects(Deno.stat(join(cache, cacheKey(), "tools.json")), Deno.errors.NotFound);
  await assert.rejects(Deno.stat(join(cache, cacheKey(), "kubectl")), Deno.errors.NotFound);
});

Deno.test("setup goes on after an interruption: files that are complete are not fetched again", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await smallMirror(mirror);
  const dir = join(cache, cacheKey());
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(join(dir, "etcd"), SMALL_FILES["etcd"] ?? "");
  await Deno.writeTextFile(join(dir, "kubectl.partial"), "half");
  const done = await runSetup([], { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: mirror });
  assert.equal(done.code, 0, done.err);
  assert.match(done.err, /etcd: already there/);
  assert.match(done.err, /kubectl: fetched/);
});

Deno.test("setup repairs a file that was truncated after the set-up", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await smallMirror(mirror);
  const env = { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: mirror };
  assert.equal((await runSetup([], env)).code, 0);
  await Deno.truncate(join(cache, cacheKey(), "etcd"), 3);
  assert.equal((await runSetup([], env)).code, 0);
  assert.equal(await read(join(cache, cacheKey()), "etcd"), SMALL_FILES["etcd"]);
});

Deno.test("a second setup says that it waits, and uses the result of the first", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  const source = await smallMirror(mirror);
  await Deno.mkdir(cache, { recursive: true });
  const lock = await takeLock(join(cache, `${cacheKey()}.lock`));
  const waiting = runSetup([], { LATTICE_TOOLS_DIR: cache });
  try {
    await Deno.rename(source, join(cache, cacheKey()));
  } finally {
    await lock[Symbol.asyncDispose]();
  }
  const done = await waiting;
  assert.equal(done.code, 0, done.err);
});

Deno.test("two setups at once end with one complete cache", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await smallMirror(mirror);
  const env = { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: mirror };
  const runs = await Promise.all([runSetup([], env), runSetup([], env), runSetup([], env)]);
  assert.deepEqual(runs.map(({ code }) => code), [0, 0, 0]);
  await openTools(join(cache, cacheKey()));
});

Deno.test("setup --export writes a mirror that setup accepts", async () => {
  await using folder = await temporaryFolder();
  const path = (name: string): string => join(folder.path, name);
  await smallMirror(path("first"));
  const exported = await runSetup(["--export", path("second")], {
    LATTICE_TOOLS_DIR: path("first"),
  });
  assert.equal(exported.code, 0, exported.err);
  const env = { LATTICE_TOOLS_DIR: path("cache"), LATTICE_TOOLS_MIRROR: path("second") };
  assert.equal((await runSetup([], env)).code, 0);
});

Deno.test("setup without Go names what is missing and what to do", async () => {
  await using folder = await temporaryFolder();
  const done = await runSetup([], { LATTICE_TOOLS_DIR: folder.path });
  assert.equal(done.code, 1);
  assert.match(
    done.err,
    /^error: Go is not installed: no "go" on PATH; install Go 1\.25 or newer/m,
  );
});

Deno.test("setup with an old Go says which Go it found", async () => {
  await using folder = await temporaryFolder();
  const go = join(folder.path, "go");
  await Deno.writeTextFile(go, "#!/bin/sh\necho go1.22.4\necho /tmp/a\necho /tmp/b\n", {
    mode: 0o755,
  });
  const done = await runSetup([], { LATTICE_TOOLS_DIR: folder.path, PATH: folder.path });
  assert.equal(done.code, 1);
  assert.match(done.err, /^error: Go is too old: need 1\.25 or newer: go1\.22\.4; install/m);
});

Deno.test("setup on a cache that cannot be written says so", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");
  const done = await runSetup([], { LATTICE_TOOLS_DIR: join(file, "below") });
  assert.equal(done.code, 1);
  assert.match(
    done.err,
    /Cannot write to the component cache .*; make it writable, or set LATTICE/,
  );
});

Deno.test("setup with an unknown flag is a usage error", async () => {
  const done = await runSetup(["--bogus"], {});
  assert.equal(done.code, 2);
  assert.match(done.err, /'--bogus'; see deno task setup --help/);
});
