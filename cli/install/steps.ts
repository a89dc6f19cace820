/**
 * The seven steps of an install. Each asks what exists before it does anything.
 *
 * @module
 */

import { bareVersion } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import { type KubeClient, mergeKubeconfigFile } from "@lattice/kube";
import { readRecord, waitReady } from "@lattice/providers/local/host";
import type { Step } from "../output/reporter.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { RUN_ANNOTATION, waitForConditions } from "../run/lattice_cluster.ts";
import { moveCluster } from "../run/moving.ts";
import { type MoveStage, observeMove } from "../run/ownership.ts";
import type { Session, StepDefinition } from "../run/session.ts";
import {
  connectTo,
  installManagementInto,
  removeTemporary,
  startTemporary,
} from "../run/temporary.ts";
import { stepTitles } from "./dry_run.ts";
import type { InstallRequest } from "./request.ts";

/** Conditions that must hold before the objects may move. */
const HEALTHY = ["InfrastructureReady", "ControlPlaneReady", "WorkersReady"] as const;

/** The steps, and where the kubeconfig ended up once they ran. */
export interface InstallSteps {
  /** Seven of them. */
  readonly steps: readonly StepDefinition[];
  /** Path of the kubeconfig; valid after the last step. */
  readonly kubeconfig: () => string;
}

/**
 * Builds the steps of one install.
 *
 * @param session The run.
 * @param request What to install.
 */
export function installSteps(session: Session, request: InstallRequest): InstallSteps {
  const titles = stepTitles(session.cluster, session.temporary, request.kubeconfigOut);
  const install = new Install(session, request);
  const steps: StepDefinition[] = [
    { title: titles[0], run: (step) => install.startBootstrap(step) },
    { title: titles[1], run: (step) => install.installManagement(step) },
    { title: titles[2], run: () => install.provision() },
    { title: titles[3], run: (step) => install.waitHealthy(step) },
    { title: titles[4], run: (step) => install.pivot(step) },
    { title: titles[5], run: () => install.removeBootstrap() },
    { title: titles[6], run: () => install.writeKubeconfig() },
  ];
  return { steps, kubeconfig: () => install.kubeconfig };
}

/** One install; remembers only how far the move got when the run began. */
class Install {
  readonly #session: Session;
  readonly #request: InstallRequest;
  /** How far the move had got; decides which steps have nothing left to do. */
  #stage: MoveStage = "none";
  /** Path of the resulting kubeconfig. */
  kubeconfig = "";

  constructor(session: Session, request: InstallRequest) {
    this.#session = session;
    this.#request = request;
  }

  /** Step 1. */
  async startBootstrap(step: Step): Promise<"skipped" | void> {
    const { temporary, cluster } = this.#session;
    this.#stage = await observeMove(this.#session, temporary, cluster);
    if (this.#stage === "done") return "skipped";
    step.note("starting etcd and the API server");
    await startTemporary(this.#session, this.#version);
  }

  /** Step 2. */
  async installManagement(step: Step): Promise<"skipped" | void> {
    if (this.#handedOver) return "skipped";
    using source = await this.#source();
    await installManagementInto(this.#session, source, step);
  }

  /** Step 3. */
  async provision(): Promise<"skipped" | void> {
    // A move has begun: whatever is changed now would be refused or lost, and nothing needs it.
    if (this.#stage !== "none") return "skipped";
    using source = await this.#source();
    const { metadata, spec, apiVersion, kind } = this.#request.cluster;
    const annotations = { ...metadata.annotations, [RUN_ANNOTATION]: this.#session.runId };
    const object = { apiVersion, kind, metadata: { ...metadata, annotations }, spec };
    await source.apply(object, {
      manager: "lattice-cli",
      force: true,
      fieldValidation: "Strict",
      signal: this.#session.signal,
    });
  }

  /** Step 4. */
  async waitHealthy(step: Step): Promise<"skipped" | void> {
    if (this.#stage !== "none") return "skipped";
    const { home, cluster, signal } = this.#session;
    using source = await this.#source();
    const provision = { timeoutMs: DEADLINES.provision, signal };
    await waitForConditions(source, cluster, HEALTHY, step, provision);
    step.note(`waiting for ${cluster}'s own operator and CAPI manager`);
    const management = { timeoutMs: DEADLINES.targetManagement, signal };
    await waitReady(home, cluster, ["operator", "capi-manager"], management);
  }

  /** Step 5. */
  async pivot(step: Step): Promise<"skipped" | void> {
    const { cluster, signal } = this.#session;
    using target = await this.#target();
    if (this.#stage !== "done") {
      using source = await this.#source();
      await moveCluster(this.#session, source, target, this.#handedOver ? target : source, step);
    }
    step.note(`waiting until ${cluster} manages itself`);
    const options = { timeoutMs: DEADLINES.selfManaged, signal };
    await waitForConditions(target, cluster, ["Ready"], step, options);
  }

  /** Step 6. */
  async removeBootstrap(): Promise<"skipped" | void> {
    if (!await removeTemporary(this.#session)) return "skipped";
  }

  /** Step 7. */
  async writeKubeconfig(): Promise<void> {
    const { home, cluster } = this.#session;
    const record = await readRecord(home, cluster);
    if (record === undefined) throw missing(cluster);
    const { kubeconfigOut } = this.#request;
    if (kubeconfigOut !== undefined) {
      await mergeKubeconfigFile(kubeconfigOut, await Deno.readTextFile(record.kubeconfig));
    }
    this.kubeconfig = kubeconfigOut ?? record.kubeconfig;
  }

  get #handedOver(): boolean {
    return this.#stage === "handed-over" || this.#stage === "done";
  }

  get #version(): string {
    return bareVersion(this.#request.cluster.spec.provider.kubernetes.version);
  }

  async #source(): Promise<KubeClient> {
    const client = await connectTo(this.#session.home, this.#session.temporary);
    if (client === undefined) throw missing(this.#session.temporary);
    return client;
  }

  async #target(): Promise<KubeClient> {
    const client = await connectTo(this.#session.home, this.#session.cluster);
    if (client === undefined) throw missing(this.#session.cluster);
    return client;
  }
}

function missing(name: string): LatticeError {
  return new LatticeError("internal", `The state of cluster '${name}' has disappeared`, {
    remedy: "look at 'lattice local status'; then install under another run id",
  });
}
