/**
 * How the operator of a new cluster is started: as this one was.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { clusterPaths, type OperatorCommand } from "@lattice/providers/local/host";
import { z } from "zod";

const desired = z.object({
  components: z.array(z.object({
    name: z.string(),
    argv: z.array(z.string()),
    env: z.record(z.string(), z.string()),
  })),
});
/** Variables that the plan of a cluster sets itself, with values of that cluster. */
const PLANNED = new Set([
  "LATTICE_CLUSTER_NAME",
  "KUBECONFIG",
  "LATTICE_HOME",
  "LATTICE_TOOLS_DIR",
  "LATTICE_HEALTH_PORT",
]);

/**
 * Reads how the operator of a cluster is started, so that the operator of the next one can be started alike: the same
 * program with the same permissions.
 *
 * @param home State directory.
 * @param cluster Name of the cluster whose operator is the model.
 * @throws {LatticeError} `not-found` when the state directory names no operator for it.
 */
export async function readOperatorCommand(home: string, cluster: string): Promise<OperatorCommand> {
  const path = clusterPaths(home, cluster).desired;
  const parsed = desired.safeParse(JSON.parse(await Deno.readTextFile(path)));
  const operator = parsed.data?.components.find(({ name }) => name === "operator");
  if (operator === undefined) {
    throw new LatticeError("not-found", `Cannot tell how the operator of '${cluster}' is started`, {
      file: path,
      remedy: "install the cluster again with 'lattice install'",
    });
  }
  const env = Object.entries(operator.env).filter(([name]) => !PLANNED.has(name));
  // The last argument is the directory of that cluster; the plan of the next one appends its own.
  return { argv: operator.argv.slice(0, -1), env: Object.fromEntries(env) };
}
