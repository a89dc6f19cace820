import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { connect, type KubeClient } from "./client.ts";
import {
  type ControllerOptions,
  type Request,
  runController,
  TerminalError,
} from "./controller.ts";
import { recordEvent } from "./events.ts";
import { FaultyProxy } from "./faulty_proxy_test_support.ts";
import { Store } from "./informer.ts";
import { type LeaseOptions, runWithLease } from "./lease.ts";
import {
  CONFIG_MAP,
  type ConfigMap,
  configMap,
  connectVia,
  eventually,
  newNamespace,
  refTo,
  startApiServer,
} from "./live_test_support.ts";
import type { KubeObject } from "./types.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" };
const LEASE = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };

/** Runs a controller in the background. */
function start(options: Omit<ControllerOptions, "name" | "for" | "signal">): () => Promise<void> {
  const stop = new AbortController();
  const running = runController({
    name: "test",
    for: CONFIG_MAP,
    signal: stop.signal,
    ...options,
  });
  return async () => {
    stop.abort();
    await running;
  };
}

Deno.test("Controllers and leases on a real API server", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ text: server.kubeconfig });

  await t.step("a controller reconciles what is there, what changes and what goes", async () => {
    const namespace = await newNamespace(client, "level");
    await client.create(configMap(namespace, "old"));
    const seen: string[] = [];
    const end = start({
      client,
      namespace,
      reconcile: ({ name, namespace }, { cache }) => {
        const object = cache.get<ConfigMap>(CONFIG_MAP, name, namespace);
        seen.push(`${name}=${object ? object.data?.["x"] ?? "" : "gone"}`);
        return Promise.resolve();
      },
    });
    await eventually("the first reconcile", () => seen.length === 1);
    await client.create(configMap(namespace, "new", { x: "1" }));
    await eventually("the second", () => seen.includes("new=1"));
    await client.delete(refTo(namespace, "old"));
    await eventually("the third", () => seen.includes("old=gone"));
    deepEqual(seen, ["old=", "new=1", "old=gone"]);
    await end();
  });

  await t.step("a controller follows a kind that it learns of while it reconciles", async () => {
    const namespace = await newNamespace(client, "late");
    await client.create(configMap(namespace, "main"));
    await client.create({ ...SECRET, metadata: { name: "first", namespace } });
    const seen: string[] = [];
    const spec = { ...SECRET, map: () => [{ name: "main", namespace }] };
    const end = start({
      client,
      namespace,
      reconcile: async ({ name }, { follow }) => {
        if (name !== "main") return;
        const [secrets, again] = await Promise.all([follow(spec), follow(spec)]);
        equal(secrets, again);
        const noSuchKind = { ...spec, kind: "NoSuchKind" };
        await rejects(() => follow(noSuchKind), { code: "not-found" });
        seen.push(secrets.list(namespace).map(({ metadata }) => metadata.name).sort().join());
      },
    });
    await eventually("the secret that was there", () => seen.includes("first"));
    await client.create({ ...SECRET, metadata: { name: "second", namespace } });
    await eventually("the secret that came", () => seen.includes("first,second"));
    await end();
  });

  await t.step("a reconcile waits in vain for a kind only as long as it may take", async () => {
    const namespace = await newNamespace(client, "vain");
    await client.create(configMap(namespace, "main"));
    const errors: unknown[] = [];
    // The server refuses to list by this field, again and again.
    const spec = { ...SECRET, fieldSelector: "spec.nothing=1", map: () => [] };
    const end = start({
      client,
      namespace,
      reconcileTimeoutMs: 300,
      reconcile: async ({ name }, { follow }) => {
        if (name !== "main" || errors.length > 0) return;
        await follow(spec).catch((error: unknown) => errors.push(error));
      },
    });
    await eventually("the deadline", () => errors.length === 1);
    await rejects(Promise.reject(errors[0]), /Reconcile did not end within 300 ms/);
    await end();
  });

  await t.step(
    "a controller never reconciles one name twice at a time, and loses no change",
    async () => {
      const namespace = await newNamespace(client, "serial");
      const running = new Set<string>();
      const done = new Map<string, string | undefined>();
      let most = 0;
      const end = start({
        client,
        namespace,
        concurrency: 3,
        reconcile: async ({ name }, { cache }) => {
          ok(!running.has(name));
          running.add(name);
          most = Math.max(most, running.size);
          const version = cache.get<ConfigMap>(CONFIG_MAP, name, namespace)?.data?.["x"];
          await client.find(refTo(namespace, name));
          done.set(name, version);
          running.delete(name);
        },
      });
      for (let turn = 0; turn <= 20; turn++) {
        await Promise.all(
          ["a", "b", "c", "d", "e"].map((name) =>
            client.apply(configMap(namespace, name, { x: String(turn) }), { manager: "m" })
          ),
        );
      }
      await eventually(
        "the last versions",
        () => done.size === 5 && [...done.values()].every((x) => x === "20"),
      );
      equal(most, 3);
      await end();
    },
  );

  await t.step("a controller that is told to stop before it starts does nothing", async () => {
    const signal = AbortSignal.abort();
    const reconcile = () => Promise.reject(new Error("must not run"));
    await runController({ name: "never", client, for: CONFIG_MAP, reconcile, signal });
  });

  await t.step("a failure comes again, a terminal one does not, a named delay does", async () => {
    const namespace = await newNamespace(client, "retries");
    for (const name of ["fails", "terminal", "delayed"]) {
      await client.create(configMap(namespace, name));
    }
    const counts = new Map<string, number>();
    const end = start({
      client,
      namespace,
      reconcile: ({ name }) => {
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        if (name === "terminal") throw new TerminalError("validation", "cannot be cured");
        if (name === "fails" && count < 4) throw new Error("not yet");
        return Promise.resolve(
          name === "delayed" && count < 3 ? { requeueAfterMs: 10 } : undefined,
        );
      },
    });
    await eventually("retries", () => counts.get("fails") === 4 && counts.get("delayed") === 3);
    equal(counts.get("terminal"), 1);
    await client.apply(configMap(namespace, "terminal", { x: "1" }), { manager: "m", force: true });
    await eventually("the changed object", () => counts.get("terminal") === 2);
    await end();
  });

  await t.step("changes of owned and of mapped objects lead to their owners", async () => {
    const namespace = await newNamespace(client, "owners");
    const owner = await client.create<KubeObject>(configMap(namespace, "owner"));
    const reconciled: string[] = [];
    const end = start({
      client,
      namespace,
      owns: [SECRET],
      watches: [{
        ...LEASE,
        map: (object): Request[] => {
          if (object.metadata.name === "odd") throw new Error("a bug in a map");
          return [{ namespace, name: `of-${object.metadata.name}` }];
        },
      }],
      reconcile: ({ name }) => {
        reconciled.push(name);
        return Promise.resolve();
      },
    });
    await eventually("the owner itself", () => reconciled.length === 1);
    await client.create(ownedSecret(namespace, owner));
    await eventually("the owner again", () => reconciled.length === 2);
    await client.create({ ...LEASE, metadata: { namespace, name: "odd" } });
    await client.create({ ...LEASE, metadata: { namespace, name: "lease" } });
    await eventually("the mapped name", () => reconciled.length === 3);
    deepEqual(reconciled, ["owner", "owner", "of-lease"]);
    await end();
  });

  await t.step(
    "a resync reconciles everything again, and a slow reconcile is told to stop",
    async () => {
      const namespace = await newNamespace(client, "resync");
      await client.create(configMap(namespace, "a"));
      let count = 0;
      let told: unknown;
      const end = start({
        client,
        namespace,
        resyncMs: 20,
        reconcileTimeoutMs: 50,
        reconcile: async (_request, { signal }) => {
          if (++count !== 3) return;
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          told = signal.reason;
        },
      });
      await eventually("resyncs", () => count >= 5);
      ok(told instanceof Error && /50 ms/.test(told.message));
      await end();
    },
  );

  await t.step("an event appears beside its object, and a failed one does no harm", async () => {
    const namespace = await newNamespace(client, "events");
    const about = await client.create<KubeObject>(configMap(namespace, "a"));
    const event = { reason: "Tested", message: "all is well", component: "test" };
    await recordEvent(client, about, { ...event, type: "Normal" });
    await recordEvent(client, { ...about, metadata: { name: "a", namespace: "nowhere" } }, {
      ...event,
      type: "Warning",
    });
    const { items } = await client.list({ apiVersion: "v1", kind: "Event" }, { namespace });
    deepEqual(items.map((item) => [item["reason"], item["message"], item["type"]]), [
      ["Tested", "all is well", "Normal"],
    ]);
    const involved = items[0]?.["involvedObject"] as { uid: string };
    equal(involved.uid, about.metadata.uid);
  });

  await t.step("one of many candidates runs at a time, and the next follows at once", async () => {
    const namespace = await newNamespace(client, "lease");
    let running = 0;
    let terms = 0;
    const candidates = ["a", "b", "c"].map((identity) =>
      runWithLease(lease(client, namespace, identity), async () => {
        running++;
        equal(running, 1);
        terms++;
        await client.get({ ...LEASE, namespace, name: "leader" });
        running--;
      })
    );
    await Promise.all(candidates);
    equal(terms, 3);
    const { spec } = await client.get<{ spec: Record<string, unknown> }>({
      ...LEASE,
      namespace,
      name: "leader",
    });
    equal(spec["holderIdentity"], "");
    equal(spec["leaseTransitions"], 2);
  });

  await t.step("a holder that cannot renew stops before anybody else may start", async () => {
    const namespace = await newNamespace(client, "lost");
    await using proxy = new FaultyProxy(server.url);
    using cutOff = await connectVia(server, proxy.url);
    const log: string[] = [];
    let held = false;
    const holder = runWithLease(lease(cutOff, namespace, "holder"), (signal) => {
      held = true;
      return new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => {
          log.push("holder stops");
          resolve();
        }, { once: true })
      );
    });
    await eventually("the holder", () => held);
    const heir = runWithLease(lease(client, namespace, "heir"), () => {
      log.push("heir starts");
      return Promise.resolve();
    });
    proxy.silence();
    await rejects(holder, { code: "conflict", message: /Lost the lease 'leader'/ });
    await heir;
    deepEqual(log, ["holder stops", "heir starts"]);
    proxy.speak();
  });

  await t.step("a holder whose lease was taken stops", async () => {
    const namespace = await newNamespace(client, "taken");
    const ref = { ...LEASE, namespace, name: "leader" };
    const term = runWithLease(lease(client, namespace, "holder"), async (signal) => {
      const stopped = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true })
      );
      await client.patch(ref, { type: "merge", body: { spec: { holderIdentity: "thief" } } });
      await stopped;
    });
    await rejects(term, { code: "conflict", message: /another holder took it/ });
    const { spec } = await client.get<{ spec: Record<string, unknown> }>(ref);
    equal(spec["holderIdentity"], "thief");
  });

  await t.step("a candidate that is told to stop never runs", async () => {
    const namespace = await newNamespace(client, "waiting");
    const stop = new AbortController();
    await client.create({
      ...LEASE,
      metadata: { namespace, name: "leader" },
      spec: { holderIdentity: "somebody", leaseDurationSeconds: 3600 },
    });
    const waiting = runWithLease({ ...lease(client, namespace, "x"), signal: stop.signal }, () => {
      throw new Error("must not run");
    });
    stop.abort();
    await waiting;
  });
});

Deno.test("runWithLease refuses durations that are out of order", async () => {
  using client = await connect({
    text: '{"clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1"}}],' +
      '"contexts":[{"name":"c","context":{"cluster":"c"}}],"current-context":"c"}',
  });
  const options = { ...lease(client, "n", "i"), renewMs: 5_000 };
  await rejects(runWithLease(options, () => Promise.resolve()), { code: "usage" });
});

Deno.test("Store finds objects by index, and forgets values that no longer apply", () => {
  const store = new Store({ owner: (object) => [object.metadata.labels?.["owner"] ?? "nobody"] });
  const object = (owner: string): KubeObject => ({
    ...CONFIG_MAP,
    metadata: { name: "a", labels: { owner } },
  });
  store.put("a", object("x"));
  store.put("a", object("y"));
  deepEqual([store.byIndex("owner", "x").length, store.byIndex("owner", "y").length], [0, 1]);
  store.put("a", undefined);
  equal(store.byIndex("owner", "y").length, 0);
});

function lease(client: KubeClient, namespace: string, identity: string): LeaseOptions {
  const durations = { leaseMs: 2_000, renewMs: 1_000, retryMs: 50 };
  return {
    client,
    namespace,
    name: "leader",
    identity,
    ...durations,
    signal: new AbortController().signal,
  };
}

function ownedSecret(
  namespace: string,
  owner: KubeObject,
): { apiVersion: string; kind: string; metadata: Record<string, unknown> } {
  const { name, uid } = owner.metadata;
  const reference = { apiVersion: "v1", kind: "ConfigMap", name, uid, controller: true };
  return { ...SECRET, metadata: { namespace, name: "owned", ownerReferences: [reference] } };
}
