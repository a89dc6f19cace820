import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { Barrier } from "./barrier.ts";

Deno.test("a key waits for those that were announced before it asks", () => {
  const barrier = new Barrier();
  for (const key of ["a", "b", "c"]) barrier.announce(key);
  deepEqual(barrier.settle("a"), []);
  equal(barrier.pass("a"), false);
  deepEqual(barrier.settle("b"), []);
  deepEqual(barrier.settle("c"), ["a"]);
  equal(barrier.pass("a"), true);
});

Deno.test("what is announced later holds nobody back", () => {
  const barrier = new Barrier();
  barrier.announce("a");
  barrier.announce("b");
  barrier.settle("a");
  equal(barrier.pass("a"), false);
  barrier.announce("late");
  deepEqual(barrier.settle("b"), ["a"]);
  equal(barrier.pass("a"), true, "released, though another is pending");
});

Deno.test("a new change of a key that waits makes it wait for that change, too", () => {
  const barrier = new Barrier();
  barrier.announce("a");
  barrier.announce("b");
  barrier.settle("a");
  equal(barrier.pass("a"), false);
  barrier.announce("a");
  barrier.announce("c");
  deepEqual(barrier.settle("b"), []);
  deepEqual(barrier.settle("a"), []);
  equal(barrier.pass("a"), false);
  deepEqual(barrier.settle("c"), ["a"]);
  equal(barrier.pass("a"), true);
});

Deno.test("nobody waits for ever: whoever settles everything releases everybody", () => {
  const key = fc.constantFrom("a", "b", "c", "d");
  const step = fc.oneof(
    key.map((name) => ({ do: "announce" as const, name })),
    key.map((name) => ({ do: "settle" as const, name })),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const barrier = new Barrier();
    const waiting = new Set<string>();
    const settle = (name: string) => {
      for (const released of barrier.settle(name)) {
        equal(barrier.pass(released), true);
        waiting.delete(released);
      }
    };
    for (const { do: what, name } of steps) {
      if (what === "announce") {
        barrier.announce(name);
        waiting.delete(name);
      } else {
        settle(name);
        if (!barrier.pass(name)) waiting.add(name);
        else waiting.delete(name);
      }
    }
    for (const name of ["a", "b", "c", "d"]) settle(name);
    deepEqual([...waiting], []);
  }));
});
