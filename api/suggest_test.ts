import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearestName } from "./suggest.ts";

Deno.test("editDistance() is symmetric, zero between equals only, and at most the longer length", () => {
  const text = fc.string({ maxLength: 12 });
  fc.assert(fc.property(text, text, (a, b) => {
    assert.equal(editDistance(a, a), 0);
    assert.equal(editDistance(a, b), editDistance(b, a));
    assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
    assert.equal(editDistance(a, b) === 0, a === b);
  }));
});

Deno.test("editDistance() counts an insertion, a deletion, a replacement and a swap once each", () => {
  const cases: [string, string, number][] = [
    ["pool", "pools", 1],
    ["pools", "pool", 1],
    ["pool", "poll", 1],
    ["lables", "labels", 1],
    ["kitten", "sitting", 3],
    ["", "abc", 3],
  ];
  for (const [a, b, distance] of cases) assert.equal(editDistance(a, b), distance, `${a} ${b}`);
});

const CASES: [written: string, meant: string | undefined][] = [
  ["replica", "replicas"],
  ["Replicas", "replicas"],
  ["lables", "labels"],
  ["workerpools", "workerPools"],
  ["colour", undefined],
  ["", undefined],
];
for (const [written, meant] of CASES) {
  Deno.test(`nearestName() of "${written}" is ${meant}`, () => {
    assert.equal(nearestName(written, ["replicas", "labels", "taints", "workerPools"]), meant);
  });
}
