/**
 * Wires the operator together.
 *
 * *Expected flow*: connect; wait for the lease; install kinds and webhooks, or in a pod wait until the bundle has brought
 * Lattice's own; be ready; run the controllers. When the lease
 * is lost (an API server that restarts is enough), the controllers end and the flow starts again from the lease.
 *
 * *Guarantees*: at most one operator of a cluster writes at a time; it ends within seconds of its signal and releases the
 * lease; an API server that is away is waited for, never a reason to exit.
 *
 * @module
 */
import type { ManifestSource } from "@lattice/addons";
import { SYSTEM_NAMESPACE } from "@lattice/api";
import { connect, controllerLog, type KubeClient, runWithLease } from "@lattice/kube";
import { isFenced } from "@lattice/pivot";
import { renderCluster } from "@lattice/providers";
import { startLocalControllers } from "@lattice/providers/local/controllers";
import type { PlanTools } from "@lattice/providers/local/host";
import { getLogger } from "@logtape/logtape";
import { runCloudProviders } from "./accounts/cloud_controller.ts";
import { runSecretsProviders } from "./accounts/secrets_controller.ts";
import { runClusterController } from "./cluster/controller.ts";
import { serveHealth } from "./health.ts";
import { install, isInstalled } from "./management.ts";
import { runMesh } from "./mesh/controller.ts";
import { Metrics } from "./metrics.ts";
import { pause, untilDone } from "./patience.ts";

/** What an operator needs to know. */
export interface OperatorOptions {
  /** Name of the cluster that the operator runs in. */
  readonly clusterName: string;
  /** Path of the kubeconfig with the operator's own identity. Default: `$KUBECONFIG`, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /** What there is beside a local cluster, whose kinds and machines are the operator's own work; absent in a pod. */
  readonly local?: LocalOptions | undefined;
  /** Port of `/healthz`, `/readyz` and `/metrics`; 0 for any. On loopback beside a local cluster. */
  readonly healthPort: number;
  /** Name of this process among those that want the lease; no two processes share one. */
  readonly identity: string;
  /** Ends the operator cleanly. */
  readonly signal: AbortSignal;
  /** Renders clusters. Default: `renderCluster`; tests put machines of another kind in place of the rendered ones. */
  readonly render?: typeof renderCluster;
}

/** What an operator beside a local cluster works with. */
export interface LocalOptions {
  /** State directory, `$LATTICE_HOME`. */
  readonly home: string;
  /** Components and their manifests; what `openTools()` of `tools/locate.ts` returns fits. */
  readonly tools: PlanTools & ManifestSource & {
    readonly versions: { readonly kubernetes: string };
  };
}

/**
 * Times of the lease, in milliseconds. They are shorter than usual: a killed operator is replaced by the supervisor within
 * a second, and its successor must not idle for half a minute.
 */
const LEASE = { leaseMs: 8_000, renewMs: 6_000, retryMs: 1_000 } as const;
const LEASE_NAME = "lattice-operator-leader";
/** Milliseconds between two tries of something that the API server did not allow yet. */
const RETRY_MS = 500;
const log = getLogger(["lattice", "operator"]);

/** State of one operator. */
interface Operator {
  readonly options: OperatorOptions;
  readonly client: KubeClient;
  readonly metrics: Metrics;
  installed: boolean;
}

/**
 * Runs the operator until its signal.
 *
 * @param options What it works with.
 */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { clusterName, local, signal } = options;
  using client = await connect({ kubeconfig: options.kubeconfig, userAgent: "lattice-operator" });
  const metrics = new Metrics();
  const operator: Operator = { options, client, metrics, installed: false };
  const hostname = local ? "127.0.0.1" : "0.0.0.0";
  await using _health = serveHealth({ hostname, port: options.healthPort }, {
    notReady: () => operator.installed ? undefined : "kinds and webhooks are not installed yet",
    metrics: () => {
      metrics.setRequests(client.metrics.requests);
      return metrics.text();
    },
  });
  log.info("Operator started", { cluster: clusterName, identity: options.identity });
  await Promise.all([noticeInstalled(operator), leadAgainAndAgain(operator)]);
  log.info("Operator ended", { cluster: clusterName, aborted: signal.aborted });
}

/** A replica that does not lead is ready, too, once the leader has installed everything. */
async function noticeInstalled(operator: Operator): Promise<void> {
  const { client, options: { local, signal } } = operator;
  await untilDone(signal, RETRY_MS * 4, async () => {
    operator.installed ||= await isInstalled(client, local !== undefined, signal).catch(() =>
      false
    );
    return operator.installed;
  });
}

async function leadAgainAndAgain(operator: Operator): Promise<void> {
  const { client, options: { identity, signal } } = operator;
  const election = { client, namespace: SYSTEM_NAMESPACE, name: LEASE_NAME, identity, ...LEASE };
  while (!signal.aborted) {
    try {
      await runWithLease({ ...election, signal }, (leading) => lead(operator, leading));
    } catch (error) {
      if (!signal.aborted) log.warn("Leading ended, trying again", { error });
    } finally {
      operator.metrics.setLeader(false);
    }
    await pause(RETRY_MS, signal);
  }
}

async function lead(operator: Operator, signal: AbortSignal): Promise<void> {
  const { metrics, options } = operator;
  metrics.setLeader(true);
  log.info("Leading", { identity: options.identity });
  await untilDone(signal, RETRY_MS, async () => {
    try {
      return await hasKinds(operator, signal);
    } catch (error) {
      if (!signal.aborted) log.warn("Cannot install kinds and webhooks yet", { error });
      return false;
    }
  });
  if (signal.aborted) return;
  operator.installed = true;
  log.info("Kinds and webhooks are there");
  await runControllers(operator, signal);
}

/** Beside a local cluster the leader brings the kinds; elsewhere the bundle does, and clusterctl those of Cluster API. */
async function hasKinds({ client, options }: Operator, signal: AbortSignal): Promise<boolean> {
  const { clusterName, local } = options;
  if (local === undefined) return await isInstalled(client, false, signal);
  await install(client, { home: local.home, clusterName }, local.tools, signal);
  return true;
}

/** Runs all controllers; when one fails for good, the others end, too, and the lease is given back. */
async function runControllers(operator: Operator, outer: AbortSignal): Promise<void> {
  const { client, metrics, options: { clusterName, local, render } } = operator;
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const observe = <T>(controller: string, run: () => Promise<T>) =>
    metrics.observe(controller, run);
  const fence = { isFenced: (namespace: string) => isFenced(client, namespace, { signal }) };
  const context = {
    client,
    clusterName,
    versions: local ? [local.tools.versions.kubernetes] : [],
    now: () => new Date(),
    render: render ?? renderCluster,
    isFenced: (namespace: string, reads: Pick<KubeClient, "find">) =>
      isFenced(reads, namespace, { signal }),
  };
  const accounts = { client, now: context.now, observe, signal };
  const running = [
    runClusterController(context, observe, signal),
    runCloudProviders(accounts),
    runSecretsProviders(accounts),
    ...(local
      ? [startLocalControllers({ client, ...local, clusterName, ...fence, observe, signal })]
      : []),
    runMesh({
      client,
      clusterName,
      now: () => new Date(),
      observe,
      meter: metrics,
      log: controllerLog("lattice-mesh"),
      signal,
    }),
  ];
  try {
    await Promise.all(running);
  } finally {
    stop.abort(new Error("A controller ended"));
    metrics.follow(undefined);
    await Promise.allSettled(running);
  }
}
