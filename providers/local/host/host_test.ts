/**
 * Local clusters of real components: brought up, hurt, stopped, removed.
 * @module
 */

import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { connect } from "@lattice/kube";
import { locateTools } from "../../../tools/locate.ts";
import {
  clusterStatus,
  removeCluster,
  requestSupervisor,
  startSupervisor,
  waitReady,
} from "./control.ts";
import { namesIn, pause } from "./files.ts";
import { clusterPaths, clustersDirectory, pidFile, portsDirectory } from "./layout.ts";
import type { ClusterRecord, ClusterRole, ComponentId } from "./model.ts";
import { planCluster } from "./plan.ts";
import { host } from "./processes.ts";
import { setDesiredState } from "./records.ts";
import { readPidFile } from "./supervisor_files.ts";
import { eventually, temporaryHome } from "./testing.ts";

/** What the issue promises. */
const BACK_WITHIN_MS = 15_000;
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", name: "kept", namespace: "default" };

/** Plans a cluster without operator; one with nodes has RBAC to give first, so most tests take a bootstrap. */
async function plan(home: string, name: string, role: ClusterRole): Promise<ClusterRecord> {
  const [version, runId] = ["1.35.4", "test"];
  const tools = await locateTools();
  return await planCluster({
    home,
    name,
    role,
    version,
    runId,
    tools,
    flavour: "kubeadm",
    certSANs: [],
  });
}

/** A running cluster, removed at the end of the test. */
async function cluster(home: string, name: string): Promise<AsyncDisposable & ClusterRecord> {
  const record = await plan(home, name, "bootstrap");
  await startSupervisor(home, name);
  await running(home, name);
  return {
    ...record,
    [Symbol.asyncDispose]: async () => {
      await removeCluster(home, name, { timeoutMs: 30_000 });
    },
  };
}

async function running(home: string, name: string, timeoutMs = 60_000): Promise<void> {
  await eventually(`"${name}" runs`, async () => {
    const { state, supervisor } = await clusterStatus(home, name);
    return state === "running" && supervisor.standby !== undefined;
  }, timeoutMs);
}

async function pidOf(home: string, name: string, component: ComponentId): Promise<number> {
  const { components } = await clusterStatus(home, name);
  return components.find((one) => one.name === component)!.pid!;
}

/** Every process of a cluster, supervisors included. */
async function processesOf(home: string, name: string): Promise<number[]> {
  const { components, supervisor } = await clusterStatus(home, name);
  return [...components.map(({ pid }) => pid), supervisor.active, supervisor.standby]
    .filter((pid) => pid !== undefined);
}

async function keep(record: ClusterRecord): Promise<void> {
  using client = await connect({ kubeconfig: record.kubeconfig });
  const { name, namespace, ...type } = CONFIG_MAP;
  await client.create({ ...type, metadata: { name, namespace }, data: { is: "kept" } });
}

async function isKept(record: ClusterRecord): Promise<boolean> {
  using client = await connect({ kubeconfig: record.kubeconfig });
  return await client.find(CONFIG_MAP) !== undefined;
}

Deno.test("every process of a cluster that is killed is back, with the data", async (t) => {
  await using home = await temporaryHome();
  await using record = await cluster(home.path, "c");
  await keep(record);
  for (const component of ["etcd", "kube-apiserver", "kube-controller-manager"] as const) {
    await t.step(component, async () => {
      const before = await pidOf(home.path, "c", component);
      Deno.kill(before, "SIGKILL");
      await eventually("another process is ready", async () => {
        const { state } = await clusterStatus(home.path, "c");
        return state === "running" && await pidOf(home.path, "c", component) !== before;
      }, BACK_WITHIN_MS);
      await eventually("the data are there", () => isKept(record), BACK_WITHIN_MS);
    });
  }
  for (const which of ["active", "standby", "active"] as const) {
    await t.step(`the ${which} supervisor`, async () => {
      const before = await clusterStatus(home.path, "c");
      Deno.kill(before.supervisor[which]!, "SIGKILL");
      await eventually("the pair is whole again", async () => {
        const { supervisor, state } = await clusterStatus(home.path, "c");
        const pair = [supervisor.active, supervisor.standby];
        return state === "running" && !pair.includes(undefined) &&
          !pair.includes(before.supervisor[which]);
      }, BACK_WITHIN_MS);
      const after = await clusterStatus(home.path, "c");
      deepEqual(
        after.components.map(({ pid }) => pid),
        before.components.map(({ pid }) => pid),
        "the processes were adopted",
      );
    });
  }
});

Deno.test("a cluster without supervisors is taken over as it is, wherever they were killed", async () => {
  await using home = await temporaryHome();
  await using record = await cluster(home.path, "c");
  await keep(record);
  const { supervisor } = await clusterStatus(home.path, "c");
  Deno.kill(supervisor.standby!, "SIGKILL");
  Deno.kill(supervisor.active!, "SIGKILL");
  await eventually(
    "nobody supervises",
    async () => (await clusterStatus(home.path, "c")).state === "unsupervised",
  );
  const paths = clusterPaths(home.path, "c");
  const lost = (await readPidFile(pidFile(paths, "kube-controller-manager")))!.pid;
  // As if the supervisor had been killed between the start of a process and the note of it.
  await Deno.remove(pidFile(paths, "kube-controller-manager"));
  await Promise.all(Array.from({ length: 5 }, () => startSupervisor(home.path, "c")));
  await running(home.path, "c");
  ok(!(await host.inspect([lost])).has(lost), "the stray is gone");
  ok(await isKept(record));
  const own = await processesOf(home.path, "c");
  equal(new Set(own).size, 5);
});

Deno.test("a stopped cluster has no process and comes back with its data", async () => {
  await using home = await temporaryHome();
  await using record = await cluster(home.path, "c");
  await keep(record);
  const before = await processesOf(home.path, "c");
  await setDesiredState(home.path, "c", "stopped");
  await eventually("all have ended", async () => (await host.inspect(before)).size === 0);
  equal((await clusterStatus(home.path, "c")).state, "stopped");
  await setDesiredState(home.path, "c", "running");
  await startSupervisor(home.path, "c");
  await running(home.path, "c");
  ok(await isKept(record));
});

Deno.test("pid files from before a reboot confuse nobody", async () => {
  await using home = await temporaryHome();
  await using record = await cluster(home.path, "c");
  await keep(record);
  await setDesiredState(home.path, "c", "stopped");
  const before = await processesOf(home.path, "c");
  await eventually("all have ended", async () => (await host.inspect(before)).size === 0);
  // The number of etcd now belongs to this very test, which must not be taken for etcd, nor be signalled.
  const [own] = await host.inspect([Deno.pid]);
  const content = {
    pid: Deno.pid,
    startTime: own![1],
    bootId: "the boot before",
    specDigest: "",
    startedAt: "",
    restarts: 0,
  };
  await Deno.writeTextFile(
    pidFile(clusterPaths(home.path, "c"), "etcd"),
    JSON.stringify(content),
  );
  await setDesiredState(home.path, "c", "running");
  await startSupervisor(home.path, "c");
  await running(home.path, "c");
  notEqual(await pidOf(home.path, "c", "etcd"), Deno.pid);
  ok(await isKept(record));
});

Deno.test("after a removal no process, directory or reservation is left", async () => {
  await using home = await temporaryHome();
  await plan(home.path, "c", "workload");
  await startSupervisor(home.path, "c");
  await waitReady(home.path, "c", ["kube-scheduler"], { timeoutMs: 60_000 });
  const before = await processesOf(home.path, "c");
  equal(await removeCluster(home.path, "c", { timeoutMs: 30_000 }), true);
  equal((await host.inspect(before)).size, 0);
  deepEqual(await namesIn(clustersDirectory(home.path)), []);
  deepEqual(await namesIn(portsDirectory(home.path)), []);
  equal(await removeCluster(home.path, "c", { timeoutMs: 1_000 }), false);
  await rejects(clusterStatus(home.path, "c"), { code: "not-found" });
});

Deno.test("a removal is finished by the standby when the active supervisor is killed in it", async () => {
  await using home = await temporaryHome();
  const record = await cluster(home.path, "c");
  const before = await processesOf(home.path, "c");
  const { supervisor } = await clusterStatus(home.path, "c");
  await setDesiredState(home.path, "c", "removed");
  await pause(100);
  Deno.kill(supervisor.active!, "SIGKILL");
  await eventually("nothing is left", async () =>
    (await host.inspect(before)).size === 0 &&
    (await namesIn(clustersDirectory(home.path))).length === 0 &&
    (await namesIn(portsDirectory(home.path))).length === 0);
  await record[Symbol.asyncDispose]();
});

Deno.test("one cluster's supervisor starts another cluster on request", async () => {
  await using home = await temporaryHome();
  await using _first = await cluster(home.path, "first");
  await plan(home.path, "second", "bootstrap");
  await requestSupervisor(home.path, "first", "second");
  try {
    await running(home.path, "second");
  } finally {
    await removeCluster(home.path, "second", { timeoutMs: 30_000 });
  }
});

Deno.test("nobody without a certificate gets more than the health of an API server", async () => {
  await using home = await temporaryHome();
  await using record = await cluster(home.path, "c");
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(record.caFile)] });
  const status = async (path: string): Promise<number> => {
    const response = await fetch(`${record.server}${path}`, { client });
    await response.body?.cancel();
    return response.status;
  };
  equal(await status("/readyz"), 200);
  equal(await status("/api/v1/namespaces"), 401);
  equal(await status("/version"), 401);
});
