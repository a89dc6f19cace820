/**
 * How the operator of a local cluster is started from this checkout, and what it may touch.
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
 * particular to one cluster reaches it through the environment and the supervisor, so that the
 * same command serves each cluster that it creates.
 *
 * It may talk to loopback, read the state directory and the components' manifests, and write the
 * state directory. It may run nothing: programs are the supervisor's part.
 *
 * @param home State directory (`LATTICE_HOME`).
 * @param toolsDir Directory of the components.
 */
export function operatorCommand(home: string, toolsDir: string): OperatorCommand {
  const main = fileURLToPath(new URL("../../operator/main.ts", import.meta.url));
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const argv = [
    Deno.execPath(),
    "run",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    `--allow-read=${home},${toolsDir}`,
    `--allow-write=${home}`,
    "--ignore-env",
    `--allow-env=${VARIABLES.join(",")}`,
    "-c",
    config,
    main,
  ];
  return { argv, env: {} };
}
