/**
 * Everything that an install refuses: exit 3, one line that says where, what, why and what instead, and
 * nothing created.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { EXIT } from "../exit_codes.ts";
import { CLUSTER_YAML } from "../testing/cluster.ts";
import { lattice } from "../testing/io.ts";

/** One bad file. */
interface BadFile {
  /** What is wrong with it. */
  readonly name: string;
  /** Its text. */
  readonly text: string;
  /** What its line says after `FILE:`. */
  readonly says: RegExp;
}

function change(from: string | RegExp, to: string): string {
  const text = CLUSTER_YAML.replace(from, to);
  assert.notEqual(text, CLUSTER_YAML);
  return text;
}

const AUTOSCALED = (min: number, max: number): string =>
  change("replicas: 2", `replicas: 2\n        min: ${min}\n        max: ${max}`);

const BAD_FILES: readonly BadFile[] = [
  { name: "not YAML", text: "a: [1\n", says: /^\d+: .*; / },
  { name: "an empty file", text: "", says: /; / },
  { name: "another kind", text: change("kind: LatticeCluster", "kind: Pod"), says: /^2: kind: / },
  {
    name: "another apiVersion",
    text: change("lattice.dev/v1alpha1", "lattice.dev/v9"),
    says: /^1: apiVersion: /,
  },
  {
    name: "an unknown field",
    text: change("replicas: 2", "replicas: 2\n        replica: 3"),
    says: /^18: spec\.nodes\.workerPools\.general\.replica: /,
  },
  { name: "no name", text: change("  name: mgmt\n", "  labels: {}\n"), says: /metadata\.name: / },
  {
    name: "a name that is no DNS label",
    text: change("mgmt", "My_Cluster"),
    says: /^4: metadata\.name: /,
  },
  {
    name: "no control plane",
    text: change("controlPlane: 1", "controlPlane: 0"),
    says: /^14: spec\.nodes\.controlPlane: /,
  },
  {
    name: "an even control plane",
    text: change("controlPlane: 1", "controlPlane: 2"),
    says: /^14: spec\.nodes\.controlPlane: /,
  },
  {
    name: "negative replicas",
    text: change("replicas: 2", "replicas: -1"),
    says: /^17: spec\.nodes\.workerPools\.general\.replicas: /,
  },
  { name: "min above max", text: AUTOSCALED(5, 3), says: /spec\.nodes\.workerPools\.general/ },
  { name: "replicas below min", text: AUTOSCALED(3, 5), says: /general\.replicas: / },
  { name: "replicas above max", text: AUTOSCALED(1, 1), says: /general\.replicas: / },
  {
    name: "two providers",
    text: change("local: {}", "local: {}\n      docker: {}"),
    says: /spec\.provider\.config/,
  },
  {
    name: "no provider",
    text: change("config:\n      local: {}", "config: {}"),
    says: /spec\.provider\.config/,
  },
  {
    name: "config of another provider",
    text: change("local: {}", "local:\n        region: us-west-2"),
    says: /spec\.provider\.config\.local\.region: /,
  },
  {
    name: "a malformed version",
    text: change('"1.35.4"', '"latest"'),
    says: /^9: spec\.provider\.kubernetes\.version: /,
  },
];

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lattice-bad-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const { name, text, says } of BAD_FILES) {
  for (const command of ["install", "render"]) {
    Deno.test(`lattice ${command} refuses ${name}`, () =>
      withFolder(async (folder) => {
        const file = join(folder, "cluster.yaml");
        const home = join(folder, "home");
        await Deno.writeTextFile(file, text);
        const result = await lattice([command, "-f", file], { env: { LATTICE_HOME: home } });
        assert.equal(result.code, EXIT.validation, result.stderr);
        assert.equal(result.stdout, "");
        const lines = result.stderr.trimEnd().split("\n");
        assert.ok(lines.every((line) => line.startsWith(`${file}:`)), result.stderr);
        const told = lines.map((line) => line.slice(file.length + 1).trim());
        assert.ok(told.some((line) => says.test(line)), result.stderr);
        assert.ok(told.every((line) => line.includes("; ")), `no remedy: ${result.stderr}`);
        await assert.rejects(Deno.stat(home), Deno.errors.NotFound);
      }));
  }
}

Deno.test("lattice install reads standard input and calls it so", async () => {
  const { code, stderr } = await lattice(["install", "-f", "-"], { stdin: "kind: Pod\n" });
  assert.equal(code, EXIT.validation);
  assert.match(stderr, /^<stdin>:\d+: /);
});

Deno.test("lattice install refuses a file that is absent, unreadable or a directory", () =>
  withFolder(async (folder) => {
    for (const file of [join(folder, "none.yaml"), folder]) {
      const { code, stderr } = await lattice(["install", "-f", file]);
      assert.equal(code, EXIT.validation, stderr);
      assert.match(stderr, /--file: .*; name an existing, readable file\n$/);
    }
  }));

const BAD_FLAGS: readonly { readonly args: readonly string[]; readonly says: RegExp }[] = [
  { args: ["--run-id", "../x"], says: /^error: --run-id: must be a DNS label/ },
  { args: ["--kubeconfig-out", "/tmp"], says: /--kubeconfig-out: '\/tmp' is a directory; / },
  {
    args: ["--registry-credentials-file", "/nowhere"],
    says: /^\/nowhere: --registry-credentials-file: there is no such file; /,
  },
];

for (const { args, says } of BAD_FLAGS) {
  Deno.test(`lattice install refuses ${args.join(" ")}`, async () => {
    const { code, stderr } = await lattice(["install", "-f", "-", ...args], {
      stdin: CLUSTER_YAML,
    });
    assert.equal(code, EXIT.validation, stderr);
    assert.match(stderr, says);
  });
}

Deno.test("a registry credentials file that is none is refused without quoting it", () =>
  withFolder(async (folder) => {
    const file = join(folder, "config.json");
    for (const text of ["secret-password", '{"secret-password": 1}']) {
      await Deno.writeTextFile(file, text);
      const { code, stderr } = await lattice(["install", "-f", "-"], {
        stdin: CLUSTER_YAML,
        env: { REGISTRY_CREDENTIALS_FILE: file },
      });
      assert.equal(code, EXIT.validation);
      assert.match(stderr, /is not a Docker config file/);
      assert.ok(!stderr.includes("secret-password"));
    }
  }));
