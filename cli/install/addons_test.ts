import assert from "node:assert/strict";
import { join } from "node:path";
import { lattice } from "../testing/io.ts";

const AWS = new URL("../../examples/aws.yaml", import.meta.url).pathname;
const LOCAL = new URL("../../examples/local.yaml", import.meta.url).pathname;

async function withDir(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "lattice-test-addons-" });
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("lattice render --addons names every chart that is missing, its version and its place", () =>
  withDir(async (dir) => {
    const env = { LATTICE_CHARTS_DIR: dir };
    const { code, stdout, stderr } = await lattice(["render", "-f", AWS, "--addons"], { env });
    assert.deepEqual([code, stdout], [1, ""]);
    const charts = [
      "cilium",
      "cert-manager",
      "base",
      "cni",
      "istiod",
      "ztunnel",
      "external-secrets",
    ];
    for (const name of charts) {
      const places = new RegExp(
        `no chart "${name}" v?[0-9.]+ in "${dir}" \\(${name}/ or ${name}-[0-9.]+tgz`,
      );
      assert.match(stderr, places);
    }
    assert.match(stderr, /no file "gateway-api-crds" [0-9.]+ in /);
    assert.match(stderr, /LATTICE_CHARTS_DIR/);
  }));

Deno.test("lattice render --addons says where it looked for helm", () =>
  withDir(async (dir) => {
    await Deno.mkdir(join(dir, "ztunnel"));
    const { versions } = await import("@lattice/providers");
    const chart = `name: ztunnel\nversion: ${versions.istio}\n`;
    await Deno.writeTextFile(join(dir, "ztunnel", "Chart.yaml"), chart);
    const env = { LATTICE_CHARTS_DIR: dir, LATTICE_HELM: join(dir, "helm") };
    const args = ["render", "-f", AWS, "--addons", "--only", "ztunnel"];
    const { code, stderr } = await lattice(args, { env });
    assert.equal(code, 1);
    assert.ok(stderr.includes(join(dir, "helm")), stderr);
    assert.match(stderr, /LATTICE_HELM/);
  }));

Deno.test("lattice render --addons --only needs no chart for addons that are none", async () => {
  const only = ["cluster-autoscaler", "aws-cloud-controller-manager"];
  const args = ["render", "-f", AWS, "--addons", "-o", "name", "--only", ...only];
  const { code, stdout, stderr } = await lattice(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^deployment[.]apps\/cluster-autoscaler$/m);
  assert.match(stdout, /^daemonset[.]apps\/aws-cloud-controller-manager$/m);
});

Deno.test("lattice render --addons sends images to a mirror", async () => {
  const mirror = "mirror.example.com:5000";
  const flags = [
    "--registry-mirror",
    mirror,
    "--pull-secret",
    "--image",
    "images.example.com/l/o:1",
  ];
  const args = ["render", "-f", AWS, "--addons", "--only", "lattice-operator", ...flags];
  const { code, stdout, stderr } = await lattice(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /image: mirror[.]example[.]com:5000\/l\/o:1$/m);
  assert.match(stdout, /imagePullSecrets:\n +- name: lattice-registry/);
  assert.doesNotMatch(stdout, /kind: Secret/);
});

Deno.test("lattice render --addons takes the mirror of the environment when no flag names one", async () => {
  const args = ["render", "-f", AWS, "--addons", "--only", "cluster-autoscaler"];
  const env = { LATTICE_REGISTRY_MIRROR: "mirror.example.com" };
  const image = (text: string): string | undefined => /image: (\S+)/.exec(text)?.[1];
  assert.match(image((await lattice(args, { env })).stdout) ?? "", /^mirror[.]example[.]com\//);
  const flags = ["--registry-mirror", "other.example.com"];
  const other = await lattice([...args, ...flags], { env });
  assert.match(image(other.stdout) ?? "", /^other[.]example[.]com\//);
});

Deno.test("lattice render --addons tells that a local cluster gets kinds only", async () => {
  const { code, stdout, stderr } = await lattice(["render", "-f", LOCAL, "--addons", "-o", "name"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /simulated/);
  const kinds = new Set(stdout.trim().split("\n").map((line) => line.split("/")[0]));
  assert.deepEqual([...kinds], ["customresourcedefinition.apiextensions.k8s.io"]);
});

const WRONG: { args: string[]; says: RegExp; code: number }[] = [
  { args: ["--addons", "--only", "cillium"], says: /did you mean "cilium"/, code: 2 },
  { args: ["--addons", "--only", "local-path"], says: /does not get the addon/, code: 2 },
  { args: ["--only", "cilium"], says: /--addons/, code: 2 },
  { args: ["--registry-mirror", "m.example"], says: /--addons/, code: 2 },
  {
    args: ["--addons", "--only", "lattice-operator", "--registry-mirror", "https://m.example"],
    says: /is not the address of a registry/,
    code: 3,
  },
];

for (const { args, says, code } of WRONG) {
  Deno.test(`lattice render ${args.join(" ")} is refused`, async () => {
    const seen = await lattice(["render", "-f", AWS, ...args]);
    assert.equal(seen.code, code, seen.stderr);
    assert.match(seen.stderr, says);
  });
}
