/**
 * Chance for jitter.
 *
 * @module
 */

import assert from "node:assert/strict";
import { randomFraction } from "./random.ts";

Deno.test("randomFraction() is spread over [0, 1) and does not repeat itself", () => {
  const draws = Array.from({ length: 4000 }, randomFraction);
  assert.ok(draws.every((x) => x >= 0 && x < 1));
  assert.equal(new Set(draws).size, draws.length);
  // 400 a tenth are expected; 200 or 600 are ten standard deviations away.
  const tenths = Array.from({ length: 10 }, (_, i) => {
    return draws.filter((x) => Math.floor(x * 10) === i).length;
  });
  assert.ok(tenths.every((n) => n > 200 && n < 600), String(tenths));
});
