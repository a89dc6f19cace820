import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { FakeClock } from "./fake_clock_test_support.ts";
import { WorkQueue } from "./queue.ts";

Deno.test("WorkQueue gives a key that was added often only once", async () => {
  using queue = new WorkQueue();
  for (const key of ["a", "b", "a", "a"]) queue.add(key);
  equal(queue.size, 2);
  deepEqual([await queue.take(), await queue.take()], ["a", "b"]);
  equal(queue.size, 0);
});

Deno.test("WorkQueue gives a key again that was added while a worker had it", async () => {
  using queue = new WorkQueue();
  queue.add("a");
  await queue.take();
  queue.add("a");
  equal(queue.size, 0);
  queue.done("a");
  equal(await queue.take(), "a");
});

Deno.test("WorkQueue hands a key to a waiting taker", async () => {
  using queue = new WorkQueue();
  const taken = queue.take();
  queue.add("a");
  equal(await taken, "a");
});

Deno.test("WorkQueue gives undefined to takers when it closes", async () => {
  const queue = new WorkQueue();
  const waiting = queue.take();
  queue.add("b");
  queue[Symbol.dispose]();
  queue.add("c");
  equal(await waiting, "b");
  equal(await queue.take(), undefined);
});

Deno.test("WorkQueue keeps the earlier of two delays", async () => {
  const clock = new FakeClock();
  using queue = new WorkQueue({ clock });
  queue.addAfter("a", 1000);
  queue.addAfter("a", 10);
  queue.addAfter("a", 500);
  equal(queue.size, 1);
  clock.advance(9);
  const taken = queue.take();
  clock.advance(1);
  equal(await taken, "a");
  equal(clock.timers, 0);
});

Deno.test("WorkQueue delays failures longer each time until they are forgotten", () => {
  using queue = new WorkQueue({
    clock: new FakeClock(),
    random: () => 1,
    backoffBaseMs: 10,
    backoffMaxMs: 50,
  });
  deepEqual([1, 2, 3, 4].map(() => queue.addFailed("a")), [10, 20, 40, 50]);
  queue.forget("a");
  equal(queue.addFailed("a"), 10);
});

/** What a worker or a producer may do, in any order. */
const operation = fc.oneof(
  fc.record({ do: fc.constant("add" as const), key: fc.integer({ min: 0, max: 4 }) }),
  fc.record({
    do: fc.constant("addAfter" as const),
    key: fc.integer({ min: 0, max: 4 }),
    ms: fc.integer({ min: 0, max: 100 }),
  }),
  fc.record({ do: fc.constant("fail" as const), pick: fc.nat() }),
  fc.record({ do: fc.constant("finish" as const), pick: fc.nat() }),
  fc.record({ do: fc.constant("take" as const) }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 60 }) }),
);

Deno.test("WorkQueue never gives a key to two workers and loses none, in any order of operations", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 80 }), async (operations) => {
      const clock = new FakeClock();
      using queue = new WorkQueue({ clock, backoffBaseMs: 5, backoffMaxMs: 50 });
      const working = new Set<string>();
      const owed = new Set<string>();
      const takes: Promise<void>[] = [];
      let waiting = 0;
      const take = () => {
        waiting++;
        takes.push(
          queue.take().then((key) => {
            waiting--;
            if (key === undefined) return;
            ok(!working.has(key), `key ${key} was given twice`);
            working.add(key);
            owed.delete(key);
          }),
        );
      };
      const pick = (index: number) => [...working][index % Math.max(working.size, 1)];
      for (const op of operations) {
        switch (op.do) {
          case "add":
            owed.add(`k${op.key}`);
            queue.add(`k${op.key}`);
            break;
          case "addAfter":
            owed.add(`k${op.key}`);
            queue.addAfter(`k${op.key}`, op.ms);
            break;
          case "fail":
          case "finish": {
            const key = pick(op.pick);
            if (key === undefined) break;
            if (op.do === "fail") {
              owed.add(key);
              queue.addFailed(key);
            }
            working.delete(key);
            queue.done(key);
            break;
          }
          case "take":
            take();
            break;
          case "advance":
            clock.advance(op.ms);
        }
        await Promise.resolve();
      }
      // Let everything finish: whatever was added must have been given to somebody since.
      for (let round = 0; round < 20 && (owed.size > 0 || working.size > 0); round++) {
        clock.advance(100);
        for (const key of [...working]) {
          working.delete(key);
          queue.done(key);
        }
        while (waiting < 8) take();
        await new Promise<void>((resolve) => queueMicrotask(resolve));
        await Promise.resolve();
      }
      deepEqual([...owed], []);
      queue[Symbol.dispose]();
      await Promise.all(takes);
      equal(clock.timers, 0);
    }),
    { numRuns: 300 },
  );
});
