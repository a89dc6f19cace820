/**
 * A fixed sample of the faults that `tests/faults/install/main.ts` enumerates in full.
 *
 * @module
 */

import { referenceInstall, strike } from "./install/driver.ts";
import { sampleOfFaults } from "./install/faults.ts";

Deno.test("an install that is struck anywhere ends as if nothing had happened", async (t) => {
  const reference = await referenceInstall();
  for (const fault of sampleOfFaults(reference.moveCalls)) {
    await t.step(fault.id, () => strike(fault, reference));
  }
});
