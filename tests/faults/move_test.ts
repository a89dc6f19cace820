import { startPair } from "./move/pair.ts";
import { killPoints, sampleOf, trial } from "./move/trial.ts";

Deno.test("a move killed at a call and started again ends in the same state", async (t) => {
  await using pair = await startPair();
  for (const point of sampleOf(await killPoints(pair))) {
    await t.step(`${point.when} call ${point.n}: ${point.description}`, () => trial(pair, point));
  }
});
