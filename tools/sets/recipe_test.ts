import assert from "node:assert/strict";
import versions from "../../providers/versions.json" with { type: "json" };
import { isSetName, SET_NAMES, SET_SUMMARIES, setKey } from "./recipe.ts";
import { loadRecipe } from "./recipes.ts";

/**
 * Where a set holds another version than the one that Lattice installs: Go's module proxy does not
 * serve that one, and this is its nearest neighbour (docs/decisions/0008).
 */
const KNOWN_DIFFERENCES: Readonly<Record<string, string>> = {
  capmox: "0.7.0",
  capo: "0.13.0",
  caprke2: "0.21.0",
};

Deno.test("every set has a recipe with a key of its own, the same each time", async () => {
  const keys = new Set<string>();
  for (const name of SET_NAMES) {
    const recipe = await loadRecipe(name);
    assert.equal(recipe.name, name);
    assert.match(setKey(recipe), /^[0-9a-f]{16}$/);
    assert.equal(setKey(recipe), setKey(await loadRecipe(name)));
    assert.notEqual(setKey(recipe, "linux-x86_64"), setKey(recipe, "darwin-aarch64"));
    keys.add(setKey(recipe));
  }
  assert.equal(keys.size, SET_NAMES.length);
  assert.deepEqual(Object.keys(SET_SUMMARIES).sort(), [...SET_NAMES].sort());
});

Deno.test("a recipe's key follows everything that the set is made from", async () => {
  const recipe = await loadRecipe("proxmox");
  const [program] = recipe.programs;
  assert.ok(program);
  const changes = [
    { ...recipe, sums: `${recipe.sums}\n` },
    { ...recipe, versions: {} },
    { ...recipe, sources: { own: { "main.go": "package main" } } },
    { ...recipe, programs: [{ ...program, patches: [] }] },
    { ...recipe, files: recipe.files.slice(1) },
  ];
  const keys = new Set([recipe, ...changes].map((changed) => setKey(changed)));
  assert.equal(keys.size, changes.length + 1);
});

Deno.test("the key is the same where line ends are written in another way", async () => {
  const recipe = await loadRecipe("helm");
  const windows = { ...recipe, sums: recipe.sums.replaceAll("\n", "\r\n") };
  assert.equal(setKey(windows), setKey(recipe));
});

Deno.test("sets hold the versions of providers/versions.json, but for the known differences", async () => {
  const pinned = versions as Readonly<Record<string, string>>;
  let compared = 0;
  for (const name of SET_NAMES) {
    for (const [component, version] of Object.entries((await loadRecipe(name)).versions)) {
      const wanted = pinned[component];
      if (wanted === undefined) continue;
      compared++;
      const allowed = [wanted, KNOWN_DIFFERENCES[component]];
      assert.ok(allowed.includes(version), `${name}: ${component} ${version}, not ${wanted}`);
    }
  }
  assert.ok(compared >= 10, `compared only ${compared}`);
});

Deno.test("no two files or programs of a set have the same name", async () => {
  for (const name of SET_NAMES) {
    const { programs, files } = await loadRecipe(name);
    const names = [...programs.map((program) => program.name), ...files.map(({ file }) => file)];
    assert.equal(new Set(names).size, names.length, name);
    assert.ok(names.length > 0, name);
  }
});

Deno.test("every module is pinned by hash: content and go.mod", async () => {
  for (const name of SET_NAMES) {
    const { modules, sums } = await loadRecipe(name);
    for (const { module, version } of modules) {
      for (const what of [version, `${version}/go.mod`]) {
        const lines = sums.split("\n").filter((line) => line.startsWith(`${module} ${what} h1:`));
        assert.equal(lines.length, 1, `${name}: ${module} ${what}`);
      }
    }
  }
});

Deno.test("every manager listens on loopback", async () => {
  for (const name of SET_NAMES) {
    for (const { name: program, patches } of (await loadRecipe(name)).programs) {
      if (!program.endsWith("-manager")) continue;
      assert.ok(patches.some(({ replace }) => replace.includes('Host: "127.0.0.1"')), program);
    }
  }
});

Deno.test("isSetName() knows sets only", () => {
  assert.ok(SET_NAMES.every(isSetName));
  for (const word of ["", "all", "test", "Kubeadm", "constructor"]) assert.ok(!isSetName(word));
});
