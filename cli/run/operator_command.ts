/**
 * How the operator of a local cluster is started from this checkout.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { OperatorCommand } from "@lattice/providers/local/host";

/**
 * The command line of the operator, run by the same Deno that runs the CLI. Everything that is
 * particular to one cluster reaches it through the environment.
 */
export function operatorCommand(): OperatorCommand {
  const main = fileURLToPath(new URL("../../operator/main.ts", import.meta.url));
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return { argv: [Deno.execPath(), "run", "-A", "--no-prompt", "-c", config, main], env: {} };
}
