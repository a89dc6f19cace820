/**
 * Installs in clouds that do not answer, through a bootstrap cluster of processes: the real managers
 * reconcile the rendered objects, and what they say reaches the user. Nothing is left, no secret is shown.
 *
 * What lies behind the first answer of a cloud needs a cloud.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { managersOf } from "@lattice/providers";
import { readRecord } from "@lattice/providers/local/host";
import { z } from "zod";
import { type CloudName, cloudYaml, ENVIRONMENTS, SECRETS } from "../../cli/testing/clouds.ts";
import { locateSet } from "../../tools/locate.ts";
import { eventually, NOTHING, type Outcome, Sandbox } from "./sandbox.ts";

const RUN = "e2e";
const BOOTSTRAP = `lattice-bootstrap-${RUN}`;

/** A cloud that cannot be reached from here, and how its error begins. */
interface Cloud {
  readonly cloud: CloudName;
  readonly bootstrap: "kubeadm" | "rke2";
  readonly says: RegExp;
  /** Which command removes the bootstrap cluster that was kept. */
  readonly cleanUp: "install" | "uninstall";
}

/** What an install says that cleaned up after itself. */
const REMOVED = /Nothing existed at the provider yet, so everything was removed again/;

const NEEDLES = Object.values(SECRETS).flatMap((secret) => [secret, btoa(secret)]);

const CLOUDS: readonly Cloud[] = [
  {
    cloud: "docker",
    bootstrap: "kubeadm",
    cleanUp: "install",
    says:
      /^error: spec\.provider\.config\.docker: provider docker cannot be reached; DockerCluster c1 says: LoadBalancerAvailable: .*docker.*; start Docker on this machine, or set DOCKER_HOST/m,
  },
  {
    cloud: "openstack",
    bootstrap: "kubeadm",
    cleanUp: "uninstall",
    says:
      /^error: OS_AUTH_URL, or auth_url in clouds\.yaml: provider openstack cannot be reached; .*127\.0\.0\.1:1.*; check the URL of Keystone/m,
  },
  {
    cloud: "proxmox",
    bootstrap: "kubeadm",
    cleanUp: "install",
    says:
      /^error: PROXMOX_URL: provider proxmox cannot be reached; .*127\.0\.0\.1:1.*; check the URL of the API/m,
  },
  {
    cloud: "proxmox",
    bootstrap: "rke2",
    cleanUp: "uninstall",
    says: /^error: PROXMOX_URL: provider proxmox cannot be reached; /m,
  },
  {
    cloud: "aws",
    bootstrap: "kubeadm",
    cleanUp: "install",
    says:
      /^error: (AWS_ACCESS_KEY_ID|spec\.provider\.config\.aws\.region).*: provider aws (refuses|cannot be reached); /m,
  },
];

/** Only the set `kubeadm` is part of every set-up for tests; the others take a while to build. */
async function isBuilt({ cloud, bootstrap }: Cloud): Promise<boolean> {
  if (cloud === "docker") return true;
  try {
    for (const { set } of managersOf(cloud, bootstrap)) await locateSet(set);
    return true;
  } catch (error) {
    if (error instanceof LatticeError && error.code === "prerequisite") return false;
    throw error;
  }
}

for (const each of CLOUDS) {
  const { cloud, bootstrap, says, cleanUp } = each;
  Deno.test({
    name: `install at ${cloud} with ${bootstrap} tells what its manager complains about`,
    ignore: !await isBuilt(each),
    fn: async () => {
      await using sandbox = await Sandbox.create();
      const kept = await install(sandbox, each, "--keep-bootstrap-on-failure");
      assert.equal(kept.code, 1, kept.stderr);
      assert.equal(kept.stdout, "");
      assert.match(kept.stderr, says);
      assert.match(
        kept.stderr,
        /resume: {2}lattice install -f .* --bootstrap-cluster local --run-id e2e/,
      );
      await lookAtKept(sandbox, each);
      const removed = cleanUp === "install"
        ? await install(sandbox, each)
        : await uninstall(sandbox);
      assert.equal(removed.code, cleanUp === "install" ? 1 : 0, removed.stderr);
      assert.match(removed.stderr, cleanUp === "install" ? REMOVED : /Cluster 'c1' is gone/);
      assert.deepEqual(await sandbox.leftovers(), NOTHING);
      assert.deepEqual(await filesWithSecrets(sandbox.folder), []);
      for (const secret of Object.values(SECRETS)) {
        assert.ok(!(kept.stderr + removed.stderr).includes(secret));
      }
    },
  });
}

async function install(
  sandbox: Sandbox,
  { cloud, bootstrap }: Cloud,
  ...flags: readonly string[]
): Promise<Outcome> {
  const file = await sandbox.write("cluster.yaml", cloudYaml(cloud, "c1", bootstrap));
  const args = ["install", "-f", file, "--run-id", RUN, "--bootstrap-cluster", "local", ...flags];
  const everything = Object.assign({}, ...Object.values(ENVIRONMENTS));
  // A Docker that happens to run on this machine must not be used.
  const env = { ...everything, DOCKER_HOST: "unix:///nowhere/docker.sock" };
  return await sandbox.lattice(args, { env, timeoutMs: 300_000 });
}

async function uninstall(sandbox: Sandbox): Promise<Outcome> {
  const record = await readRecord(sandbox.home, BOOTSTRAP);
  assert.ok(record, "the bootstrap cluster was not kept");
  return await sandbox.lattice(["uninstall", "-k", record.kubeconfig, "-n", "c1", "-y"]);
}

/** Account, managers and condition are there; secrets are where they are read and nowhere else. */
async function lookAtKept(sandbox: Sandbox, { cloud, bootstrap }: Cloud): Promise<void> {
  const kubectl = (...args: string[]): Promise<string> => sandbox.kubectl(BOOTSTRAP, args);
  const type = "jsonpath={.items[*].spec.type}";
  assert.equal(await kubectl("get", "cloudproviders", "-n", "lattice-system", "-o", type), cloud);
  const labelled = ["-A", "-l", `lattice.dev/provider=${cloud}`, "-o", "name"];
  const secrets = (await kubectl("get", "secrets", ...labelled)).split("\n").filter(Boolean);
  assert.equal(secrets.length, { docker: 0, aws: 2, openstack: 3, proxmox: 3 }[cloud]);
  const record = await readRecord(sandbox.home, BOOTSTRAP);
  assert.ok(record, "the bootstrap cluster was not kept");
  const { components } = statusSchema.parse(
    JSON.parse(await Deno.readTextFile(join(record.directory, "run", "status.json"))),
  );
  for (const { name } of managersOf(cloud, bootstrap)) {
    assert.ok(components.some((each) => each.name === `manager-${name}` && each.ready), name);
  }
  await eventually(
    "the LatticeCluster to say that its infrastructure is pending",
    60_000,
    async () => {
      const json = await kubectl("get", "latticecluster", "c1", "-o", "json");
      return json.includes('"InfraPending"') ? true : undefined;
    },
  );
  // etcd stores what the API server holds; CAPA reads a file of its owner's only.
  const allowed = [
    join(record.directory, "data", "etcd"),
    `${record.directory}/pki/aws-credentials`,
  ];
  const found = await filesWithSecrets(sandbox.folder);
  assert.deepEqual(found.filter((path) => !allowed.some((each) => path.startsWith(each))), []);
  assert.deepEqual(await processesWithSecrets(), []);
}

const statusSchema = z.object({
  components: z.array(z.object({ name: z.string(), ready: z.boolean() })),
});

/** Files below a folder in which a secret stands, as it is or in base64. */
async function filesWithSecrets(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await filesWithSecrets(path));
    if (!isFile) continue;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    if (NEEDLES.some((needle) => text.includes(needle))) found.push(path);
  }
  return found;
}

/** Processes of this machine with a secret in their arguments or their environment. */
async function processesWithSecrets(): Promise<string[]> {
  const child = new Deno.Command("sh", {
    // The texts come by standard input, or grep would find itself.
    args: ["-c", "grep -lsaF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(NEEDLES.join("\n") + "\n"));
  await writer.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}
