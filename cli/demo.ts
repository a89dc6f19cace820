/**
 * `deno task demo`: everything from nothing to a cluster that manages itself, in front of your eyes.
 *
 * It sets up the components, installs `examples/local.yaml`, scales a pool through the new cluster's own
 * API, shows the cluster, explains a denied call of the example mesh, and leaves the cluster running.
 * Running it again changes nothing that is there already.
 * `deno task demo --down` removes everything.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { LatticeCluster } from "@lattice/api";
import { connect, type KubeClient } from "@lattice/kube";
import { readRecord } from "@lattice/providers/local/host";
import { ensureTools } from "../tools/setup.ts";
import { EXIT } from "./exit_codes.ts";
import { interruption } from "./interruption.ts";
import { type Io, processIo } from "./io.ts";
import { describeError } from "./output/errors.ts";
import { stepReporter } from "./output/reporter.ts";
import { run } from "./run_cli.ts";
import { DEADLINES } from "./run/deadlines.ts";
import { clusterRef } from "./run/lattice_cluster.ts";
import { homeOf } from "./run/state_home.ts";

/** Name of the cluster in `examples/local.yaml`. */
const CLUSTER = "demo";
const POOL = "general";
const SCALED_TO = 4;

const USAGE = `Usage: deno task demo [--down]

Installs a local cluster from examples/local.yaml, scales it through its own API and leaves it running.

  --down   remove it again
`;

/**
 * Runs the demo.
 *
 * @param args Command-line arguments.
 * @param io The world.
 * @returns The exit code.
 */
export async function demo(args: readonly string[], io: Io): Promise<number> {
  const unknown = args.find((arg) => arg !== "--down");
  if (unknown !== undefined) {
    io.stderr(USAGE);
    return unknown === "--help" || unknown === "-h" ? EXIT.ok : EXIT.usage;
  }
  try {
    await ensureTools({ signal: io.signal });
    return args.includes("--down") ? await down(io) : await up(io);
  } catch (error) {
    for (const line of describeError(error)) io.stderr(line + "\n");
    return io.signal.aborted ? EXIT.interrupted : EXIT.failure;
  }
}

async function up(io: Io): Promise<number> {
  const file = fileURLToPath(new URL("../examples/local.yaml", import.meta.url));
  const started = performance.now();
  // One run id for good, so that a second demo resumes or confirms the first.
  const silent: Io = { ...io, stdout: () => {} };
  const code = await run(["install", "-f", file, "--run-id", CLUSTER], silent);
  if (code !== EXIT.ok) return code;
  const seconds = Math.round((performance.now() - started) / 1000);
  io.stderr(`\nInstalled in ${seconds} s. Now the cluster scales itself:\n`);
  const record = await readRecord(homeOf(io), CLUSTER);
  const kubeconfig = record?.kubeconfig ?? "";
  using client = await connect({ kubeconfig });
  await scale(client, io);
  await run(["get", "cluster", CLUSTER, "--kubeconfig", kubeconfig], io);
  await showMesh(io);
  io.stderr(`
The cluster is yours; nothing else is needed to keep it running:
  export KUBECONFIG=${kubeconfig}
  kubectl get nodes
  kubectl edit latticecluster ${CLUSTER}

Remove everything with: deno task demo --down
`);
  io.stdout(kubeconfig + "\n");
  return EXIT.ok;
}

/** Three services from files, one edge of which only the caller has declared, and how to complete it. */
async function showMesh(io: Io): Promise<void> {
  const folder = fileURLToPath(new URL("../examples/mesh", import.meta.url));
  io.stderr("\nThe mesh of examples/mesh, offline. Both sides must agree, or nothing flows:\n\n");
  await run(["graph", folder], io);
  io.stdout("\n");
  await run(["explain", "web-frontend", "auth-service", "-f", folder], io);
}

/** Changes the pool's size in the cluster itself and waits for the nodes. */
async function scale(client: KubeClient, io: Io): Promise<void> {
  using reporter = stepReporter(io);
  const step = reporter.step(
    1,
    1,
    `Scale pool ${POOL} to ${SCALED_TO} through the cluster's own API`,
  );
  try {
    const ref = clusterRef(CLUSTER);
    await client.patch(ref, {
      type: "merge",
      body: { spec: { nodes: { workerPools: { [POOL]: { replicas: SCALED_TO } } } } },
      manager: "lattice-demo",
    });
    await client.wait<LatticeCluster>(ref, (object) => {
      const ready = object?.status?.workerPools?.[POOL]?.readyReplicas ?? 0;
      step.note(`${ready} of ${SCALED_TO} workers are ready`);
      return ready === SCALED_TO;
    }, {
      timeoutMs: DEADLINES.selfManaged,
      signal: io.signal,
      what: `pool '${POOL}' to have ${SCALED_TO} ready workers`,
    });
    step.end("done");
  } catch (error) {
    step.end(io.signal.aborted ? "interrupted" : "failed");
    throw error;
  }
}

async function down(io: Io): Promise<number> {
  const record = await readRecord(homeOf(io), CLUSTER);
  const begun = await readRecord(homeOf(io), `lattice-uninstall-${CLUSTER}-down`);
  if (record === undefined && begun === undefined) {
    io.stderr("There is no demo cluster.\n");
    return EXIT.ok;
  }
  // A half-installed demo still belongs to its bootstrap cluster.
  const bootstrap = await readRecord(homeOf(io), `lattice-bootstrap-${CLUSTER}`);
  const kubeconfig = bootstrap?.kubeconfig ?? record?.kubeconfig ?? begun?.kubeconfig ?? "";
  return await run(
    ["uninstall", "-k", kubeconfig, "-n", CLUSTER, "-y", "--run-id", `${CLUSTER}-down`],
    io,
  );
}

if (import.meta.main) {
  using interrupted = interruption();
  Deno.exit(await demo(Deno.args, processIo(interrupted.signal)));
}
