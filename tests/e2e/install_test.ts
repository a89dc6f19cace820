/**
 * The main job, end to end, on real components: a cluster is born, manages itself, heals, and goes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clusterStatus, readRecord } from "@lattice/providers/local/host";
import { parseAllDocuments } from "yaml";
import { clusterYaml, eventually, NOTHING, Sandbox } from "./sandbox.ts";

const NAME = "e2e";

/** Names of the nodes that are Ready, of one pool or of all. */
async function readyNodes(sandbox: Sandbox, pool?: string): Promise<string[]> {
  const text = await sandbox.kubectl(NAME, [
    "get",
    "nodes",
    ...(pool === undefined ? [] : ["-l", `lattice.dev/pool=${pool}`]),
    "-o",
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}',
  ]);
  return text.split("\n").filter((line) => line.endsWith(" True"))
    .map((line) => line.split(" ")[0] ?? "").sort();
}

async function patchPools(sandbox: Sandbox, pools: unknown): Promise<void> {
  const patch = JSON.stringify({ spec: { nodes: { workerPools: pools } } });
  await sandbox.kubectl(NAME, ["patch", "latticecluster", NAME, "--type", "merge", "-p", patch]);
}

async function waitWorkers(sandbox: Sandbox, pool: string, count: number): Promise<string[]> {
  return await eventually(`${count} ready nodes in pool ${pool}`, 60_000, async () => {
    const nodes = await readyNodes(sandbox, pool);
    return nodes.length === count ? nodes : undefined;
  });
}

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 20
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: example.invalid/web:1}
`;

Deno.test("one file becomes a cluster that manages itself, and goes without a trace", async (t) => {
  await using sandbox = await Sandbox.create();
  const file = await sandbox.write("cluster.yaml", clusterYaml(NAME));
  const out = `${sandbox.folder}/kubeconfig`;

  await t.step("--dry-run shows every object and touches nothing", async () => {
    const { code, stdout, stderr } = await sandbox.lattice(["install", "-f", file, "--dry-run"]);
    assert.equal(code, 0, stderr);
    const kinds = parseAllDocuments(stdout).map((each) => each.get("kind"));
    assert.ok(kinds.includes("LatticeCluster") && kinds.includes("MachineDeployment"), `${kinds}`);
    assert.deepEqual(await sandbox.leftovers(), NOTHING);
  });

  await t.step("install prints the kubeconfig's path and leaves no bootstrap behind", async () => {
    const args = ["install", "-f", file, "--run-id", "r1", "--kubeconfig-out", out];
    const { code, stdout, stderr } = await sandbox.lattice(args);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${out}\n`);
    for (let step = 1; step <= 7; step++) assert.match(stderr, new RegExp(`\\[${step}/7\\]`));
    const { clusters, ports, processes } = await sandbox.leftovers();
    assert.deepEqual(clusters, [NAME]);
    assert.equal(ports.length, 1);
    assert.deepEqual(processes.filter((line) => line.includes("bootstrap")), []);
    assert.equal((await readyNodes(sandbox)).length, 3);
  });

  await t.step("the same run again finds nothing left to do; another run is refused", async () => {
    const again = await sandbox.lattice(["install", "-f", file, "--run-id", "r1"]);
    assert.equal(again.code, 0, again.stderr);
    const other = await sandbox.lattice(["install", "-f", file]);
    assert.equal(other.code, 3, other.stderr);
    assert.match(other.stderr, /metadata\.name: a cluster 'e2e' is installed already/);
    assert.equal(other.stderr.trim().split("\n").length, 1);
  });

  await t.step("get clusters and get cluster show it", async () => {
    const list = await sandbox.lattice(["get", "clusters", "--kubeconfig", out, "-o", "json"]);
    assert.equal(list.code, 0, list.stderr);
    const [info] = JSON.parse(list.stdout) as Record<string, unknown>[];
    assert.equal(info?.name, NAME);
    assert.equal(info?.phase, "Ready");
    assert.equal(info?.workers_ready, 2);
    assert.equal(info?.pivot_complete, true);
    const one = await sandbox.lattice(["get", "cluster", NAME, "--kubeconfig", out]);
    assert.match(one.stdout, /^Pivot: {10}complete$/m);
    const none = await sandbox.lattice(["get", "cluster", "nope", "--kubeconfig", out]);
    assert.equal(none.code, 4);
  });

  await t.step("an edit in the cluster itself scales 2 to 4 and back", async () => {
    await patchPools(sandbox, { general: { replicas: 4 } });
    await waitWorkers(sandbox, "general", 4);
    await patchPools(sandbox, { general: { replicas: 2 } });
    await waitWorkers(sandbox, "general", 2);
  });

  await t.step("a deleted Machine is replaced", async () => {
    const before = await readyNodes(sandbox, "general");
    const machine = before[0] ?? "";
    await sandbox.kubectl(NAME, ["delete", "machine", "-n", `capi-${NAME}`, machine]);
    const after = await eventually("a new worker", 60_000, async () => {
      const nodes = await readyNodes(sandbox, "general");
      return nodes.length === 2 && !nodes.includes(machine) ? nodes : undefined;
    });
    assert.ok(after.includes(before[1] ?? ""), "the other worker was touched");
  });

  await t.step("a Deployment of 20 pods becomes Available", async () => {
    await sandbox.kubectl(NAME, ["apply", "-f", "-"], { stdin: DEPLOYMENT });
    await sandbox.kubectl(NAME, [
      "wait",
      "deployment/web",
      "--for",
      "condition=Available",
      "--timeout",
      "60s",
    ]);
  });

  await t.step("a pool with labels and taints is added after the pivot, and removed", async () => {
    await patchPools(sandbox, {
      gpu: {
        replicas: 1,
        labels: { "example.com/tier": "gpu" },
        taints: [{ key: "example.com/gpu", value: "yes", effect: "NoSchedule" }],
      },
    });
    const [node] = await waitWorkers(sandbox, "gpu", 1);
    const format =
      'jsonpath={.metadata.labels.example\\.com/tier} {.spec.taints[?(@.key=="example.com/gpu")].effect}';
    await eventually("labels and taints on the node", 30_000, async () => {
      const text = await sandbox.kubectl(NAME, ["get", "node", node ?? "", "-o", format]);
      return text === "gpu NoSchedule" || undefined;
    });
    await patchPools(sandbox, { gpu: null });
    await waitWorkers(sandbox, "gpu", 0);
    await waitWorkers(sandbox, "general", 2);
  });

  await t.step("every process that is killed is back within 15 s, with its data", async () => {
    const { components } = await clusterStatus(sandbox.home, NAME);
    for (const { name, pid } of components) {
      assert.ok(pid, `${name} does not run`);
      Deno.kill(pid, "SIGKILL");
      await eventually(`${name} is back`, 15_000, async () => {
        const { components: now } = await clusterStatus(sandbox.home, NAME);
        const found = now.find((each) => each.name === name);
        return (found?.ready && found.pid !== pid) || undefined;
      });
    }
    await waitWorkers(sandbox, "general", 2);
  });

  await t.step(
    "both supervisors, killed one after the other, are back, and adopt what runs",
    async () => {
      const before = await clusterStatus(sandbox.home, NAME);
      for (const role of ["standby", "active"] as const) {
        const pid = (await clusterStatus(sandbox.home, NAME)).supervisor[role];
        assert.ok(pid, `there is no ${role} supervisor`);
        Deno.kill(pid, "SIGKILL");
        await eventually("a pair of supervisors", 15_000, async () => {
          const { supervisor } = await clusterStatus(sandbox.home, NAME);
          const pids = [supervisor.active, supervisor.standby];
          return (pids.every((each) => each !== undefined) && !pids.includes(pid)) || undefined;
        });
      }
      const after = await clusterStatus(sandbox.home, NAME);
      const pids = (status: typeof before): unknown => status.components.map((each) => each.pid);
      assert.deepEqual(pids(after), pids(before), "a component was started anew");
    },
  );

  await t.step("local stop ends every process, local start brings the cluster back", async () => {
    const stopped = await sandbox.lattice(["local", "stop", NAME]);
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.deepEqual((await sandbox.leftovers()).processes, []);
    const started = await sandbox.lattice(["local", "start"]);
    assert.equal(started.code, 0, started.stderr);
    await waitWorkers(sandbox, "general", 2);
    const status = await sandbox.lattice(["local", "status", NAME, "-o", "json"]);
    const [view] = JSON.parse(status.stdout) as { state: string }[];
    assert.equal(view?.state, "running");
  });

  await t.step(
    "the same install run brings a stopped cluster up instead of making it again",
    async () => {
      const machines = await sandbox.kubectl(NAME, ["get", "machines", "-A", "-o", "name"]);
      await sandbox.lattice(["local", "stop", NAME]);
      const again = await sandbox.lattice(["install", "-f", file, "--run-id", "r1"]);
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual((await sandbox.leftovers()).clusters, [NAME]);
      assert.equal(await sandbox.kubectl(NAME, ["get", "machines", "-A", "-o", "name"]), machines);
    },
  );

  await t.step("uninstall leaves nothing: process, port, directory, kubeconfig entry", async () => {
    const record = await readRecord(sandbox.home, NAME);
    const unconfirmed = await sandbox.lattice(["uninstall", "-k", out]);
    assert.equal(unconfirmed.code, 2, unconfirmed.stderr);
    const { code, stdout, stderr } = await sandbox.lattice(["uninstall", "-k", out, "-y"]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.deepEqual(await sandbox.leftovers(), NOTHING);
    assert.ok(!(await Deno.readTextFile(out)).includes(NAME), "a kubeconfig entry is left");
    await assert.rejects(Deno.connect({ port: Number(new URL(record?.server ?? "").port) }));
  });
});

Deno.test("two installs at the same time and ten looks at once do not disturb each other", async () => {
  await using sandbox = await Sandbox.create();
  const names = ["left", "right"];
  const files = await Promise.all(
    names.map((name) => sandbox.write(`${name}.yaml`, clusterYaml(name, 1))),
  );
  const installs = await Promise.all(
    files.map((file) => sandbox.lattice(["install", "-f", file], { timeoutMs: 300_000 })),
  );
  for (const { code, stderr } of installs) assert.equal(code, 0, stderr);
  const looks = await Promise.all(
    Array.from(
      { length: 10 },
      () => sandbox.lattice(["get", "clusters", "-o", "json"], { env: elsewhere(sandbox) }),
    ),
  );
  for (const { code, stdout, stderr } of looks) {
    assert.equal(code, 0, stderr);
    const infos = JSON.parse(stdout) as { name: string; phase: string }[];
    assert.deepEqual(infos.map(({ name, phase }) => `${name} ${phase}`), [
      "left Ready",
      "right Ready",
    ]);
  }
  for (const { stdout } of installs) {
    const { code, stderr } = await sandbox.lattice(["uninstall", "-k", stdout.trim(), "-y"]);
    assert.equal(code, 0, stderr);
  }
  assert.deepEqual(await sandbox.leftovers(), NOTHING);
});

/** A home directory without kubeconfig, in which Deno still finds what it has downloaded. */
function elsewhere(sandbox: Sandbox): Record<string, string> {
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  return { HOME: sandbox.folder, DENO_DIR: cache };
}
