import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearestName } from "./suggest.ts";

Deno.test("editDistance() is a metric", () => {
  const text = fc.string({ maxLength: 12 });
  fc.assert(fc.property(text, text, text, (a, b, c) => {
    assert.equal(editDistance(a, a), 0);
    assert.equal(editDistance(a, b), editDistance(b, a));
    assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
    assert.equal(editDistance(a, b) === 0, a === b);
  }));
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
