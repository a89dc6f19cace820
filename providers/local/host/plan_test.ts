/**
 * Plans are whole or not there, and the same plan twice changes nothing.
 * @module
 */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { dirname, join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { parseCertificate } from "@lattice/crypto/pki";
import { namesIn } from "./files.ts";
import { clusterPaths, clustersDirectory, portsDirectory } from "./layout.ts";
import { materialPaths } from "./material.ts";
import { planCluster, type PlanOptions, type PlanTools } from "./plan.ts";
import { reservePorts } from "./ports.ts";
import { listClusters, readDesired, readRecord, setDesiredState } from "./records.ts";
import { temporaryHome } from "./testing.ts";

const TOOLS: PlanTools = {
  dir: "/tools",
  bin: (name) => `/tools/${name}`,
  manifest: (name) => `/tools/manifests/${name}`,
};
const OPERATOR = { argv: ["/deno", "run", "main.ts"], env: { GREETING: "hi" } };

function options(home: string, more: Partial<PlanOptions> = {}): PlanOptions {
  return {
    home,
    name: "c",
    role: "workload",
    version: "1.35.4",
    flavour: "kubeadm",
    certSANs: [],
    runId: "run",
    tools: TOOLS,
    ...more,
  };
}

/** Content and permission bits of every file below a directory. */
async function snapshot(directory: string, under = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of await namesIn(directory)) {
    const path = join(directory, name);
    const info = await Deno.stat(path);
    const mode = ((info.mode ?? 0) & 0o777).toString(8);
    if (info.isDirectory) {
      found.set(`${under}${name}/`, mode);
      for (const [key, value] of await snapshot(path, `${under}${name}/`)) found.set(key, value);
    } else {
      found.set(`${under}${name}`, `${mode} ${await Deno.readTextFile(path)}`);
    }
  }
  return found;
}

async function names(home: string): Promise<string[]> {
  const desired = await readDesired(home, "c");
  return desired!.components.map(({ name }) => name);
}

Deno.test("the same plan twice gives the same record and changes no file", async () => {
  await using home = await temporaryHome();
  const first = await planCluster(options(home.path, { operator: OPERATOR }));
  deepEqual(await planCluster(options(home.path, { operator: OPERATOR })), first);
  const before = await snapshot(home.path);
  deepEqual(await planCluster(options(home.path)), first);
  deepEqual(await snapshot(home.path), before);
});

Deno.test("ten plans of one name at once make one cluster", async () => {
  await using home = await temporaryHome();
  const records = await Promise.all(
    Array.from({ length: 10 }, () => planCluster(options(home.path))),
  );
  equal(new Set(records.map(({ id }) => id)).size, 1);
  deepEqual(await namesIn(clustersDirectory(home.path)), ["c"]);
  deepEqual(await namesIn(portsDirectory(home.path)), [String(records[0]!.portBase)]);
});

Deno.test("everything of a cluster is for its owner only", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path));
  for (const [path, content] of await snapshot(home.path)) {
    match(content, path.endsWith("/") ? /^700/ : /^600/, path);
  }
});

const ROLES: [string, Partial<PlanOptions>, string[]][] = [
  ["a workload cluster", { operator: OPERATOR }, [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "operator",
    "capi-manager",
  ]],
  ["a bootstrap cluster", { role: "bootstrap", operator: OPERATOR }, [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "operator",
    "capi-manager",
  ]],
  ["a cluster without operator", { role: "bootstrap" }, [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
  ]],
];
for (const [what, more, expected] of ROLES) {
  Deno.test(`${what} has its components, each after those that it needs`, async () => {
    await using home = await temporaryHome();
    await planCluster(options(home.path, more));
    deepEqual(await names(home.path), expected);
    const { components } = (await readDesired(home.path, "c"))!;
    components.forEach(({ dependsOn }, index) => {
      const before = components.slice(0, index).map(({ name }) => name);
      ok(dependsOn.every((name) => before.includes(name)));
    });
  });
}

Deno.test("the operator gets its environment and its cluster's directory", async () => {
  await using home = await temporaryHome();
  const record = await planCluster(options(home.path, { operator: OPERATOR }));
  const { components } = (await readDesired(home.path, "c"))!;
  const operator = components.find(({ name }) => name === "operator")!;
  deepEqual(operator.argv, [...OPERATOR.argv, record.directory]);
  deepEqual(operator.env, {
    GREETING: "hi",
    LATTICE_CLUSTER_NAME: "c",
    KUBECONFIG: join(record.directory, "operator.kubeconfig"),
    LATTICE_HOME: home.path,
    LATTICE_TOOLS_DIR: "/tools",
    LATTICE_HEALTH_PORT: String(record.portBase + 9),
  });
});

Deno.test("no secret is in a command line or an environment", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path, { operator: OPERATOR }));
  const text = await Deno.readTextFile(clusterPaths(home.path, "c").desired);
  ok(!text.includes("PRIVATE KEY"));
});

Deno.test("rke2 limits the ciphers of the API server, kubeadm does not", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path, { name: "r", flavour: "rke2" }));
  await planCluster(options(home.path, { name: "k" }));
  const flag = "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,";
  const flags = async (name: string): Promise<string> =>
    (await readDesired(home.path, name))!.components[1]!.argv.join(" ");
  ok((await flags("r")).includes(flag));
  ok(!(await flags("k")).includes("cipher"));
});

Deno.test("new names of the API server renew its certificate and nothing else", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path, { certSANs: ["one.example", "10.9.8.7"] }));
  const { apiServer, ca } = materialPaths(clusterPaths(home.path, "c").pki);
  const read = async (path: string) => await parseCertificate(await Deno.readTextFile(path));
  const before = await read(apiServer.cert);
  ok(before.dnsNames.includes("one.example"));
  ok(before.ipAddresses.includes("10.9.8.7"));
  const authority = await read(ca.cert);
  await planCluster(options(home.path, { certSANs: ["two.example"] }));
  const after = await read(apiServer.cert);
  ok(after.dnsNames.includes("two.example") && !after.dnsNames.includes("one.example"));
  equal((await read(ca.cert)).serial, authority.serial);
});

Deno.test("a plan leaves a stopped cluster stopped, and refuses one that is being removed", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path));
  await setDesiredState(home.path, "c", "stopped");
  await planCluster(options(home.path, { version: "1.35.5" }));
  equal((await readDesired(home.path, "c"))!.state, "stopped");
  equal((await readRecord(home.path, "c"))!.version, "1.35.5");
  await setDesiredState(home.path, "c", "removed");
  await rejects(planCluster(options(home.path)), { code: "conflict" });
  await rejects(setDesiredState(home.path, "c", "running"), { code: "conflict" });
});

Deno.test("a plan uses the block that was reserved for the name", async () => {
  await using home = await temporaryHome();
  await reservePorts(home.path, "other");
  const base = await reservePorts(home.path, "c");
  equal((await planCluster(options(home.path, { base }))).portBase, base);
  await rejects(planCluster(options(home.path, { base: base + 16 })), { code: "conflict" });
});

const REFUSED: [string, Partial<PlanOptions>, string][] = [
  ["a name that leads out of the directory", { name: "../c" }, "metadata.name"],
  ["an empty name", { name: "" }, "metadata.name"],
];
for (const [what, more, field] of REFUSED) {
  Deno.test(`a plan refuses ${what}`, async () => {
    await using home = await temporaryHome();
    await rejects(planCluster(options(home.path, more)), { code: "validation", field });
    deepEqual(await namesIn(home.path), []);
  });
}

Deno.test("a cluster cannot change its role", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path));
  await rejects(planCluster(options(home.path, { role: "bootstrap" })), { code: "conflict" });
});

Deno.test("a plan that fails leaves neither directory nor ports", async () => {
  await using home = await temporaryHome();
  const tools: PlanTools = {
    ...TOOLS,
    manifest: () => {
      throw new Error("late");
    },
  };
  await rejects(planCluster(options(home.path, { tools })), /late/);
  deepEqual(await namesIn(clustersDirectory(home.path)), []);
  deepEqual(await namesIn(portsDirectory(home.path)), []);
});

Deno.test("what a killed plan left is swept by the next plan of the name", async () => {
  await using home = await temporaryHome();
  const staging = join(clustersDirectory(home.path), ".c.staging", "pki");
  await Deno.mkdir(staging, { recursive: true });
  deepEqual(await listClusters(home.path), []);
  await planCluster(options(home.path));
  deepEqual(await namesIn(clustersDirectory(home.path)), ["c"]);
});

Deno.test("a state directory that cannot be written is refused with field and remedy", async () => {
  await using home = await temporaryHome();
  const file = join(home.path, "file");
  await Deno.writeTextFile(file, "");
  await rejects(planCluster(options(file)), (error) => {
    ok(error instanceof LatticeError && error.code === "validation");
    equal(error.field, "LATTICE_HOME");
    ok(error.remedy);
    return true;
  });
});

/** A file system of a few pages, or `undefined` where this user may not make one. */
async function tinyDisk(bytes: number): Promise<AsyncDisposable & { path: string } | undefined> {
  const home = await temporaryHome();
  const path = join(home.path, "disk");
  await Deno.mkdir(path);
  const run = async (...[program, ...args]: [string, ...string[]]): Promise<boolean> =>
    (await new Deno.Command(program, { args, stderr: "null" }).output()).success;
  if (!await run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "lattice-test", path)) {
    await home[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await run("umount", path);
      await home[Symbol.asyncDispose]();
    },
  };
}

/** From "not even the lock" to "all but the last file". */
const DISK_SIZES = [4, 8, 16, 32, 64, 128, 192, 224, 256, 512].map((kib) => kib * 1024);

Deno.test("a full disk leaves no half cluster, wherever it fills up", async () => {
  const outcomes = new Set<string>();
  for (const size of DISK_SIZES) {
    await using disk = await tinyDisk(size);
    if (disk === undefined) return;
    const home = join(disk.path, "home");
    const outcome = await planCluster(options(home)).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      ok(outcome instanceof LatticeError && outcome.field === "LATTICE_HOME", String(outcome));
      match(outcome.message, /full/);
      deepEqual(await namesIn(clustersDirectory(home)), []);
      deepEqual(await namesIn(portsDirectory(home)), []);
      outcomes.add("refused");
    } else {
      equal((await listClusters(home)).length, 1);
      outcomes.add("planned");
    }
  }
  deepEqual([...outcomes].sort(), ["planned", "refused"]);
});

Deno.test("a damaged record is reported with its path and never overwritten", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path));
  const { record } = clusterPaths(home.path, "c");
  await Deno.writeTextFile(record, "{}");
  await rejects(planCluster(options(home.path)), { code: "internal", file: record });
  equal(await Deno.readTextFile(record), "{}");
  equal(dirname(record), clusterPaths(home.path, "c").directory);
});
