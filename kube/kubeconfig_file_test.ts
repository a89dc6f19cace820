import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { withFileLock } from "./file_lock.ts";
import {
  buildKubeconfig,
  mergeKubeconfigFile,
  removeFromKubeconfigFile,
} from "./kubeconfig_file.ts";
import { inTempDir } from "./temp_dir_test_support.ts";

function named(name: string, server = `https://${name}`): string {
  return buildKubeconfig({ name, server, caPem: "CA", certPem: "CERT", keyPem: "KEY" });
}

interface Parsed {
  clusters: { name: string; cluster: { server: string } }[];
  contexts: { name: string }[];
  users: { name: string }[];
  "current-context": string;
  [field: string]: unknown;
}

async function read(path: string): Promise<Parsed> {
  return parse(await Deno.readTextFile(path), { version: "1.1" });
}

function entries(dir: string): Promise<string[]> {
  return Array.fromAsync(Deno.readDir(dir), (entry) => entry.name);
}

Deno.test("buildKubeconfig makes one context and keeps odd names strings", () => {
  const config: Parsed = parse(named("no"), { version: "1.1" });
  deepEqual([config["current-context"], config.contexts[0]?.name], ["no", "no"]);
});

Deno.test("mergeKubeconfigFile makes the file with its folder, for its owner only", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "deep", "config");
    await mergeKubeconfigFile(path, named("a"));
    equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    equal((await read(path))["current-context"], "a");
    deepEqual(await entries(join(dir, "deep")), ["config"]);
  });
});

Deno.test("mergeKubeconfigFile replaces its own entries and keeps all others, unknown fields too", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "config");
    await Deno.writeTextFile(
      path,
      "preferences: {colors: true}\nclusters: [{name: mine, cluster: {server: https://m, odd: kept}}]\n" +
        "contexts: [{name: mine, context: {cluster: mine, user: ''}}]\nusers: []\ncurrent-context: mine\n",
    );
    await mergeKubeconfigFile(path, named("a", "https://old"));
    await mergeKubeconfigFile(path, named("a", "https://new"));
    const config = await read(path);
    equal(config["current-context"], "mine");
    deepEqual(config["preferences"], { colors: true });
    deepEqual(config.clusters.map(({ name, cluster }) => [name, cluster.server]), [
      ["mine", "https://m"],
      ["a", "https://new"],
    ]);
    deepEqual(config.clusters[0]?.cluster, { server: "https://m", odd: "kept" });
  });
});

Deno.test("removeFromKubeconfigFile takes one name out and says whether it was there", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "config");
    equal(await removeFromKubeconfigFile(path, "a"), false);
    await mergeKubeconfigFile(path, named("a"));
    await mergeKubeconfigFile(path, named("b"));
    equal(await removeFromKubeconfigFile(path, "a"), true);
    equal(await removeFromKubeconfigFile(path, "a"), false);
    const config = await read(path);
    deepEqual(config.clusters.map(({ name }) => name), ["b"]);
    equal(config["current-context"], "");
    await mergeKubeconfigFile(path, named("c"));
    equal((await read(path))["current-context"], "c");
  });
});

Deno.test("mergeKubeconfigFile leaves a file that it cannot read alone", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "config");
    await Deno.writeTextFile(path, "clusters: [");
    await rejects(mergeKubeconfigFile(path, named("a")), { code: "validation", file: path });
    equal(await Deno.readTextFile(path), "clusters: [");
    deepEqual(await entries(dir), ["config"]);
  });
});

Deno.test("mergeKubeconfigFile says which file it cannot write, and why", async () => {
  await inTempDir(async (dir) => {
    await Deno.writeTextFile(join(dir, "file"), "");
    const path = join(dir, "file", "config");
    await rejects(mergeKubeconfigFile(path, named("a")), { code: "unavailable", file: path });
  });
});

Deno.test("mergeKubeconfigFile writes through a link and keeps it", async () => {
  await inTempDir(async (dir) => {
    const [link, target] = [join(dir, "link"), join(dir, "target")];
    await mergeKubeconfigFile(target, named("a"));
    await Deno.symlink(target, link);
    await mergeKubeconfigFile(link, named("b"));
    equal((await Deno.lstat(link)).isSymlink, true);
    equal((await read(target)).contexts.length, 2);
  });
});

Deno.test("mergeKubeconfigFile loses nothing when many write at once", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "config");
    const names = Array.from({ length: 24 }, (_, index) => `c${index}`);
    await Promise.all(names.map((name) => mergeKubeconfigFile(path, named(name))));
    await Promise.all(names.slice(12).map((name) => removeFromKubeconfigFile(path, name)));
    const config = await read(path);
    deepEqual(config.contexts.map(({ name }) => name).toSorted(), names.slice(0, 12).toSorted());
  });
});

Deno.test("withFileLock takes over from a program that died, and waits for kubectl", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "config");
    // A dead program's lock file: our mark, and nobody holds the system's lock on it.
    await Deno.writeTextFile(`${path}.lock`, "lattice\n");
    equal(await withFileLock(path, () => Promise.resolve("ran")), "ran");
    // kubectl's lock file is empty.
    await Deno.writeTextFile(`${path}.lock`, "");
    const order: string[] = [];
    const waiting = withFileLock(path, () => Promise.resolve(void order.push("ours")));
    order.push("kubectl ends");
    await Deno.remove(`${path}.lock`);
    await waiting;
    deepEqual(order, ["kubectl ends", "ours"]);
  });
});

Deno.test("withFileLock gives up when it is told to", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "config");
    await withFileLock(path, async () => {
      const stop = AbortSignal.abort(new Error("enough"));
      await rejects(withFileLock(path, () => Promise.resolve(), stop), /enough/);
    });
    deepEqual(await entries(dir), []);
  });
});
