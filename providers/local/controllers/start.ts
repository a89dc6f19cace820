/**
 * Starts the controllers of the local provider.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";
import type { PlanTools } from "@lattice/providers/local/host";
import { runClusterController } from "./cluster/controller.ts";
import type { LocalContext } from "./context.ts";
import { runControlPlaneController } from "./control_plane/controller.ts";
import { runMachineController } from "./machine/controller.ts";
import { readOperatorCommand } from "./operator_command.ts";
import { WorkloadClients } from "./workload_clients.ts";

/** What the controllers of the local provider need. */
export interface LocalControllersOptions {
  /** Client of the cluster whose CAPI objects are reconciled: the operator's own. */
  readonly client: KubeClient;
  /** State directory, `$LATTICE_HOME`. */
  readonly home: string;
  /** Name of the cluster that the operator runs in. */
  readonly clusterName: string;
  /** Where the components are; what `openTools()` of `tools/locate.ts` returns fits. */
  readonly tools: PlanTools;
  /** Wraps every reconcile, for metrics; default: runs it. */
  observe?<T>(controller: string, run: () => Promise<T>): Promise<T>;
  /** Ends all controllers. */
  readonly signal: AbortSignal;
  /** Whether another cluster owns the objects of this namespace now (see `@lattice/pivot`). */
  isFenced(namespace: string): Promise<boolean>;
}

/**
 * Runs the controllers of LocalCluster, LocalControlPlane and LocalMachine until the signal. When one of them fails for
 * good, the others are ended, too.
 *
 * @param options What they work with.
 */
export async function startLocalControllers(options: LocalControllersOptions): Promise<void> {
  const { client, home, clusterName, tools } = options;
  using workloads = new WorkloadClients(client);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const context: LocalContext = {
    client,
    home,
    clusterName,
    tools,
    workloads,
    operatorCommand: () => readOperatorCommand(home, clusterName),
    observe: (controller, run) => options.observe ? options.observe(controller, run) : run(),
    now: () => new Date(),
    isFenced: (namespace) => options.isFenced(namespace),
  };
  const running = [runClusterController, runControlPlaneController, runMachineController]
    .map((run) => run(context, signal));
  try {
    await Promise.all(running);
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
}
