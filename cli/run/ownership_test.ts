import assert from "node:assert/strict";
import { judge, type MoveStage, type Testimony } from "./ownership.ts";

/** Source, target, and who owns the objects then. */
const CASES: readonly [Testimony, Testimony, MoveStage | undefined][] = [
  // Nothing exists: a fresh install.
  ["absent", "absent", "none"],
  // The bootstrap exists, the target perhaps: what the source says counts.
  ["none", "absent", "none"],
  ["none", "none", "none"],
  ["none", "silent", "none"],
  ["silent", "absent", "none"],
  ["before-hand-over", "silent", "before-hand-over"],
  ["before-hand-over", "before-hand-over", "before-hand-over"],
  // Either side proves a hand-over.
  ["handed-over", "silent", "handed-over"],
  ["silent", "handed-over", "handed-over"],
  ["before-hand-over", "handed-over", "handed-over"],
  ["handed-over", "done", "done"],
  // The source is gone after the move.
  ["absent", "done", "done"],
  ["absent", "handed-over", "handed-over"],
  // Nobody can tell: a stopped target without its bootstrap must not be provisioned again.
  ["absent", "silent", undefined],
  ["absent", "none", undefined],
  ["silent", "none", undefined],
  ["silent", "before-hand-over", undefined],
  ["silent", "silent", undefined],
];

for (const [source, target, expected] of CASES) {
  Deno.test(`judge() of a source that is ${source} and a target that is ${target}`, () => {
    assert.equal(judge(source, target), expected);
  });
}
