/**
 * An uninstall that is killed at several of its steps and writes.
 *
 * @module
 */

import { strikeUninstall } from "./install/driver.ts";

Deno.test("an uninstall that is struck again and again leaves nothing", async () => {
  await strikeUninstall(["after:1", "write:3:after", "write:20:after", "step:6", "step:7"]);
});
