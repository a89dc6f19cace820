import assert from "node:assert/strict";
import fc from "fast-check";
import { byRank, KeyOrder } from "./order.ts";

interface Member {
  key: string;
  rank: number;
}

function assertOrdered(order: KeyOrder<Member>): void {
  const keys = order.members.map(({ key }) => key);
  assert.deepEqual(keys, [...keys].sort());
  for (const [at, { rank }] of order.members.entries()) {
    const before = order.members[at - 1];
    assert.ok(!before || before.rank < rank, `${before?.key} and ${order.members[at]?.key}`);
  }
}

Deno.test("KeyOrder keeps its members and their ranks in the order of the keys", () => {
  fc.assert(fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 80 }), (keys) => {
    const order = new KeyOrder<Member>();
    const members = new Map<string, Member>();
    for (const key of keys) {
      const known = members.get(key);
      if (known) order.remove(known);
      else order.add({ key, rank: Number.NaN });
      if (known) members.delete(key);
      else members.set(key, order.members.find((each) => each.key === key) as Member);
      assertOrdered(order);
    }
    assert.equal(order.members.length, members.size);
    assert.deepEqual(byRank([...members.values()].reverse()), order.members);
  }));
});

Deno.test("KeyOrder finds room between two members however often", () => {
  const order = new KeyOrder<Member>();
  order.add({ key: "a", rank: 0 });
  order.add({ key: "c", rank: 0 });
  for (let depth = 0; depth < 200; depth++) {
    order.add({ key: `b${"0".repeat(200 - depth)}`, rank: 0 });
  }
  for (let depth = 0; depth < 200; depth++) order.add({ key: `b1${"1".repeat(depth)}`, rank: 0 });
  assertOrdered(order);
  assert.equal(order.members.length, 402);
});

Deno.test("KeyOrder leaves what is no member alone", () => {
  const order = new KeyOrder<Member>();
  order.add({ key: "a", rank: 0 });
  order.remove({ key: "a", rank: 0 });
  assert.equal(order.members.length, 1);
});
