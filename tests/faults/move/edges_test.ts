import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { abort, type CallHook, isFenced, move } from "@lattice/pivot";

import type { Pair } from "./pair.ts";
import {
  type Act,
  CAPI,
  CLUSTER,
  clusterRef,
  killAt,
  once,
  patch,
  pausedFlag,
  play,
  rejects,
} from "./scene.ts";
import { fleetOf, readState } from "./state.ts";
import { assertMoved, phaseOf } from "./trial.ts";

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
};

Deno.test("a move beside other moves, aborts and edits", (t) => play(t, SCENES));
