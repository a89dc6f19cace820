// The fake collection enumerates faults; here it and a real API server are asked the same questions.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Collection } from "./collection.ts";
import { resolveConnection } from "./connection.ts";
import { Discovery } from "./discovery.ts";
import { isApiError } from "./errors.ts";
import { FakeCollection } from "./fake_collection_test_support.ts";
import { JsonLines } from "./json_lines.ts";
import {
  CONFIG_MAP,
  configMap,
  eventually,
  newNamespace,
  refTo,
  startApiServer,
} from "./live_test_support.ts";
import { connect } from "./client.ts";
import { requestJson } from "./rest.ts";
import type { Kind } from "./types.ts";
import { Transport } from "./transport.ts";
import type { WatchSource } from "./watch.ts";
import type { RawWatchEvent } from "./watch_state.ts";

/** A collection that a test can change, in pages of two. */
interface Subject {
  readonly source: WatchSource;
  put(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes the collection forget everything up to now. */
  forget(): Promise<void>;
}

const never = new AbortController().signal;

async function readEvents(
  source: WatchSource,
  version: string,
  count: number,
): Promise<RawWatchEvent[]> {
  using stream = await source.open(version, never);
  ok(stream.response.body);
  const lines = new JsonLines(stream.response.body);
  const events: RawWatchEvent[] = [];
  while (events.length < count) {
    const values = await lines.next();
    if (!values) break;
    events.push(...values as RawWatchEvent[]);
  }
  return events;
}

function summary(event: RawWatchEvent): string {
  const { metadata } = event.object as { metadata: { name: string; resourceVersion: string } };
  ok(Number(metadata.resourceVersion) > 0);
  return `${event.type} ${metadata.name}`;
}

/** Whether a version is refused as forgotten: by the response itself or by the first event. */
async function isForgotten(source: WatchSource, version: string): Promise<boolean> {
  try {
    const [event] = await readEvents(source, version, 1);
    return event?.type === "ERROR" && (event.object as { code: number }).code === 410;
  } catch (error) {
    return isApiError(error, 410);
  }
}

const questions: readonly [string, (subject: Subject) => Promise<void>][] = [
  ["pages share a version and end without a token", async ({ source, put }) => {
    for (const name of ["a", "b", "c"]) await put(name);
    const first = await source.list(undefined, never);
    deepEqual(first.items.map((item) => item.metadata.name), ["a", "b"]);
    ok(first.next);
    const second = await source.list(first.next, never);
    deepEqual(second.items.map((item) => item.metadata.name), ["c"]);
    equal(second.next, undefined);
    equal(second.resourceVersion, first.resourceVersion);
  }],
  ["a stream tells what happened after the version of a list", async ({ source, put, remove }) => {
    await put("a");
    const { resourceVersion } = await source.list(undefined, never);
    await put("b");
    await put("b");
    await remove("a");
    const events = await readEvents(source, resourceVersion, 3);
    deepEqual(events.map(summary), ["ADDED b", "MODIFIED b", "DELETED a"]);
  }],
  ["a stream resumes after the version of any event", async ({ source, put, remove }) => {
    const { resourceVersion } = await source.list(undefined, never);
    await put("x");
    await put("y");
    await remove("x");
    const [first, second] = await readEvents(source, resourceVersion, 3);
    for (
      const [event, rest] of [[first, ["ADDED y", "DELETED x"]], [second, ["DELETED x"]]] as const
    ) {
      const { metadata } = event?.object as { metadata: { resourceVersion: string } };
      const events = await readEvents(source, metadata.resourceVersion, rest.length);
      deepEqual(events.map(summary), rest);
    }
  }],
  ["a forgotten version is refused with 410", async ({ source, put, forget }) => {
    const { resourceVersion } = await source.list(undefined, never);
    await put("a");
    await put("b");
    await forget();
    await eventually("the version to be forgotten", () => isForgotten(source, resourceVersion));
  }],
  ["the token of a forgotten list is refused with 410", async ({ source, put, forget }) => {
    for (const name of ["a", "b", "c"]) await put(name);
    const { next } = await source.list(undefined, never);
    await put("d");
    await forget();
    await rejects(source.list(next, never), (error) => isApiError(error, 410));
  }],
];

for (const [what, ask] of questions) {
  Deno.test(`FakeCollection: ${what}`, async () => {
    const fake = new FakeCollection();
    await ask({
      source: fake,
      put: (name) => Promise.resolve(fake.put(name)),
      remove: (name) => Promise.resolve(fake.remove(name)),
      forget: () => Promise.resolve(fake.compact()),
    });
  });
}

Deno.test("Real API server, which forgets quickly", async (t) => {
  // Without its cache the server reads etcd, which it makes forget what is older than a second.
  await using server = await startApiServer({
    apiServerArgs: ["--watch-cache=false", "--etcd-compaction-interval=1s"],
  });
  using client = await connect({ text: server.kubeconfig });
  using transport = new Transport(await resolveConnection({ text: server.kubeconfig }), {
    userAgent: "test",
    requestTimeoutMs: 10_000,
  });
  const discovery = new Discovery((path) => requestJson(transport, { method: "GET", path }));
  const resourceFor = (kind: Kind) => discovery.resourceFor(kind);
  const pages = { transport, resourceFor, kind: CONFIG_MAP, pageSize: 2 };
  // A list of more than one page tells by its token when the server has forgotten its version.
  const clockNamespace = await newNamespace(client, "clock");
  const clock = new Collection({ ...pages, namespace: clockNamespace });
  const tick = (at: string) => configMap(clockNamespace, "c", { at });
  for (const name of ["a", "b", "c"]) await client.create(configMap(clockNamespace, name));
  for (const [index, [what, ask]] of questions.entries()) {
    await t.step(what, async () => {
      const namespace = await newNamespace(client, `question-${index}`);
      const source = new Collection({ ...pages, namespace });
      await ask({
        source,
        put: async (name) => {
          const object = configMap(namespace, name, { at: String(performance.now()) });
          await client.apply(object, { manager: "test" });
        },
        remove: async (name) => {
          await client.delete(refTo(namespace, name));
        },
        forget: async () => {
          const { next } = await clock.list(undefined, never);
          await eventually("a compaction", async () => {
            await client.apply(tick(String(performance.now())), { manager: "test" });
            return await clock.list(next, never).then(
              () => false,
              (error) => isApiError(error, 410),
            );
          });
        },
      });
    });
  }

  await t.step("a watch from a forgotten version lists again", async () => {
    const stop = new AbortController();
    const options = { namespace: "question-0", resourceVersion: "1", signal: stop.signal };
    for await (const event of client.watch(CONFIG_MAP, options)) {
      equal(event.type, "SYNC");
      if (event.type === "SYNC") {
        deepEqual(event.objects.map((object) => object.metadata.name), ["a", "b", "c"]);
      }
      stop.abort();
    }
  });

  await t.step("bookmarks are lines with a version and no name", async () => {
    const path = "/api/v1/namespaces/question-0/configmaps" +
      "?watch=true&allowWatchBookmarks=true&sendInitialEvents=true" +
      "&resourceVersionMatch=NotOlderThan&timeoutSeconds=5";
    using stream = await transport.open({ method: "GET", path });
    ok(stream.response.body);
    const lines = new JsonLines(stream.response.body);
    const events: RawWatchEvent[] = [];
    for (let values = await lines.next(); values; values = await lines.next()) {
      events.push(...values as RawWatchEvent[]);
      if (events.some((event) => event.type === "BOOKMARK")) break;
    }
    const bookmark = events.find((event) => event.type === "BOOKMARK");
    const { metadata } = bookmark?.object as {
      metadata: { name?: string; resourceVersion: string };
    };
    equal(metadata.name ?? "", "");
    ok(Number(metadata.resourceVersion) > 0);
  });
});
