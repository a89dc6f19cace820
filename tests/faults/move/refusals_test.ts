import assert from "node:assert/strict";
import { connect, type KubeObject } from "@lattice/kube";
import { type CallHook, isFenced, move } from "@lattice/pivot";
import { startLossyProxy } from "./lossy_proxy.ts";
import {
  type Act,
  CAPI,
  CLUSTER,
  clusterRef,
  deadServer,
  IMPATIENT,
  journalRef,
  killAt,
  once,
  pausedFlag,
  play,
  portOf,
  rejects,
  setPaused,
  through,
} from "./scene.ts";
import { fleetOf, readState } from "./state.ts";
import { assertMoved, phaseOf } from "./trial.ts";

const SCENES: Readonly<Record<string, Act>> = {
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

Deno.test("a move waits, refuses, resumes and survives", (t) => play(t, SCENES));
