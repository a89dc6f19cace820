import { deepEqual, equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import { HttpPool, type StreamLease } from "./http_pool.ts";

class FakeClient {
  closed = false;
  streams = 0;
  close(): void {
    this.closed = true;
  }
}

const never = new AbortController().signal;

Deno.test("HttpPool opens another client when all are full, and keeps one spare", async () => {
  const made: FakeClient[] = [];
  using pool = new HttpPool(() => made[made.push(new FakeClient()) - 1]!, {
    streams: 2,
    clients: 9,
  });
  const leases = [];
  for (let index = 0; index < 5; index++) leases.push(await pool.take(never));
  deepEqual(pool.load, { clients: 3, streams: 5, waiting: 0 });
  for (const lease of leases) lease[Symbol.dispose]();
  deepEqual(pool.load, { clients: 1, streams: 0, waiting: 0 });
  equal(made.filter((client) => client.closed).length, 2);
});

Deno.test("HttpPool lets callers wait for their turn when it may open no more", async () => {
  using pool = new HttpPool(() => new FakeClient(), { streams: 1, clients: 1 });
  const first = await pool.take(never);
  const stop = new AbortController();
  const impatient = pool.take(stop.signal);
  const patient = pool.take(never);
  equal(pool.load.waiting, 2);
  stop.abort(new Error("enough"));
  await rejects(impatient, /enough/);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  (await patient)[Symbol.dispose]();
  deepEqual(pool.load, { clients: 1, streams: 0, waiting: 0 });
});

Deno.test("HttpPool gives a retired client to nobody and closes it with its last stream", async () => {
  using pool = new HttpPool(() => new FakeClient(), { streams: 9, clients: 1 });
  const [first, second] = [await pool.take(never), await pool.take(never)];
  first.retire();
  const third = await pool.take(never);
  equal(third.client === first.client, false);
  first[Symbol.dispose]();
  equal(first.client.closed, false);
  second[Symbol.dispose]();
  equal(second.client.closed, true);
  third[Symbol.dispose]();
  equal(third.client.closed, false);
});

Deno.test("HttpPool rejects callers that wait when it is disposed", async () => {
  const pool = new HttpPool(() => new FakeClient(), { streams: 1, clients: 1 });
  await pool.take(never);
  const waiting = pool.take(never);
  pool[Symbol.dispose]();
  await rejects(waiting, /disposed/);
});

Deno.test("HttpPool never overfills a client and leaves nobody waiting, in any order of operations", async () => {
  const operation = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ do: "take" as const, pick: 0 }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("give" as const), pick: fc.nat() }) },
    fc.record({ do: fc.constant("retire" as const), pick: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
      using pool = new HttpPool(() => new FakeClient(), { streams: 3, clients: 2 });
      const held: StreamLease<FakeClient>[] = [];
      const takes: Promise<void>[] = [];
      let served = 0;
      for (const { do: what, pick } of operations) {
        const at = pick % Math.max(held.length, 1);
        if (what === "take") {
          takes.push(
            pool.take(never).then((lease) => {
              served++;
              equal(++lease.client.streams <= 3, true);
              equal(lease.client.closed, false);
              held.push(lease);
            }),
          );
        } else if (what === "give") {
          const [lease] = held.splice(at, 1);
          if (lease) lease.client.streams--;
          lease?.[Symbol.dispose]();
        } else held[at]?.retire();
        await Promise.resolve();
      }
      while (served < takes.length || held.length > 0) {
        const lease = held.shift();
        if (lease) lease.client.streams--;
        lease?.[Symbol.dispose]();
        await new Promise<void>((resolve) => queueMicrotask(resolve));
      }
      await Promise.all(takes);
      equal(pool.load.streams, 0);
    }),
    { numRuns: 200 },
  );
});
