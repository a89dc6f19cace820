/**
 * The whole enumeration: a trial for every call of a move, before and after it. Minutes; not part of the normal suite.
 *
 * ```sh
 * deno test -A tests/faults/move/every_call.ts
 * ```
 *
 * @module
 */
import { startPair } from "./pair.ts";
import { killPoints, trial } from "./trial.ts";

Deno.test("a move killed at any call and started again ends in the same state", async (t) => {
  await using pair = await startPair();
  for (const point of await killPoints(pair)) {
    await t.step(`${point.when} call ${point.n}: ${point.description}`, () => trial(pair, point));
  }
});
