import assert from "node:assert/strict";
import { age, elapsed } from "./age.ts";

const NOW = new Date("2026-11-23T12:00:00Z");

for (
  const [seconds, expected] of [
    [0, "0s"],
    [45, "45s"],
    [59, "59s"],
    [60, "1m"],
    [12 * 60 + 59, "12m"],
    [3 * 3600 + 59 * 60, "3h"],
    [86_399, "23h"],
    [7 * 86_400, "7d"],
    [-30, "0s"],
  ] as const
) {
  Deno.test(`age() of ${seconds} seconds is ${expected}`, () => {
    assert.equal(age(new Date(NOW.getTime() - seconds * 1000).toISOString(), NOW), expected);
  });
}

Deno.test("age() of an unknown or unreadable time is a dash", () => {
  assert.equal(age(undefined, NOW), "-");
  assert.equal(age("yesterday", NOW), "-");
});

for (
  const [milliseconds, expected] of [
    [0, "0.0s"],
    [4_249, "4.2s"],
    [59_949, "59.9s"],
    [59_960, "1m00s"],
    [65_000, "1m05s"],
    [3_600_000, "60m00s"],
  ] as const
) {
  Deno.test(`elapsed() of ${milliseconds} ms is ${expected}`, () => {
    assert.equal(elapsed(milliseconds), expected);
  });
}
