import assert from "node:assert/strict";
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { runSetup, smallMirror, smallSet, temporaryFolder } from "../testing.ts";
import { openSet } from "./locate.ts";
import { setKey } from "./recipe.ts";
import { loadRecipe } from "./recipes.ts";

async function failure(work: Promise<unknown>): Promise<LatticeError> {
  const error = await work.then(() => undefined, (e: unknown) => e);
  assert.ok(error instanceof LatticeError, String(error));
  return error;
}

Deno.test("openSet() finds programs, manifests and charts by name", async () => {
  await using folder = await temporaryFolder();
  const set = await openSet(await smallSet(folder.path, "kubeadm"), "kubeadm");
  assert.equal(set.bin("capd-manager"), join(set.dir, "capd-manager"));
  assert.equal(set.file("capd-crds.yaml"), join(set.dir, "manifests", "capd-crds.yaml"));
  assert.equal(set.file("cilium"), join(set.dir, "charts", "cilium"));
  assert.deepEqual(set.files().sort(), ["capd-crds.yaml", "cilium"]);
  assert.deepEqual(await set.objects("capd-crds.yaml"), [{ kind: "Small" }]);
  assert.deepEqual(set.versions, { capi: "1.2.3" });
  for (const look of [() => set.bin("no"), () => set.file("no"), () => set.file("templates")]) {
    assert.throws(look, { code: "not-found", message: /The set "kubeadm" has no/ });
  }
});

Deno.test("openSet() refuses what is absent, short, unreadable or of another set", async () => {
  await using folder = await temporaryFolder();
  const absent = await failure(openSet(folder.path, "kubeadm"));
  assert.equal(absent.code, "prerequisite");
  assert.match(absent.message, /The components "kubeadm" are not built: cannot read/);
  assert.equal(absent.remedy, 'run "npx -y deno@2.9.6 task setup kubeadm"');
  const dir = await smallSet(folder.path, "kubeadm");
  const text = await Deno.readTextFile(join(dir, "set.json"));
  assert.match((await failure(openSet(dir, "helm"))).message, /is of kubeadm for/);
  await Deno.truncate(join(dir, "charts", "cilium", "templates", "_helpers.tpl"), 1);
  assert.match((await failure(openSet(dir, "kubeadm"))).message, /_helpers.tpl" is absent or dam/);
  for (const path of ["../capd-manager", "/capd-manager", "charts/../../x", "./x", "a//b"]) {
    await Deno.writeTextFile(join(dir, "set.json"), text.replace("capd-manager", path));
    assert.match((await failure(openSet(dir, "kubeadm"))).message, /Cannot read the component inv/);
  }
});

Deno.test("setup SET takes product and set from a mirror, and is quiet the second time", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await smallMirror(mirror);
  await smallSet(mirror, "kubeadm");
  const env = { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: mirror };
  const first = await runSetup(["kubeadm"], env);
  assert.equal(first.code, 0, first.err);
  const dir = join(cache, setKey(await loadRecipe("kubeadm")));
  assert.equal(first.out.trimEnd().split("\n")[1], dir);
  assert.equal((await openSet(dir, "kubeadm")).versions["capi"], "1.2.3");
  const second = await runSetup(["kubeadm", "kubeadm"], { LATTICE_TOOLS_DIR: cache });
  assert.deepEqual(second, { code: 0, out: first.out, err: "" });
});

Deno.test("setup SET --export writes a mirror that setup SET accepts", async () => {
  await using folder = await temporaryFolder();
  const path = (name: string): string => join(folder.path, name);
  await smallMirror(path("first"));
  await smallSet(path("first"), "helm");
  const first = { LATTICE_TOOLS_DIR: path("first") };
  const exported = await runSetup(["helm", "--export", path("second")], first);
  assert.equal(exported.code, 0, exported.err);
  const env = { LATTICE_TOOLS_DIR: path("cache"), LATTICE_TOOLS_MIRROR: path("second") };
  const taken = await runSetup(["helm"], env);
  assert.equal(taken.code, 0, taken.err);
});

Deno.test("a set is found beside one complete cache folder that LATTICE_TOOLS_DIR names", async () => {
  await using folder = await temporaryFolder();
  const product = await smallMirror(folder.path);
  const dir = await smallSet(folder.path, "helm");
  const done = await runSetup(["helm"], { LATTICE_TOOLS_DIR: product });
  assert.deepEqual(done, { code: 0, out: `${product}\n${dir}\n`, err: "" });
});

Deno.test("setup repairs a set whose file was truncated", async () => {
  await using folder = await temporaryFolder();
  const [mirror, cache] = [join(folder.path, "mirror"), join(folder.path, "cache")];
  await smallMirror(mirror);
  await smallMirror(cache);
  await smallSet(mirror, "helm");
  const dir = await smallSet(cache, "helm");
  await Deno.truncate(join(dir, "capd-manager"), 1);
  const env = { LATTICE_TOOLS_DIR: cache, LATTICE_TOOLS_MIRROR: mirror };
  const done = await runSetup(["helm"], env);
  assert.equal(done.code, 0, done.err);
  await openSet(dir, "helm");
});

Deno.test("setup of a set without Go names what is missing and what to do", async () => {
  await using folder = await temporaryFolder();
  await smallMirror(folder.path);
  const done = await runSetup(["crds"], { LATTICE_TOOLS_DIR: folder.path });
  assert.equal(done.code, 1);
  assert.match(
    done.err,
    /^error: Go is not installed: no "go" on PATH; install Go 1\.25 or newer/m,
  );
});

Deno.test("setup of an unknown set is a usage error that lists the sets", async () => {
  const done = await runSetup(["kubeadmin"], {});
  assert.equal(done.code, 2);
  assert.match(done.err, /^error: There is no set "kubeadmin"; sets are crds, .*; see deno task/);
  const help = await runSetup(["--help"], {});
  assert.match(help.out, /^ {2}kubeadm +Cluster API's kubeadm/m);
});
