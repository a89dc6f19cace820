/**
 * How the operator of a local cluster is started from this checkout, and what it may do.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { OperatorCommand } from "@lattice/providers/local/host";

/** Everything that the operator reads from its environment; anything else looks unset to it. */
const VARIABLES = [
  "KUBECONFIG",
  "LATTICE_CLUSTER_NAME",
  "LATTICE_HEALTH_PORT",
  "LATTICE_HOME",
  "LATTICE_LOG_LEVEL",
  "LATTICE_PORT_RANGE",
  "LATTICE_TOOLS_DIR",
] as const;

/**
 * The command line of the operator, run by the same Deno that runs the CLI. Everything that is
 * particular to one cluster reaches it through the environment, since the operator hands this command on
 * to the clusters that it makes.
 *
 * It may use the state directory, read the components and talk on loopback. It may not run programs:
 * that is the supervisor's part.
 *
 * @param home State directory, absolute.
 * @param toolsDir Folder of the components.
 */
export function operatorCommand(home: string, toolsDir: string): OperatorCommand {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  return {
    argv: [
      Deno.execPath(),
      "run",
      "--no-prompt",
      `--allow-env=${VARIABLES.join(",")}`,
      "--ignore-env",
      "--allow-net=127.0.0.1",
      `--allow-read=${list(home, toolsDir)}`,
      `--allow-write=${list(home)}`,
      "-c",
      path("../../deno.json"),
      path("../../operator/main.ts"),
    ],
    env: {},
  };
}

/** Joins paths for a permission flag, where a comma inside a path is written twice. */
function list(...paths: readonly string[]): string {
  return paths.map((path) => path.replaceAll(",", ",,")).join(",");
}
