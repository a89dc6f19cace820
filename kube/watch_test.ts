import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { sleep } from "./backoff.ts";
import { FakeCollection, type Fault, stateOf } from "./fake_collection_test_support.ts";
import { Informer } from "./informer.ts";
import type { KubeObject, WatchEvent } from "./types.ts";
import { runWatch, type WatchTiming } from "./watch.ts";

const FAST: WatchTiming = { idleMs: 60_000, backoffBaseMs: 1, backoffMaxMs: 2 };
const KIND = { apiVersion: "v1", kind: "ConfigMap" };

function informerOver(
  collection: FakeCollection,
  signal: AbortSignal,
  log: string[] = [],
): Informer {
  const watch = () => runWatch(collection, { signal, timing: FAST });
  return new Informer({
    client: { watch: watch as never },
    kind: KIND,
    signal,
    onChange: ({ key, object, previous }) =>
      log.push(`${previous ? (object ? "changed" : "deleted") : "added"} ${key}`),
  });
}

async function settled(collection: FakeCollection, informer: Informer): Promise<void> {
  const deadline = Date.now() + 5_000;
  const wanted = JSON.stringify(collection.state);
  while (JSON.stringify(stateOf(informer.store.list())) !== wanted) {
    ok(
      Date.now() < deadline,
      `copy is ${JSON.stringify(stateOf(informer.store.list()))}, not ${wanted}`,
    );
    await sleep(1);
  }
}

const names = fc.constantFrom("a", "b", "c", "d", "e");
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("put" as const), name: names }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), name: names }) },
  fc.record({ do: fc.constant("bookmark" as const) }),
  fc.record({ do: fc.constant("compact" as const) }),
  fc.record({ do: fc.constant("hangUp" as const), broken: fc.boolean() }),
  fc.record({
    do: fc.constant("fault" as const),
    fault: fc.constantFrom<Fault>("refused", "expired", "unavailable"),
  }),
  fc.record({ do: fc.constant("pause" as const) }),
);

Deno.test("runWatch brings a copy to the server's state through any sequence of faults", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
      const stop = new AbortController();
      const collection = new FakeCollection();
      const informer = informerOver(collection, stop.signal);
      for (const event of happenings) {
        if (event.do === "put") collection.put(event.name);
        else if (event.do === "remove") collection.remove(event.name);
        else if (event.do === "bookmark") collection.bookmark();
        else if (event.do === "compact") collection.compact();
        else if (event.do === "hangUp") collection.hangUp(event.broken);
        else if (event.do === "fault") collection.faults.push(event.fault);
        else await sleep(1);
      }
      await settled(collection, informer);
      stop.abort();
      await informer.done;
      equal(collection.streams, 0);
    }),
    { numRuns: 100 },
  );
});

Deno.test("Informer tells what was deleted while the server had forgotten our version", async () => {
  const stop = new AbortController();
  const collection = new FakeCollection();
  const log: string[] = [];
  for (const name of ["a", "b", "c"]) collection.put(name);
  const informer = informerOver(collection, stop.signal, log);
  await informer.synced;
  collection.faults.push("refused");
  collection.hangUp(true);
  collection.remove("b");
  collection.put("c");
  collection.compact();
  await settled(collection, informer);
  deepEqual(log.toSorted(), [
    "added default/a",
    "added default/b",
    "added default/c",
    "changed default/c",
    "deleted default/b",
  ]);
  stop.abort();
  await informer.done;
});

Deno.test("runWatch gives up a silent connection and resumes where it was", async () => {
  const stop = new AbortController();
  const collection = new FakeCollection();
  collection.put("a");
  const errors: unknown[] = [];
  const seen: WatchEvent[] = [];
  const timing = { ...FAST, idleMs: 20 };
  const run = { signal: stop.signal, timing, onError: (error: unknown) => errors.push(error) };
  for await (const event of runWatch(collection, run)) {
    seen.push(event);
    // The first stream says nothing until it is given up; only then does something happen.
    if (event.type === "SYNC") void untilFailed(errors).then(() => collection.put("b"));
    if (event.type === "ADDED") stop.abort();
  }
  deepEqual(seen.map((event) => event.type), ["SYNC", "ADDED"]);
  match(String(errors[0]), /silent for 20 ms/);
});

async function untilFailed(errors: readonly unknown[]): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (errors.length === 0 && Date.now() < deadline) await sleep(1);
}

Deno.test("runWatch waits longer each time a server ends streams at once", async () => {
  const stop = new AbortController();
  let opened = 0;
  const source = {
    list: () => Promise.resolve({ items: [], resourceVersion: "1", next: undefined }),
    open: () => {
      if (++opened === 4) stop.abort();
      return Promise.resolve({
        response: new Response(new Blob([]).stream()),
        retire: () => undefined,
        [Symbol.dispose]: () => undefined,
      });
    },
  };
  const started = performance.now();
  const timing = { idleMs: 1_000, backoffBaseMs: 20, backoffMaxMs: 1_000 };
  for await (const _event of runWatch(source, { signal: stop.signal, timing }));
  // Jitter takes at most half of 20, 40 and 80 ms away.
  ok(performance.now() - started >= 10 + 20 + 40 - 5);
});

Deno.test("runWatch does not count the consumer's own slowness as silence", async () => {
  const stop = new AbortController();
  const collection = new FakeCollection();
  const errors: unknown[] = [];
  const run = {
    signal: stop.signal,
    timing: { ...FAST, idleMs: 1_000 },
    onError: (error: unknown) => errors.push(error),
  };
  for await (const event of runWatch(collection, run)) {
    if (event.type === "SYNC") collection.put("a");
    else if (errors.length === 0 && (event.object as KubeObject).metadata.name === "a") {
      collection.put("b");
      await sleep(1_100);
    } else stop.abort();
  }
  deepEqual(errors, []);
});
