import { deepEqual, equal } from "node:assert/strict";
import { getCondition, isConditionTrue, type NewCondition, setCondition } from "./conditions.ts";

const EARLY = new Date("2026-01-01T00:00:00.123Z");
const LATE = new Date("2026-01-02T00:00:00Z");

function ready(status: "True" | "False", message = ""): NewCondition {
  return { type: "Ready", status, reason: "Because", message };
}

Deno.test("setCondition adds a condition with the present time, to the second", () => {
  deepEqual(setCondition(undefined, ready("True"), EARLY), [
    { ...ready("True"), lastTransitionTime: "2026-01-01T00:00:00Z" },
  ]);
});

Deno.test("setCondition moves the time only when the status changes", () => {
  const first = setCondition([], ready("True"), EARLY);
  const reworded = setCondition(first, ready("True", "still"), LATE);
  equal(getCondition(reworded, "Ready")?.lastTransitionTime, "2026-01-01T00:00:00Z");
  equal(getCondition(reworded, "Ready")?.message, "still");
  const turned = setCondition(reworded, ready("False"), LATE);
  equal(getCondition(turned, "Ready")?.lastTransitionTime, "2026-01-02T00:00:00Z");
  equal(isConditionTrue(turned, "Ready"), false);
});

Deno.test("setCondition keeps the order of the others and the given list", () => {
  const list = ["A", "Ready", "B"].flatMap((type) =>
    setCondition([], { ...ready("True"), type }, EARLY)
  );
  const changed = setCondition(list, ready("False"), LATE);
  deepEqual(changed.map((condition) => condition.type), ["A", "Ready", "B"]);
  equal(isConditionTrue(list, "Ready"), true);
});
