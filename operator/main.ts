/**
 * The operator as a program. A supervisor starts it with the environment of its cluster (architecture, section 12).
 *
 * @module
 */
import { formatError, LatticeError } from "@lattice/api/errors";
import { z } from "zod";
import { openTools } from "../tools/locate.ts";
import { configureLog } from "./log.ts";
import { type OperatorOptions, runOperator } from "./run.ts";

const variables = z.object({
  LATTICE_CLUSTER_NAME: z.string().min(1),
  KUBECONFIG: z.string().min(1),
  LATTICE_HOME: z.string().min(1),
  LATTICE_TOOLS_DIR: z.string().min(1),
  LATTICE_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535),
  LATTICE_LOG_LEVEL: z.string().optional(),
});
type Variables = z.output<typeof variables>;

function readEnvironment(): Variables {
  const names = Object.keys(variables.shape);
  const parsed = variables.safeParse(
    Object.fromEntries(names.map((name) => [name, Deno.env.get(name)])),
  );
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LatticeError("usage", `Cannot start the operator: ${issue?.message}`, {
    field: `environment variable ${issue?.path.join(".")}`,
    remedy: "let the supervisor of a cluster start it",
  });
}

async function main(replaced: Replaced): Promise<void> {
  const env = readEnvironment();
  await configureLog(env.LATTICE_LOG_LEVEL, { cluster: env.LATTICE_CLUSTER_NAME });
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(name, () => stop.abort(new Error(`The operator got ${name}`)));
  }
  await runOperator({
    clusterName: env.LATTICE_CLUSTER_NAME,
    kubeconfig: env.KUBECONFIG,
    home: env.LATTICE_HOME,
    tools: await openTools(env.LATTICE_TOOLS_DIR),
    healthPort: env.LATTICE_HEALTH_PORT,
    identity: `${env.LATTICE_CLUSTER_NAME}-${Deno.pid}-${Date.now().toString(36)}`,
    signal: stop.signal,
    ...replaced,
  });
}

/** What a test puts in place of a part of the operator. */
export type Replaced = Pick<OperatorOptions, "render">;

/**
 * Runs the operator with what its environment says, until SIGTERM or SIGINT; then ends the process.
 *
 * @param replaced Parts to replace; none outside of tests.
 */
export async function runProgram(replaced: Replaced = {}): Promise<never> {
  try {
    await main(replaced);
    Deno.exit(0);
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${formatError(error)}\n`));
    Deno.exit(1);
  }
}

if (import.meta.main) await runProgram();
