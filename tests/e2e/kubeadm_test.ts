/**
 * The whole life of a kubeadm cluster with our real operator, the real CAPI core, kubeadm bootstrap and kubeadm control-plane
 * managers, and CAPD with machines in memory: it is made, scaled, upgraded, relabelled, shrunk and deleted by editing the
 * LatticeCluster only.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { z } from "zod";
import { CAPI_KINDS, ClusterUnderTest, conditionsOf, type Shape } from "../support/capi/cluster.ts";
import { Management } from "../support/capi/management.ts";

const NAME = "prod";
const OLD = "1.34.3";
const NEW = "1.35.4";
const STEP_MS = 300_000;
/** How long nothing may be written once everything is as it should be; reconciles are asked for meanwhile. */
const QUIET_MS = 3_000;

const FIRST: Shape = {
  version: OLD,
  controlPlane: 3,
  pools: { general: { replicas: 2 }, batch: { replicas: 1, labels: { tier: "batch" } } },
};
const SCALED: Shape = {
  ...FIRST,
  pools: { ...FIRST.pools, general: { replicas: 4 } },
};
const UPGRADED: Shape = { ...SCALED, version: NEW };
const RELABELLED: Shape = {
  ...UPGRADED,
  pools: { ...UPGRADED.pools, batch: { replicas: 1, labels: { tier: "night" } } },
};
const SHRUNK: Shape = { version: NEW, controlPlane: 1, pools: { general: { replicas: 1 } } };

const machine = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ version: z.string() }),
  status: z.object({ phase: z.string().default("") }).default({ phase: "" }),
});

/** Machines as `POOL VERSION PHASE`, sorted. */
async function machinesOf(cluster: ClusterUnderTest): Promise<string[]> {
  const machines = (await cluster.list("machine")).map((raw) => machine.parse(raw));
  return machines.map(({ metadata: { labels }, spec, status }) =>
    `${labels["lattice.dev/pool"] ?? "control-plane"} ${spec.version} ${status.phase}`
  ).sort();
}

function expected({ version, controlPlane, pools }: Shape): string[] {
  const sizes = Object.entries(pools).map(([id, { replicas }]) => [id, Number(replicas)] as const);
  return [["control-plane", controlPlane] as const, ...sizes]
    .flatMap(([id, count]) => Array.from({ length: count }, () => `${id} v${version} Running`))
    .sort();
}

async function reaches(
  cluster: ClusterUnderTest,
  management: Management,
  shape: Shape,
): Promise<KubeObject> {
  await cluster.shape(shape);
  try {
    const healthy = await cluster.untilHealthy(STEP_MS);
    await cluster.untilAvailable(STEP_MS);
    deepEqual(await machinesOf(cluster), expected(shape));
    return healthy;
  } catch (error) {
    const object = await management.client.find(cluster.ref);
    throw new Error(`${conditionsOf(object)}\n${(await machinesOf(cluster)).join("\n")}`, {
      cause: error,
    });
  }
}

const versioned = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ template: z.object({ spec: z.object({ version: z.string() }) }) }),
});
const controlPlane = z.object({ status: z.object({ version: z.string() }) });

/** Follows the pools, and notes the version of the control plane at the moment in which each got a new one. */
async function orderOfUpgrade(
  cluster: ClusterUnderTest,
  management: Management,
  signal: AbortSignal,
): Promise<string[]> {
  const seen = new Set<string>();
  const notes: string[] = [];
  const watch = management.client.watch<KubeObject>(CAPI_KINDS.deployment, {
    namespace: cluster.namespace,
    signal,
  });
  for await (const event of watch) {
    for (const raw of event.type === "SYNC" ? event.objects : [event.object]) {
      const { metadata: { name }, spec } = versioned.parse(raw);
      if (spec.template.spec.version !== `v${NEW}` || seen.has(name)) continue;
      seen.add(name);
      const plane = await cluster.find("controlPlane", `${NAME}-control-plane`);
      notes.push(`${name} after ${controlPlane.parse(plane).status.version}`);
    }
  }
  return notes.sort();
}

async function names(
  cluster: ClusterUnderTest,
  kind: keyof typeof CAPI_KINDS,
): Promise<string[]> {
  return (await cluster.list(kind)).map(({ metadata }) => metadata.name).sort();
}

/** Generations, and when we last changed something of each object. */
async function versionsOf(cluster: ClusterUnderTest): Promise<string[]> {
  const kinds = ["cluster", "deployment", "controlPlane", "configTemplate", "machineTemplate"];
  const lists = await Promise.all(
    kinds.map((kind) => cluster.list(kind as keyof typeof CAPI_KINDS)),
  );
  return lists.flat().map(({ kind, metadata }) => {
    const own = managers.parse(metadata.managedFields).filter(({ manager }) => manager === OURS);
    return `${kind}/${metadata.name} ${metadata.generation} ${own.map(({ time }) => time).join()}`;
  }).sort();
}

const OURS = "lattice-controller";
const managers = z.array(z.object({ manager: z.string().optional(), time: z.string().optional() }))
  .default([]);

Deno.test("a kubeadm cluster lives by its LatticeCluster alone", async (t) => {
  await using management = await Management.start({ clusters: 1 });
  const { client } = management;
  const cluster = new ClusterUnderTest(client, NAME);

  await t.step("3 control planes and 2 pools become Available", async () => {
    const healthy = await reaches(cluster, management, FIRST);
    const { status } = z.object({
      status: z.object({
        phase: z.string(),
        provider: z.string(),
        endpoint: z.string(),
        readyControlPlane: z.number(),
        readyWorkers: z.number(),
        workerPools: z.record(z.string(), z.object({ readyReplicas: z.number() })),
      }),
    }).parse(healthy);
    equal(status.phase, "Provisioning");
    equal(status.provider, "docker");
    ok(status.endpoint.startsWith("https://127.0.0.1:"));
    equal(status.readyControlPlane, 3);
    equal(status.readyWorkers, 3);
    equal(status.workerPools["general"]?.readyReplicas, 2);
  });

  await t.step("it scales", async () => {
    await reaches(cluster, management, SCALED);
  });

  await t.step("it upgrades one minor, control plane first", async () => {
    using stop = new DisposableAbort();
    const order = orderOfUpgrade(cluster, management, stop.signal);
    await reaches(cluster, management, UPGRADED);
    stop.abort();
    deepEqual(await order, [
      `${NAME}-pool-batch after v${NEW}`,
      `${NAME}-pool-general after v${NEW}`,
    ]);
  });

  await t.step("a version back is refused, and the rest of the spec is followed", async () => {
    const pools = { ...UPGRADED.pools, general: { replicas: 3 } };
    await cluster.shape({ ...UPGRADED, version: OLD, pools });
    const refused = /UpgradeBlocked=True VersionRefused: .* v1\.34\.3 is older than v1\.35\.4/;
    await client.wait<KubeObject>(cluster.ref, (object) => refused.test(conditionsOf(object)), {
      timeoutMs: STEP_MS,
      what: "the version to be refused",
    });
    const smaller = expected({ ...UPGRADED, pools });
    await eventually("the pool to shrink", async () => {
      return String(await machinesOf(cluster)) === String(smaller);
    });
    await reaches(cluster, management, UPGRADED);
  });

  await t.step("changed labels replace a pool's machines and its template", async () => {
    const before = await names(cluster, "configTemplate");
    deepEqual(before, [`${NAME}-pool-batch`, `${NAME}-pool-general`]);
    const machines = new Set(await names(cluster, "machine"));
    await reaches(cluster, management, RELABELLED);
    const fresh = (await names(cluster, "machine")).filter((name) => !machines.has(name));
    equal(fresh.length, 1);
    await eventually("the unused template to be deleted", async () => {
      const after = await names(cluster, "configTemplate");
      return after.length === 2 && after[0]?.startsWith(`${NAME}-pool-batch-`) === true;
    });
    equal((await names(cluster, "machine")).filter((name) => !machines.has(name)).length, 1);
  });

  await t.step("it shrinks", async () => {
    await reaches(cluster, management, SHRUNK);
    await eventually("templates of the removed pool to be deleted", async () => {
      const templates = [
        ...await names(cluster, "configTemplate"),
        ...await names(cluster, "machineTemplate"),
      ];
      return templates.every((name) => !name.includes("-pool-batch"));
    });
  });

  await t.step("nothing is written when nothing has changed", async () => {
    const before = await versionsOf(cluster);
    const body = { metadata: { annotations: { "example.com/look": "again" } } };
    await client.patch(cluster.ref, { type: "merge", body, manager: "lattice-test" });
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    deepEqual(await versionsOf(cluster), before);
  });

  await t.step("it is deleted with everything that belongs to it", async () => {
    await client.delete(cluster.ref);
    const gone = { timeoutMs: STEP_MS, what: "the LatticeCluster to be gone" };
    await client.wait(cluster.ref, (object) => object === undefined, gone);
    const namespace = { apiVersion: "v1", kind: "Namespace", name: cluster.namespace };
    await client.wait(namespace, (object) => object === undefined, {
      ...gone,
      what: "the namespace to be gone",
    });
  });
});

/** An abort controller that ends with its scope. */
class DisposableAbort extends AbortController implements Disposable {
  [Symbol.dispose](): void {
    this.abort();
  }
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + STEP_MS;
  while (!await holds()) {
    ok(performance.now() < deadline, `waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
