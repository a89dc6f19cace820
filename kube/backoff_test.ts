import { equal, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { backoffMs, sleep } from "./backoff.ts";

Deno.test("backoffMs stays between half of the doubled delay and all of it", () => {
  fc.assert(fc.property(
    fc.nat({ max: 100 }),
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 1, max: 60_000 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    (attempt, baseMs, maxMs, jitter) => {
      const full = Math.min(baseMs * 2 ** Math.min(attempt, 30), maxMs);
      const delay = backoffMs(attempt, { baseMs, maxMs, random: () => jitter });
      ok(delay >= full / 2 && delay <= full);
    },
  ));
});

Deno.test("sleep rejects with the reason of its signal and leaves no timer", async () => {
  const stop = new AbortController();
  const sleeping = sleep(60_000, stop.signal);
  stop.abort(new Error("enough"));
  await rejects(sleeping, /enough/);
  await rejects(sleep(60_000, stop.signal), /enough/);
  equal(await sleep(0), undefined);
});
