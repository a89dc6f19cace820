/**
 * The entry point of the `lattice` command.
 *
 * Its static import graph is kept tiny on purpose: `lattice --help` has to answer within 80 ms, so
 * everything that talks to a cluster is imported by the one command that needs it.
 *
 * @module
 */

import { interruption } from "./interruption.ts";
import { processIo } from "./io.ts";
import { run } from "./run_cli.ts";

if (import.meta.main) {
  using interrupted = interruption();
  Deno.exit(await run(Deno.args, processIo(interrupted.signal)));
}
