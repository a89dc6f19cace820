/**
 * The operator as a program. Beside a local cluster a supervisor starts it (architecture, section 12), anywhere else the
 * Deployment of the bundle does, whose service account it uses.
 *
 * @module
 */
import { formatError, LatticeError } from "@lattice/api/errors";
import { z } from "zod";
import { openTools } from "../tools/locate.ts";
import { configureLog } from "./log.ts";
import { type LocalOptions, type OperatorOptions, runOperator } from "./run.ts";

const variables = z.object({
  LATTICE_CLUSTER_NAME: z.string().min(1),
  KUBECONFIG: z.string().min(1).optional(),
  LATTICE_HOME: z.string().min(1).optional(),
  LATTICE_TOOLS_DIR: z.string().min(1).optional(),
  LATTICE_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535),
  LATTICE_LOG_LEVEL: z.string().optional(),
  POD_NAME: z.string().min(1).optional(),
});
type Variables = z.output<typeof variables>;

function readEnvironment(): Variables {
  const names = Object.keys(variables.shape);
  const parsed = variables.safeParse(
    Object.fromEntries(names.map((name) => [name, Deno.env.get(name)])),
  );
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unusable(issue?.path.join(".") ?? "", issue?.message ?? "is not valid");
}

/** The components beside a local cluster tell the operator that it is a process of this machine and no pod. */
async function localOf(env: Variables): Promise<LocalOptions | undefined> {
  const { LATTICE_TOOLS_DIR: toolsDir, LATTICE_HOME: home } = env;
  if (toolsDir === undefined) return undefined;
  if (home === undefined) throw unusable("LATTICE_HOME", "is needed beside LATTICE_TOOLS_DIR");
  return { home, tools: await openTools(toolsDir) };
}

function unusable(name: string, reason: string): LatticeError {
  return new LatticeError("usage", `Cannot start the operator: ${reason}`, {
    field: `environment variable ${name}`,
    remedy: "let a cluster's supervisor or the Deployment lattice-operator start it",
  });
}

async function main(replaced: Replaced): Promise<void> {
  const env = readEnvironment();
  const name = env.POD_NAME ?? env.LATTICE_CLUSTER_NAME;
  await configureLog(env.LATTICE_LOG_LEVEL, { cluster: env.LATTICE_CLUSTER_NAME });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => stop.abort(new Error(`The operator got ${signal}`)));
  }
  await runOperator({
    clusterName: env.LATTICE_CLUSTER_NAME,
    kubeconfig: env.KUBECONFIG,
    local: await localOf(env),
    healthPort: env.LATTICE_HEALTH_PORT,
    identity: `${name}-${Deno.pid}-${Date.now().toString(36)}`,
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
