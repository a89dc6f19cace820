/**
 * A fixed sample of the faults that an install can meet; with `LATTICE_FAULTS=all` every one of them.
 *
 * @module
 */

import { referenceInstall, strike } from "./install/driver.ts";
import { everyFault, sampleOfFaults } from "./install/faults.ts";

Deno.test("an install that is struck anywhere ends as if nothing had happened", async (t) => {
  const reference = await referenceInstall();
  const choose = Deno.env.get("LATTICE_FAULTS") === "all" ? everyFault : sampleOfFaults;
  for (const fault of choose(reference.moveWrites)) {
    await t.step(fault.id, () => strike(fault, reference));
  }
});
