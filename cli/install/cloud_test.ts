/**
 * What an install in a cloud refuses before anything is created, and what its dry run shows.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { initArguments } from "../run/clusterctl.ts";
import { runProgram, whyNot } from "../run/programs.ts";
import { type CloudName, cloudYaml, ENVIRONMENTS, SECRETS } from "../testing/clouds.ts";
import { CLUSTER_YAML } from "../testing/cluster.ts";
import { lattice } from "../testing/io.ts";

const CLOUDS = ["aws", "docker", "openstack", "proxmox"] as const satisfies readonly CloudName[];
const never = new AbortController().signal;

for (const cloud of CLOUDS) {
  for (const bootstrap of ["kubeadm", "rke2"]) {
    Deno.test(`--dry-run at ${cloud} with ${bootstrap}: plan and objects, no secret, no trace`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "lattice-dry-" });
      try {
        const home = join(folder, "home");
        const { code, stdout, stderr } = await lattice(["install", "-f", "-", "--dry-run"], {
          stdin: cloudYaml(cloud, "c1", bootstrap),
          env: { ...ENVIRONMENTS[cloud], LATTICE_HOME: home },
        });
        assert.equal(code, 0, stderr);
        assert.match(stderr, new RegExp(`provider ${cloud}, Kubernetes 1\\.35\\.4, ${bootstrap}`));
        assert.match(stderr, /1\. Create the bootstrap cluster lattice-bootstrap-\w+ in kind/);
        const documents = stdout.split("---\n").filter((text) => text !== "");
        assert.equal(Number(/on stdout: (\d+)\./.exec(stderr)?.[1]), documents.length);
        assert.match(stdout, /^kind: CloudProvider$/m);
        assert.equal(/^kind: Secret$/m.test(stdout), cloud !== "docker");
        for (const value of Object.values(SECRETS)) {
          assert.ok(!stdout.includes(value) && !stdout.includes(btoa(value)));
        }
        await assert.rejects(Deno.stat(home), Deno.errors.NotFound);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}

Deno.test("--dry-run without credentials shows everything else, then says what is missing", async () => {
  const { code, stdout, stderr } = await lattice(["install", "-f", "-", "--dry-run"], {
    stdin: cloudYaml("proxmox"),
  });
  assert.equal(code, 3);
  assert.match(stdout, /^kind: ProxmoxCluster$/m);
  assert.match(stderr, /error: PROXMOX_URL, PROXMOX_TOKEN, PROXMOX_SECRET: are not set; set them/);
});

for (const cloud of ["aws", "openstack", "proxmox"] as const) {
  Deno.test(`install at ${cloud} without credentials is refused before anything is created`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "lattice-no-" });
    try {
      const home = join(folder, "home");
      const args = ["install", "-f", "-", "--bootstrap-cluster", "local"];
      const env = { LATTICE_HOME: home };
      const { code, stdout, stderr } = await lattice(args, { stdin: cloudYaml(cloud), env });
      assert.equal(code, 3, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: .* are not set; set them in the environment, or add Secret/);
      await assert.rejects(Deno.stat(home), Deno.errors.NotFound);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a local cluster cannot be bootstrapped in kind, and stands alone in its file", async () => {
  const kind = await lattice(["install", "-f", "-", "--bootstrap-cluster", "kind"], {
    stdin: CLUSTER_YAML,
  });
  assert.equal(kind.code, 3);
  assert.match(kind.stderr, /--bootstrap-cluster: a local cluster cannot be .*; leave it out/);
  const secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\n";
  const beside = await lattice(["install", "-f", "-"], { stdin: CLUSTER_YAML + secret });
  assert.equal(beside.code, 3);
  assert.match(beside.stderr, /a further document \(Secret\) follows/);
});

Deno.test("--bootstrap-cluster takes kind and local only", async () => {
  const { code, stderr } = await lattice(["install", "-f", "-", "--bootstrap-cluster", "k3d"]);
  assert.equal(code, 2);
  assert.match(stderr, /Write one of: kind, local/);
});

Deno.test("clusterctl is told versions of everything, and no secret", () => {
  const args = initArguments("proxmox", "/k", "/config.yaml");
  assert.deepEqual(args.filter((arg) => /-(infra|ipam|core|config|kube)/.test(arg)).length, 5);
  assert.ok(args.some((arg) => /^--ipam=in-cluster:v\d/.test(arg)));
  assert.ok(initArguments("aws", "/k").every((arg) => !/ipam|config=\/c/.test(arg)));
});

Deno.test("a program that fails is quoted without its secrets; one that is absent or slow says so", async () => {
  const run = { timeoutMs: 20_000, signal: never, program: "sh" } as const;
  const fails = runProgram({
    ...run,
    args: ["-c", 'echo "bad $TOKEN" >&2; exit 3'],
    env: { TOKEN: SECRETS.aws },
    hide: (text) => text.replaceAll(SECRETS.aws, "***"),
  });
  await assert.rejects(fails, /'sh -c .*' failed: bad \*\*\*$/);
  await assert.rejects(runProgram({ ...run, program: "no-such-program", args: [] }), {
    code: "prerequisite",
  });
  const slow = runProgram({ ...run, args: ["-c", "exec sleep 60"], timeoutMs: 50 });
  await assert.rejects(slow, { code: "timeout" });
  assert.equal(await runProgram({ ...run, args: ["-c", "cat"], stdin: "text" }), "text");
  assert.equal(await whyNot("true", [], never), undefined);
  assert.match(await whyNot("no-such-program", [], never) ?? "", /there is no program/);
});
