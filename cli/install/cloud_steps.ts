/**
 * The seven steps of an install in a cloud. Each asks what exists before it does anything.
 *
 * @module
 */

import { LatticeError } from "@lattice/api/errors";
import { type KubeClient, mergeKubeconfigFile } from "@lattice/kube";
import type { Step } from "../output/reporter.ts";
import type { CloudSession } from "../run/cloud_session.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { RUN_ANNOTATION, waitForConditions } from "../run/lattice_cluster.ts";
import { moveCluster } from "../run/moving.ts";
import { judge, type MoveStage, type Testimony, testimonyOf } from "../run/ownership.ts";
import type { StepDefinition } from "../run/session.ts";
import { stepTitles } from "./dry_run.ts";
import { watchful } from "./obstacles.ts";
import type { InstallSteps } from "./steps.ts";
import {
  applyAccount,
  connectTarget,
  fetchKubeconfig,
  installBundle,
  prepareForPivot,
} from "./target.ts";

/**
 * Builds the steps of one install.
 *
 * @param session The run.
 * @param kubeconfigOut File to merge the kubeconfig into, absolute.
 */
export function cloudSteps(
  session: CloudSession,
  kubeconfigOut: string | undefined,
): InstallSteps {
  const { cluster, bootstrap } = session;
  const titles = stepTitles(cluster, bootstrap.name, kubeconfigOut, bootstrap.kind);
  const install = new CloudInstall(session, kubeconfigOut);
  const steps: StepDefinition[] = [
    { title: titles[0], run: (step) => install.startBootstrap(step) },
    { title: titles[1], run: (step) => install.installManagement(step) },
    { title: titles[2], run: (step) => install.provision(step) },
    { title: titles[3], run: (step) => install.waitHealthy(step) },
    { title: titles[4], run: (step) => install.pivot(step) },
    { title: titles[5], run: () => install.removeBootstrap() },
    { title: titles[6], run: () => install.writeKubeconfig() },
  ];
  return { steps, kubeconfig: () => kubeconfigOut ?? session.targetKubeconfig };
}

/** One install; remembers only how far the move got when the run began. */
class CloudInstall {
  readonly #session: CloudSession;
  readonly #kubeconfigOut: string | undefined;
  /** How far the move had got; decides which steps have nothing left to do. */
  #stage: MoveStage = "none";

  constructor(session: CloudSession, kubeconfigOut: string | undefined) {
    this.#session = session;
    this.#kubeconfigOut = kubeconfigOut;
  }

  /** Step 1. */
  async startBootstrap(step: Step): Promise<"skipped" | void> {
    const { bootstrap } = this.#session;
    if (await bootstrap.exists()) await bootstrap.start(step);
    this.#stage = await this.#observe();
    if (this.#stage === "done") return "skipped";
    await bootstrap.start(step);
  }

  /** Step 2. */
  async installManagement(step: Step): Promise<"skipped" | void> {
    if (this.#handedOver) return "skipped";
    await this.#session.bootstrap.installManagement(step);
  }

  /** Step 3. */
  async provision(step: Step): Promise<"skipped" | void> {
    // A move has begun: whatever is changed now would be refused or lost, and nothing needs it.
    if (this.#stage !== "none") return "skipped";
    const { wanted, runId, cluster, signal } = this.#session;
    using source = await this.#source();
    step.note("writing the credentials");
    await applyAccount(this.#session, source);
    const { metadata, spec, apiVersion, kind } = wanted;
    const annotations = { ...metadata.annotations, [RUN_ANNOTATION]: runId };
    const object = { apiVersion, kind, metadata: { ...metadata, annotations }, spec };
    const options = { manager: "lattice-cli", force: true, fieldValidation: "Strict" } as const;
    await source.apply(object, { ...options, signal });
    await watchful(this.#session, source, async (signal) => {
      const timeoutMs = DEADLINES.cloudInfrastructure;
      await waitForConditions(source, cluster, ["InfrastructureReady"], step, {
        timeoutMs,
        signal,
      });
      step.note("waiting for the first control-plane machine");
      await fetchKubeconfig(this.#session, source, signal);
    });
  }

  /** Step 4. */
  async waitHealthy(step: Step): Promise<"skipped" | void> {
    if (this.#stage !== "none") return "skipped";
    const { cluster } = this.#session;
    using source = await this.#source();
    using target = await this.#target();
    await watchful(this.#session, source, async (signal) => {
      step.note("waiting for its API server");
      const kubeSystem = { apiVersion: "v1", kind: "Namespace", name: "kube-system" };
      await target.wait(kubeSystem, (found) => found !== undefined, {
        timeoutMs: DEADLINES.cloudApiServer,
        signal,
        what: `the API server of '${cluster}' to answer`,
      });
    });
    // Nodes are not ready before there is a network, which is part of the bundle.
    await installBundle(this.#session, target, step);
    await watchful(this.#session, source, async (signal) => {
      const timeoutMs = DEADLINES.cloudNodes;
      const types = ["InfrastructureReady", "ControlPlaneReady", "WorkersReady"];
      await waitForConditions(source, cluster, types, step, { timeoutMs, signal });
    });
  }

  /** Step 5. */
  async pivot(step: Step): Promise<"skipped" | void> {
    const { cluster, signal } = this.#session;
    using target = await this.#target();
    if (this.#stage !== "done") {
      if (!this.#handedOver) await prepareForPivot(this.#session, target, step);
      using source = await this.#source();
      await moveCluster(this.#session, source, target, this.#handedOver ? target : source, step);
    }
    step.note(`waiting until ${cluster} manages itself`);
    const options = { timeoutMs: DEADLINES.selfManaged, signal };
    await waitForConditions(target, cluster, ["Ready"], step, options);
  }

  /** Step 6. */
  async removeBootstrap(): Promise<"skipped" | void> {
    const { bootstrap, signal } = this.#session;
    if (!await bootstrap.remove({ timeoutMs: DEADLINES.removal, signal })) return "skipped";
  }

  /** Step 7. */
  async writeKubeconfig(): Promise<"skipped" | void> {
    if (this.#kubeconfigOut === undefined) return "skipped";
    const text = await Deno.readTextFile(this.#session.targetKubeconfig);
    await mergeKubeconfigFile(this.#kubeconfigOut, text);
  }

  get #handedOver(): boolean {
    return this.#stage === "handed-over" || this.#stage === "done";
  }

  async #observe(): Promise<MoveStage> {
    const { bootstrap, cluster } = this.#session;
    const [ours, theirs] = await Promise.all([
      this.#ask(() => bootstrap.connect()),
      this.#ask(() => connectTarget(this.#session)),
    ]);
    const stage = judge(ours, theirs);
    if (stage !== undefined) return stage;
    throw new LatticeError(
      "unavailable",
      `Cannot tell which cluster owns the machines of '${cluster}': ` +
        `'${bootstrap.name}' is ${ours}, '${cluster}' is ${theirs}`,
      { remedy: "make both reachable, then run the same command with the same --run-id" },
    );
  }

  async #ask(open: () => Promise<KubeClient | undefined>): Promise<Testimony> {
    using client = await open();
    const { cluster, runId } = this.#session;
    return client === undefined ? "absent" : await testimonyOf(client, cluster, runId);
  }

  async #source(): Promise<KubeClient> {
    const { bootstrap } = this.#session;
    return await bootstrap.connect() ?? missing(bootstrap.name);
  }

  async #target(): Promise<KubeClient> {
    return await connectTarget(this.#session) ?? missing(this.#session.cluster);
  }
}

function missing(name: string): never {
  throw new LatticeError("internal", `The state of cluster '${name}' has disappeared`, {
    remedy: "install under another run id",
  });
}
