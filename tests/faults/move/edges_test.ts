import assert from "node:assert/strict";
import type { ErrorCode } from "@lattice/api/errors";
import { connect, type KubeClient, type KubeObject, type Ref } from "@lattice/kube";
import { abort, type CallHook, isFenced, move, type MoveOptions } from "@lattice/pivot";
import type { ApiServer } from "../../support/apiserver.ts";
import { makeFleet } from "./fleet.ts";
import { startLossyProxy } from "./lossy_proxy.ts";
import { type Pair, startPair } from "./pair.ts";
import { fleetOf, readState, type State } from "./state.ts";
import { assertMoved, phaseOf } from "./trial.ts";

const CAPI = "cluster.x-k8s.io/v1beta2";
const CLUSTER = "prod";
const IMPATIENT = { timeouts: { unreachableMs: 200 } } as const;

/** A fleet in a namespace of its own, and everything to move it. */
interface Scene {
  readonly pair: Pair;
  readonly source: KubeClient;
  readonly target: KubeClient;
  readonly namespace: string;
  readonly objects: number;
  readonly before: State;
  readonly options: MoveOptions;
}

type Act = (scene: Scene) => Promise<void>;

const SCENES: Readonly<Record<string, Act>> = {
  "moves there and back, epoch after epoch": async (scene) => {
    const { pair, source, target, namespace, options, before } = scene;
    const first = await move(options);
    assert.deepEqual([first.epoch, first.moved, first.deleted], [1, scene.objects, scene.objects]);
    await assertMoved(pair, namespace, before);
    const back = await move({
      ...options,
      source: target,
      target: source,
      runId: "back",
      allowUnprovisioned: true,
    });
    assert.equal(back.epoch, 2);
    const swapped: Pair = { ...pair, source: pair.target, target: pair.source };
    assert.deepEqual(fleetOf(await readState(source, namespace)), fleetOf(before));
    assert.deepEqual(fleetOf(await readState(target, namespace)), {});
    assert.deepEqual([await isFenced(source, namespace), await isFenced(target, namespace)], [
      false,
      true,
    ]);
    assert.equal(await phaseOf(swapped.source.client, namespace), "Done");
    assert.equal((await move({ ...options, runId: "again", allowUnprovisioned: true })).epoch, 3);
  },

  "is done when it is done": async ({ options, objects }) => {
    await move(options);
    const calls: string[] = [];
    const report = await move({ ...options, onCall: (_n, what) => void calls.push(what) });
    assert.deepEqual([report.resumedFrom, report.moved, report.deleted], ["Done", objects, 0]);
    assert.ok(!calls.some((what) => /create|delete|write|release/.test(what)), calls.join());
  },

  "keeps a cluster paused that was paused": async ({ source, target, namespace, options }) => {
    await patch(source, clusterRef(namespace), { spec: { paused: true } });
    await move(options);
    assert.equal(pausedFlag(await target.get(clusterRef(namespace))), true);
  },

  "refuses objects in the target that no move brought, before it pauses": async (scene) => {
    const { source, target, namespace, options } = scene;
    await target.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await target.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${CLUSTER}-ca`, namespace },
    });
    await rejects(move(options), "conflict", /Secret\/prod-ca: the target holds another object/);
    assert.equal(pausedFlag(await source.get(clusterRef(namespace))), undefined);
    assert.equal(await phaseOf(source, namespace), undefined);
  },

  "lets the source work again when it fails before hand-over": async (scene) => {
    const { source, target, namespace, options } = scene;
    const foreign: CallHook = async (_n, what, { when }) => {
      if (what !== "target create Machine/prod-pool-0-0001" || when !== "before") return;
      const { metadata, ...rest } = await source.get<KubeObject>({
        apiVersion: CAPI,
        kind: "Machine",
        name: "prod-pool-0-0001",
        namespace,
      });
      await target.create({ ...rest, metadata: { name: metadata.name, namespace } });
    };
    await rejects(move({ ...options, onCall: foreign }), "conflict", /another object of this name/);
    assert.equal(pausedFlag(await source.get(clusterRef(namespace))), undefined);
    assert.deepEqual([await isFenced(source, namespace), await isFenced(target, namespace)], [
      false,
      true,
    ]);
    await target.delete({
      apiVersion: CAPI,
      kind: "Machine",
      name: "prod-pool-0-0001",
      namespace,
    });
    const report = await move(options);
    assert.equal(report.resumedFrom, "Prepared");
    await assertMoved(scene.pair, namespace, scene.before);
  },

  "aborts before hand-over, and moves afterwards": async (scene) => {
    const { source, target, namespace, options } = scene;
    await assert.rejects(move({ ...options, onCall: killAt("source write journal Verified") }));
    assert.equal(pausedFlag(await source.get(clusterRef(namespace))), true);
    const { aborted, deleted } = await abort(options);
    assert.deepEqual([aborted, deleted], [true, scene.objects]);
    assert.deepEqual(await readState(source, namespace), scene.before);
    assert.deepEqual(await readState(target, namespace), {});
    assert.equal((await abort(options)).aborted, false);
    await move(options);
    await assertMoved(scene.pair, namespace, scene.before);
    await rejects(abort(options), "conflict", /it handed over/);
  },

  "an aborted move cannot hand over any more": async (scene) => {
    const { options, namespace } = scene;
    const late: CallHook = async (_n, what, { when }) => {
      if (what === "source write journal HandedOver" && when === "before") await abort(options);
    };
    await rejects(move({ ...options, onCall: late }), "conflict", /somebody deleted the journal/);
    assert.deepEqual(fleetOf(await readState(scene.target, namespace)), {});
    assert.deepEqual(fleetOf(await readState(scene.source, namespace)), fleetOf(scene.before));
  },

  "of two movers at once, one hands over": async (scene) => {
    const results = await Promise.allSettled([
      move({ ...scene.options, runId: "a" }),
      move({ ...scene.options, runId: "b" }),
    ]);
    const failed = results.filter((result) => result.status === "rejected");
    assert.ok(failed.length <= 1, failed.map((result) => String(result.reason)).join("\n"));
    await move(scene.options);
    await assertMoved(scene.pair, scene.namespace, scene.before);
  },

  "copies what changes while it copies": async (scene) => {
    const { source, target, namespace, options } = scene;
    const ref = { apiVersion: "v1", kind: "Secret", name: `${CLUSTER}-ca`, namespace };
    const added = { ...ref, metadata: { name: `${CLUSTER}-late`, namespace } };
    const change: CallHook = once("source write journal Created", "before", async () => {
      await patch(source, ref, { data: { value: btoa("changed") } });
      await source.create(added);
      await source.delete({ ...ref, name: `${CLUSTER}-sa` });
    });
    const report = await move({ ...options, onCall: change });
    assert.equal(report.moved, scene.objects);
    const arrived = await readState(target, namespace);
    assert.deepEqual((await target.get<{ data: unknown }>(ref)).data, { value: btoa("changed") });
    assert.ok("Secret/prod-late" in arrived);
    assert.ok(!("Secret/prod-sa" in arrived));
  },

  "reports what appears after verification, and leaves it": async (scene) => {
    const { source, namespace, options } = scene;
    const late = once("source write journal HandedOver", "after", async () => {
      await source.create({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: `${CLUSTER}-late`, namespace },
      });
    });
    const report = await move({ ...options, onCall: late });
    assert.deepEqual(report.stragglers, ["Secret/prod-late"]);
    assert.deepEqual(Object.keys(fleetOf(await readState(source, namespace))), [
      "Secret/prod-late",
    ]);
  },

  "deletes an object whose finalizer a controller puts back": async (scene) => {
    const { source, namespace, options } = scene;
    const ref = { apiVersion: CAPI, kind: "Machine", name: "prod-pool-0-0000", namespace };
    const finalizers = ["machine.cluster.x-k8s.io"];
    const back = once("source release Machine/prod-pool-0-0000", "after", async () => {
      await patch(source, ref, { metadata: { finalizers } });
    });
    await move({ ...options, onCall: back });
    await assertMoved(scene.pair, namespace, scene.before);
  },

  "waits until controllers have confirmed the pause": async (scene) => {
    const { source, namespace, options } = scene;
    const ref = { apiVersion: CAPI, kind: "Machine", name: "prod-pool-0-0000", namespace };
    await setPaused(source, ref, "False");
    const polls: string[] = [];
    let pausing = false;
    const report = await move({
      ...options,
      onCall: async (_n, what, { when }) => {
        pausing ||= what === "source pause Cluster/prod";
        if (!pausing || what !== "source list Machine" || when !== "after") return;
        polls.push(what);
        if (polls.length === 2) await setPaused(source, ref, "True");
      },
    });
    assert.ok(polls.length >= 3, `${polls.length} polls`);
    assert.equal(report.moved, scene.objects);
  },

  "gives up when a controller never confirms, and unpauses": async (scene) => {
    const { source, namespace, options } = scene;
    const ref = { apiVersion: CAPI, kind: "Machine", name: "prod-pool-0-0000", namespace };
    await setPaused(source, ref, "False");
    await rejects(
      move({ ...options, timeouts: { pauseMs: 300 } }),
      "timeout",
      /Machine\/prod-pool-0-0000 is not paused yet/,
    );
    assert.equal(pausedFlag(await source.get(clusterRef(namespace))), undefined);
  },

  "does not bring to life what is being deleted": async (scene) => {
    const { source, namespace, options } = scene;
    const ref = { apiVersion: CAPI, kind: "Machine", name: "prod-pool-0-0000", namespace };
    await source.delete(ref);
    await rejects(
      move({ ...options, timeouts: { settleMs: 300 } }),
      "timeout",
      /Machine\/prod-pool-0-0000 is being deleted/,
    );
    assert.equal(await phaseOf(source, namespace), undefined);
  },

  "refuses what is still being provisioned": async (scene) => {
    const { source, namespace, options } = scene;
    const ref = { apiVersion: CAPI, kind: "Machine", name: "prod-pool-0-0000", namespace };
    await source.patch(ref, {
      type: "json",
      body: [{ op: "remove", path: "/spec/providerID" }],
      manager: "fleet",
    });
    await rejects(move(options), "conflict", /Machine\/prod-pool-0-0000 has no provider ID yet/);
    assert.equal((await move({ ...options, allowUnprovisioned: true })).moved, scene.objects);
  },

  "moves one cluster of a namespace, not its neighbour": async (scene) => {
    const { source, namespace, options } = scene;
    const { apiVersion, kind, spec } = await source.get<KubeObject>(clusterRef(namespace));
    const labels = { "cluster.x-k8s.io/cluster-name": "prod-eu" };
    await source.create({
      apiVersion,
      kind,
      metadata: { name: "prod-eu", namespace, labels },
      spec,
    });
    await source.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "prod-eu-kubeconfig", namespace },
    });
    assert.equal((await move(options)).moved, scene.objects);
    assert.deepEqual(Object.keys(fleetOf(await readState(source, namespace))), [
      "Cluster/prod-eu",
      "Secret/prod-eu-kubeconfig",
    ]);
  },

  "a source restored from a backup is fenced and refused": async (scene) => {
    const { source, target, namespace, options } = scene;
    await move(options);
    await source.delete(journalRef(namespace));
    const { apiVersion, kind, spec } = await target.get<KubeObject>(clusterRef(namespace));
    await source.create({ apiVersion, kind, metadata: { name: CLUSTER, namespace }, spec });
    assert.equal(await isFenced(source, namespace), false);
    assert.equal(await isFenced(source, namespace, { peer: target }), true);
    for (let attempt = 0; attempt < 2; attempt++) {
      await rejects(move(options), "conflict", /old copy/);
      assert.equal(await isFenced(source, namespace), true);
    }
    assert.equal(await isFenced(target, namespace), false);
  },

  "ends from the target alone when the source is gone after hand-over": async (scene) => {
    const { source, target, namespace, options } = scene;
    await assert.rejects(move({ ...options, onCall: killAt("target unpause Cluster/prod") }));
    using dead = await connect({ text: deadServer(scene.pair.source.server.kubeconfig) });
    const report = await move({ ...options, source: dead, ...IMPATIENT });
    assert.deepEqual([report.sourceGone, report.moved, report.resumedFrom], [
      true,
      scene.objects,
      "HandedOver",
    ]);
    assert.deepEqual(fleetOf(await readState(target, namespace)), fleetOf(scene.before));
    assert.equal(await phaseOf(target, namespace), "Done");
    assert.equal(await isFenced(source, namespace), true);
    assert.equal((await move(options)).resumedFrom, "HandedOver");
    assert.deepEqual(fleetOf(await readState(source, namespace)), {});
  },

  "survives answers that are lost after the server has done what was asked": async (scene) => {
    const { pair, options } = scene;
    await using lossySource = await startLossyProxy(portOf(pair.source.server.url));
    await using lossyTarget = await startLossyProxy(portOf(pair.target.server.url));
    const [first, second] = await Promise.all([
      connect({ text: through(pair.source.server, lossySource.port) }),
      connect({ text: through(pair.target.server, lossyTarget.port) }),
    ]);
    using _both = {
      [Symbol.dispose]: () => [first, second].forEach((one) => one[Symbol.dispose]()),
    };
    const lost = new Set<string>();
    const lose: CallHook = (_n, what, { side, when }) => {
      if (when !== "before" || lost.has(what) || /^(source|target) (list|get) /.test(what)) return;
      lost.add(what);
      (side === "source" ? lossySource : lossyTarget).loseNextAnswer();
    };
    const report = await move({
      ...options,
      source: first,
      target: second,
      concurrency: 1,
      onCall: lose,
    });
    assert.equal(report.moved, scene.objects);
    assert.ok(lost.size > 4 * scene.objects, `${lost.size} answers lost`);
    await assertMoved(pair, scene.namespace, scene.before);
  },

  "does not begin without the source": async (scene) => {
    using dead = await connect({ text: deadServer(scene.pair.source.server.kubeconfig) });
    await rejects(
      move({ ...scene.options, source: dead, ...IMPATIENT }),
      "unavailable",
      /Cannot reach/,
    );
  },

  "brings extras before hand-over": async (scene) => {
    const { target, options, namespace } = scene;
    const extra: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "extra", namespace, uid: "not-this-one", resourceVersion: "1" },
      data: { key: "value" },
    };
    const seen: boolean[] = [];
    const look = once("source write journal HandedOver", "before", async () => {
      const ref = { apiVersion: "v1", kind: "ConfigMap", name: "extra", namespace };
      seen.push(await target.find(ref) !== undefined);
    });
    await move({ ...options, extras: [extra], onCall: look });
    assert.deepEqual(seen, [true]);
  },

  "ends at its signal, and goes on in the next call": async (scene) => {
    const stop = new AbortController();
    const onCall = once("target create MachineDeployment/prod-pool-0", "after", () => {
      stop.abort(new Error("stopped"));
      return Promise.resolve();
    });
    await assert.rejects(move({ ...scene.options, signal: stop.signal, onCall }), /stopped/);
    const cluster = await scene.source.get<KubeObject>(clusterRef(scene.namespace));
    assert.equal(pausedFlag(cluster), undefined, "nobody reconciles the source");
    await move(scene.options);
    await assertMoved(scene.pair, scene.namespace, scene.before);
  },

  "refuses the same cluster on both sides": async ({ source, options }) => {
    await rejects(move({ ...options, target: source }), "usage", /the same cluster/);
  },

  "says so when there is no such cluster": async ({ options }) => {
    await rejects(move({ ...options, cluster: "nobody" }), "not-found", /no such CAPI Cluster/);
  },
};

Deno.test("edges of a move between two real API servers", async (t) => {
  await using pair = await startPair();
  const [source, target] = [pair.source.client, pair.target.client];
  for (const [index, [name, act]] of Object.entries(SCENES).entries()) {
    await t.step(name, async () => {
      const namespace = `capi-edge-${index}`;
      const objects = await makeFleet(source, { namespace, name: CLUSTER });
      const before = await readState(source, namespace);
      const options = { source, target, namespace, cluster: CLUSTER, runId: "run-1" };
      await act({ pair, source, target, namespace, objects, before, options });
    });
  }
});

async function rejects(call: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(call, (error: Error & { code?: string }) => {
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  });
}

/** Kills the mover before a call: nothing is sent from then on. */
function killAt(description: string): CallHook {
  let dead = false;
  return (_n, what) => {
    dead ||= what === description;
    if (dead) throw new Error(`killed at ${description}`);
  };
}

function once(description: string, moment: string, act: () => Promise<void>): CallHook {
  let acted = false;
  return async (_n, what, { when }) => {
    if (acted || what !== description || when !== moment) return;
    acted = true;
    await act();
  };
}

async function patch(client: KubeClient, ref: Ref, body: unknown): Promise<void> {
  await client.patch(ref, { type: "merge", body, manager: "fleet" });
}

async function setPaused(client: KubeClient, ref: Ref, status: "True" | "False"): Promise<void> {
  const condition = {
    type: "Paused",
    status,
    reason: status === "True" ? "Paused" : "NotPaused",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const body = { status: { conditions: [condition] } };
  await client.patch(ref, { type: "merge", subresource: "status", body, manager: "fleet" });
}

function clusterRef(namespace: string): Ref {
  return { apiVersion: CAPI, kind: "Cluster", name: CLUSTER, namespace };
}

function journalRef(namespace: string): Ref {
  return { apiVersion: "v1", kind: "ConfigMap", name: "lattice-move", namespace };
}

function pausedFlag(cluster: KubeObject): boolean | undefined {
  return (cluster["spec"] as { paused?: boolean }).paused;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function through({ kubeconfig, url }: ApiServer, port: number): string {
  return kubeconfig.replace(url, `https://127.0.0.1:${port}`);
}

/** The same kubeconfig with a port at which nobody listens. */
function deadServer(kubeconfig: string): string {
  return kubeconfig.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1");
}
