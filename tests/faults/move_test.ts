import { startPair } from "./move/pair.ts";
import { killPoints, sampleOf, trial } from "./move/trial.ts";

/** `all` kills the mover at every call, which takes minutes; else a fixed sample. */
const FAULTS = "LATTICE_FAULTS";

Deno.test("a move killed at a call and started again ends in the same state", async (t) => {
  await using pair = await startPair();
  const all = await killPoints(pair);
  const points = Deno.env.get(FAULTS) === "all" ? all : sampleOf(all);
  for (const point of points) {
    await t.step(`${point.when} call ${point.n}: ${point.description}`, () => trial(pair, point));
  }
});
