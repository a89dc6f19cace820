import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { folderSource, MissingChartError, type Wanted } from "./source.ts";

const CILIUM: Wanted = { part: "chart", name: "cilium", version: "1.2.3" };
const MANAGER: Wanted = { part: "chart", name: "cert-manager", version: "v1.2.3" };
const GATEWAY: Wanted = { part: "manifest", name: "gateway-api-crds", version: "1.2.3" };

async function withFiles(
  files: Readonly<Record<string, string>>,
  run: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "lattice-test-source-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(dir, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(dir, name), text);
    }
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const FOUND: { name: string; wanted: Wanted; files: Record<string, string>; at: string }[] = [
  {
    name: "a folder of the wanted version",
    wanted: CILIUM,
    files: { "cilium/Chart.yaml": "name: cilium\nversion: 1.2.3\n" },
    at: "cilium",
  },
  {
    name: "a folder whose version has no v",
    wanted: MANAGER,
    files: { "cert-manager/Chart.yaml": "name: cert-manager\nversion: 1.2.3\n" },
    at: "cert-manager",
  },
  { name: "an archive", wanted: CILIUM, files: { "cilium-1.2.3.tgz": "" }, at: "cilium-1.2.3.tgz" },
  {
    name: "an archive with a v",
    wanted: MANAGER,
    files: { "cert-manager-v1.2.3.tgz": "" },
    at: "cert-manager-v1.2.3.tgz",
  },
  {
    name: "a file of objects",
    wanted: GATEWAY,
    files: { "gateway-api-crds-v1.2.3.yaml": "" },
    at: "gateway-api-crds-v1.2.3.yaml",
  },
];

for (const { name, wanted, files, at } of FOUND) {
  Deno.test(`folderSource() finds ${name}`, () =>
    withFiles(files, async (dir) => {
      assert.equal(await folderSource(dir).locate(wanted), join(dir, at));
    }));
}

const MISSING: { name: string; wanted: Wanted; files: Record<string, string>; says: RegExp }[] = [
  {
    name: "nothing",
    wanted: CILIUM,
    files: {},
    says: /^There is no chart "cilium" 1\.2\.3 in ".*" \(cilium\/ or cilium-1\.2\.3\.tgz\)$/,
  },
  {
    name: "another version's archive",
    wanted: CILIUM,
    files: { "cilium-1.2.4.tgz": "" },
    says: /no chart "cilium" 1\.2\.3/,
  },
  {
    name: "another version's folder",
    wanted: CILIUM,
    files: { "cilium/Chart.yaml": "name: cilium\nversion: 1.2.4\n" },
    says: /no chart "cilium" 1\.2\.3 in ".*cilium", which has version 1\.2\.4/,
  },
  {
    name: "a folder that is no chart",
    wanted: CILIUM,
    files: { "cilium/README.md": "" },
    says: /which has no Chart\.yaml/,
  },
  {
    name: "a Chart.yaml without a version",
    wanted: CILIUM,
    files: { "cilium/Chart.yaml": "- 1\n" },
    says: /which has version none/,
  },
  {
    name: "no file of objects",
    wanted: GATEWAY,
    files: {},
    says: /no file "gateway-api-crds" 1\.2\.3 in ".*" \(gateway-api-crds-v1\.2\.3\.yaml\)/,
  },
];

for (const { name, wanted, files, says } of MISSING) {
  Deno.test(`folderSource() refuses ${name}`, () =>
    withFiles(files, async (dir) => {
      await assert.rejects(folderSource(dir).locate(wanted), (error: unknown) => {
        assert.ok(error instanceof MissingChartError);
        assert.match(error.message, says);
        assert.match(error.remedy ?? "", /LATTICE_CHARTS_DIR/);
        return true;
      });
    }));
}

Deno.test("folderSource() gives absolute paths, since helm runs elsewhere", () =>
  withFiles({ "cilium-1.2.3.tgz": "" }, async (dir) => {
    const found = await folderSource(relative(Deno.cwd(), dir)).locate(CILIUM);
    assert.equal(found, join(dir, "cilium-1.2.3.tgz"));
  }));

Deno.test("folderSource() refuses a folder that does not exist", async () => {
  await assert.rejects(folderSource("/does/not/exist").locate(CILIUM), MissingChartError);
});
