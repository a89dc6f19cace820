/**
 * `deno task demo`: everything from nothing to a cluster that manages itself, in front of your eyes.
 *
 * It sets up the components, installs `examples/local.yaml`, scales a pool through the new cluster's own
 * API, shows the cluster, brings the services of the example mesh into it, explains which of their calls are denied,
 * and leaves the cluster running.
 * Running it again changes nothing that is there already.
 * `deno task demo --down` removes everything.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type LatticeCluster, type LatticeService, parseDocuments } from "@lattice/api";
import { connect, type KubeClient } from "@lattice/kube";
import { readRecord } from "@lattice/providers/local/host";
import apiGateway from "../examples/mesh/api-gateway.yaml" with { type: "text" };
import authService from "../examples/mesh/auth-service.yaml" with { type: "text" };
import webFrontend from "../examples/mesh/web-frontend.yaml" with { type: "text" };
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

/** The services of the example. */
const MESH = [apiGateway, authService, webFrontend];
/** Where the one service with a volume keeps its data: nothing provides volumes in a local cluster. */
const VOLUME = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "lattice-demo" },
  spec: {
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
    hostPath: { path: "/var/lib/lattice-demo" },
  },
};

const USAGE = `Usage: deno task demo [--down]

Installs a local cluster from examples/local.yaml, scales it through its own API, brings the services of
examples/mesh into it and leaves it running.

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
  await startMesh(client, io);
  await showMesh(kubeconfig, io);
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

/** Applies the services of the example and waits until they run. */
async function startMesh(client: KubeClient, io: Io): Promise<void> {
  io.stderr("\nThree services come to the cluster. Both sides must agree, or nothing flows:\n");
  const services = MESH.flatMap((text) => parseDocuments(text)).flatMap(({ object }) =>
    object === undefined ? [] : [object]
  );
  const options = { manager: "lattice-demo", force: true, signal: io.signal };
  const namespaces = new Set(services.map(({ metadata }) => metadata.namespace ?? "default"));
  for (const name of namespaces) {
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, options);
  }
  await client.apply(VOLUME, options);
  for (const service of services) await client.apply({ ...service }, options);
  using reporter = stepReporter(io);
  const step = reporter.step(1, 1, `${services.length} services: policies first, then pods`);
  try {
    for (const { apiVersion, kind, metadata: { name, namespace } } of services) {
      step.note(`waiting for ${namespace}/${name}`);
      await client.wait<LatticeService>(
        { apiVersion, kind, name, namespace },
        (object) => object?.status?.phase === "Ready",
        {
          timeoutMs: DEADLINES.selfManaged,
          signal: io.signal,
          what: `service ${name} to be Ready`,
        },
      );
    }
    step.end("done");
  } catch (error) {
    step.end(io.signal.aborted ? "interrupted" : "failed");
    throw error;
  }
}

/** The services, one edge that both sides declare, and one that only the caller declares, with how to complete it. */
async function showMesh(kubeconfig: string, io: Io): Promise<void> {
  const online = ["--kubeconfig", kubeconfig];
  for (
    const line of [
      ["get", "services"],
      ["graph"],
      ["explain", "web-frontend", "api-gateway"],
      ["explain", "web-frontend", "auth-service"],
    ]
  ) {
    io.stdout("\n");
    await run([...line, ...online], io);
  }
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
