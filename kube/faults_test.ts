import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { KubeClient } from "./client.ts";
import { FaultyProxy } from "./faulty_proxy_test_support.ts";
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
import type { WatchEvent } from "./types.ts";

const FAST = { idleMs: 60_000, backoffBaseMs: 10, backoffMaxMs: 100 };

/** Follows ConfigMaps in the background and notes what it hears. */
function follow(
  client: KubeClient,
  namespace: string,
): { seen: string[]; errors: unknown[]; stop: () => Promise<void> } {
  const stop = new AbortController();
  const seen: string[] = [];
  const errors: unknown[] = [];
  const note = (event: WatchEvent<ConfigMap>) =>
    event.type === "SYNC"
      ? `SYNC ${event.objects.map((object) => object.metadata.name).join(",")}`
      : `${event.type} ${event.object.metadata.name}`;
  const running = (async () => {
    const events = client.watch<ConfigMap>(CONFIG_MAP, {
      namespace,
      signal: stop.signal,
      onError: (error) => errors.push(error),
    });
    for await (const event of events) seen.push(note(event));
  })();
  return {
    seen,
    errors,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

Deno.test("KubeClient on a real API server behind a bad network", async (t) => {
  await using server = await startApiServer();
  using direct = await connectVia(server, server.url);

  await t.step("a watch misses nothing when its connection is cut again and again", async () => {
    await using proxy = new FaultyProxy(server.url);
    using client = await connectVia(server, proxy.url, FAST);
    const ns = await newNamespace(direct, "cut");
    await direct.create(configMap(ns, "before"));
    const watch = follow(client, ns);
    await eventually("the first SYNC", () => watch.seen.length === 1);
    const expected = ["SYNC before"];
    for (let index = 0; index < 10; index++) {
      if (index % 2 === 0) proxy.cut();
      await direct.create(configMap(ns, `m${index}`));
      expected.push(`ADDED m${index}`);
    }
    await eventually("every event", () => watch.seen.length >= expected.length);
    deepEqual(watch.seen, expected);
    await watch.stop();
  });

  await t.step("a watch comes back when the server does", async () => {
    await using proxy = new FaultyProxy(server.url);
    using client = await connectVia(server, proxy.url, FAST);
    const ns = await newNamespace(direct, "gone");
    const watch = follow(client, ns);
    await eventually("the first SYNC", () => watch.seen.length === 1);
    await proxy.refuse();
    await direct.create(configMap(ns, "meanwhile"));
    await eventually("failures", () => watch.errors.length >= 2);
    await rejects(client.get(refTo(ns, "meanwhile")), { code: "unavailable" });
    proxy.accept();
    await eventually("the event", () => watch.seen.includes("ADDED meanwhile"));
    await watch.stop();
  });

  await t.step("a watch leaves a connection that went silent", async () => {
    await using proxy = new FaultyProxy(server.url);
    // The request timeout counts as well: the silence may begin before the stream's head is there.
    using client = await connectVia(server, proxy.url, { ...FAST, idleMs: 500 }, 500);
    const ns = await newNamespace(direct, "silent");
    const watch = follow(client, ns);
    await eventually("the first SYNC", () => watch.seen.length === 1);
    const [errors, accepted] = [watch.errors.length, proxy.accepted];
    proxy.silence();
    await direct.create(configMap(ns, "unheard"));
    await eventually("a failure", () => watch.errors.length > errors);
    await eventually("a new connection", () => proxy.accepted > accepted);
    proxy.speak();
    await eventually("the event", () => watch.seen.includes("ADDED unheard"));
    await watch.stop();
  });

  await t.step(
    "a call to a silent server fails in time, and the next one takes a new connection",
    async () => {
      await using proxy = new FaultyProxy(server.url);
      using client = await connectVia(server, proxy.url, undefined, 1_000);
      const ns = await newNamespace(direct, "calls");
      await direct.create(configMap(ns, "a"));
      await client.get(refTo(ns, "a"));
      proxy.silence();
      const started = performance.now();
      await rejects(client.get(refTo(ns, "a")), { code: "unavailable" });
      ok(performance.now() - started < 20_000);
      const before = proxy.accepted;
      proxy.speak();
      await client.get(refTo(ns, "a"));
      ok(proxy.accepted > before);
    },
  );

  await t.step("a read survives a connection that breaks", async () => {
    await using proxy = new FaultyProxy(server.url);
    using client = await connectVia(server, proxy.url);
    const ns = await newNamespace(direct, "reads");
    await direct.create(configMap(ns, "a"));
    await client.get(refTo(ns, "a"));
    for (let index = 0; index < 20; index++) {
      const reading = client.get(refTo(ns, "a"));
      proxy.cut();
      await reading;
    }
  });

  await t.step("a write after a broken connection takes a new one", async () => {
    await using proxy = new FaultyProxy(server.url);
    using client = await connectVia(server, proxy.url);
    const ns = await newNamespace(direct, "writes");
    for (let index = 0; index < 10; index++) {
      await client.create(configMap(ns, `c${index}`));
      await client.delete(refTo(ns, `c${index}`));
      const before = proxy.accepted;
      proxy.cut();
      // The client learns of it only when the end of the connection has reached it.
      await eventually("a new connection", async () => {
        await client.find(refTo(ns, "nobody"));
        return proxy.accepted > before;
      });
    }
  });

  await t.step("130 watches leave room for each other and for calls", async () => {
    using client = await connectVia(server, server.url);
    const ns = await newNamespace(direct, "many");
    const watches = Array.from({ length: 130 }, () => follow(client, ns));
    await eventually("all SYNCs", () => watches.every((watch) => watch.seen.length === 1));
    await client.create(configMap(ns, "a"));
    await client.get(refTo(ns, "a"), { timeoutMs: 20_000 });
    await eventually("all events", () => watches.every((watch) => watch.seen.length === 2));
    await Promise.all(watches.map((watch) => watch.stop()));
    equal(watches.flatMap((watch) => watch.errors).length, 0);
  });

  await t.step("400 calls at once all succeed", async () => {
    using client = await connectVia(server, server.url);
    const ns = await newNamespace(direct, "burst");
    const names = Array.from({ length: 400 }, (_, index) => `c${index}`);
    await Promise.all(names.map((name) => client.apply(configMap(ns, name), { manager: "m" })));
    await Promise.all(names.map((name) => client.get(refTo(ns, name))));
    equal((await client.list(CONFIG_MAP, { namespace: ns })).items.length, 400);
  });

  await t.step("a wait ends at its deadline and names the last failure", async () => {
    await using proxy = new FaultyProxy(server.url);
    using client = await connectVia(server, proxy.url, FAST);
    await proxy.refuse();
    await rejects(
      client.wait(refTo("default", "x"), () => false, { timeoutMs: 200, what: "x to come" }),
      { code: "timeout", message: /Gave up waiting for x to come after 0.2 s: Cannot reach/ },
    );
    proxy.accept();
  });

  await t.step("a wait sees an object come and go", async () => {
    const ns = await newNamespace(direct, "wait");
    const options = { timeoutMs: 10_000, what: "it" };
    const coming = direct.wait<ConfigMap>(
      refTo(ns, "a"),
      (object) => object !== undefined,
      options,
    );
    await direct.create(configMap(ns, "a", { x: "1" }));
    equal((await coming)?.data?.["x"], "1");
    const going = direct.wait(refTo(ns, "a"), (object) => object === undefined, options);
    await direct.delete(refTo(ns, "a"));
    equal(await going, undefined);
  });
});
