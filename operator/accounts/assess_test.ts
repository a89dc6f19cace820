import { deepEqual, equal } from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { assess, holds, lacks, nextStatus, validity } from "./assess.ts";

const READY = { reason: "AllGood", message: "all is good" };
const THEN = new Date("2026-11-23T20:00:00.123Z");
const LATER = new Date("2026-11-23T21:00:00Z");

function raw(status?: unknown, generation = 1): KubeObject {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "CloudProvider",
    metadata: { name: "a", generation },
    ...(status === undefined ? {} : { status }),
  };
}

Deno.test("assess() names what needs somebody before what needs time", () => {
  const waits = lacks("B", "Waits", "wait", "Pending");
  const fails = lacks("C", "Broken", "mend it");
  const good = holds("A", "Fine");
  const table = [
    [[good], "Ready", "AllGood", 300_000],
    [[good, waits], "Pending", "Waits", 30_000],
    [[good, waits, fails], "Failed", "Broken", 60_000],
  ] as const;
  for (const [aspects, phase, reason, ms] of table) {
    const seen = assess(aspects, READY);
    equal(seen.phase, phase);
    equal(seen.requeueAfterMs, ms);
    equal(seen.conditions[0]?.reason, reason);
    deepEqual(seen.conditions.map(({ type }) => type), [
      "Ready",
      ...aspects.map(({ type }) => type),
    ]);
  }
});

Deno.test("messages are bounded: some come from elsewhere", () => {
  equal(lacks("A", "B", "x".repeat(5_000)).message.length, 1_024);
  const problems = Array.from({ length: 9 }, (_, index) => ({
    field: `spec.f${index}`,
    reason: "is wrong",
    remedy: "right it",
  }));
  const { message } = validity(problems);
  equal(message.split("\n").length, 6);
  equal(message.split("\n")[0], "spec.f0: is wrong; right it");
  equal(message.endsWith("and 4 more"), true);
});

Deno.test("nextStatus() writes once, and its time moves only with the outcome", () => {
  const good = assess([holds("A", "Fine")], READY);
  const first = nextStatus(raw(), good, { clusterCount: 1 }, THEN);
  equal(first?.lastValidated, "2026-11-23T20:00:00Z");
  equal(first.observedGeneration, 1);
  equal(nextStatus(raw(first), good, { clusterCount: 1 }, LATER), undefined);
  const reordered = { ...first, conditions: first.conditions?.toReversed() };
  equal(nextStatus(raw(reordered), good, { clusterCount: 1 }, LATER), undefined);

  const counted = nextStatus(raw(first), good, { clusterCount: 2 }, LATER);
  deepEqual(counted, { ...first, clusterCount: 2 });

  const seenAgain = nextStatus(raw(first, 2), good, { clusterCount: 1 }, LATER);
  equal(seenAgain?.lastValidated, "2026-11-23T21:00:00Z");
  equal(seenAgain.conditions?.[0]?.lastTransitionTime, "2026-11-23T20:00:00Z");

  const bad = nextStatus(raw(first), assess([lacks("A", "Bad", "no")], READY), {}, LATER);
  deepEqual([bad?.phase, bad?.message, bad?.lastValidated, bad?.clusterCount], [
    "Failed",
    "no",
    "2026-11-23T21:00:00Z",
    undefined,
  ]);
  equal(bad?.conditions?.[0]?.lastTransitionTime, "2026-11-23T21:00:00Z");
});
