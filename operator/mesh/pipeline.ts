/**
 * The way of a key: its policies, then its workload, then its status.
 *
 * @module
 */
import { EXTERNAL_SERVICE_KIND, formatError, SERVICE_KIND } from "@lattice/api";
import { type ControllerLog, WorkQueue } from "@lattice/kube";
import { Barrier } from "./barrier.ts";
import { CLEAR, CLUSTER_KEY, type LayerOutcome, type MeshContext } from "./context.ts";
import { DECLARED_KINDS, type DeclaredKind } from "./model.ts";
import { type PolicyWork, policyWork } from "./policies.ts";
import { reconcileStatus } from "./statuses.ts";
import { runWorkers, type WorkersOptions } from "./workers.ts";
import { reconcileWorkload } from "./workloads.ts";

/** A right that could not be taken away must not stay long: failures come again after seconds, not a minute. */
const RETRY = { backoffBaseMs: 50, backoffMaxMs: 5_000 } as const;
/** Milliseconds until the next look at a name that somebody else has: what is not ours is not watched. */
const TAKEN_MS = 10_000;

/** How reconciles are wrapped and logged, and what ends them. */
export interface PipelineOptions {
  /** Wraps every reconcile, for metrics. */
  readonly observe: <T>(controller: string, run: () => Promise<T>) => Promise<T>;
  /** Log. */
  readonly log: ControllerLog;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Queues, one for each part of the way, and the workers behind them. */
export class Pipeline {
  readonly #context: MeshContext;
  readonly #options: PipelineOptions;
  readonly #policies = new WorkQueue(RETRY);
  readonly #workloads = new WorkQueue(RETRY);
  readonly #statuses = new WorkQueue(RETRY);
  readonly #barrier = new Barrier();

  /** Works on nothing yet. */
  constructor(context: MeshContext, options: PipelineOptions) {
    this.#context = context;
    this.#options = options;
  }

  /**
   * Queues keys whose policies may have to change, and what follows from them.
   *
   * @param keys Keys that one change concerns; see `policies.ts`. All are announced before the first is taken, so that
   *   none gives rights before all have been tightened.
   */
  addPolicies(keys: Iterable<string>): void {
    const all = [...keys];
    for (const key of all) this.#barrier.announce(key);
    for (const key of all) this.#policies.add(key);
  }

  /**
   * Queues a workload, and its status.
   *
   * @param key `namespace/name`.
   */
  addWorkload(key: string): void {
    this.#workloads.add(key);
  }

  /**
   * Queues a status.
   *
   * @param kind Kind of the object.
   * @param key `namespace/name`.
   */
  addStatus(kind: DeclaredKind, key: string): void {
    this.#statuses.add(`${kind} ${key}`);
  }

  /**
   * Queues the statuses of all objects of a kind.
   *
   * @param kind Kind.
   */
  addStatuses(kind: DeclaredKind): void {
    for (const key of this.#context.model.keysOf(kind)) this.addStatus(kind, key);
  }

  /** Works until the signal. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const close = () => {
      for (const queue of [this.#policies, this.#workloads, this.#statuses]) {
        queue[Symbol.dispose]();
      }
    };
    if (signal.aborted) close();
    else signal.addEventListener("abort", close, { once: true });
    const works: Pick<WorkersOptions, "controller" | "queue" | "count" | "reconcile">[] = [
      {
        controller: "lattice-mesh-policies",
        queue: this.#policies,
        count: 6,
        reconcile: (key, signal) => this.#reconcilePolicies(key, signal),
      },
      {
        controller: "lattice-mesh-workloads",
        queue: this.#workloads,
        count: 4,
        reconcile: (key, signal) => this.#reconcileWorkload(key, signal),
      },
      {
        controller: "lattice-mesh-statuses",
        queue: this.#statuses,
        count: 4,
        reconcile: (id, signal) => this.#reconcileStatus(id, signal),
      },
    ];
    await Promise.all(works.map((work) => runWorkers({ ...this.#options, ...work })));
  }

  async #reconcilePolicies(key: string, signal: AbortSignal): Promise<void> {
    const work = policyWork(this.#context, key, signal);
    try {
      await this.#tighten(key, work);
      if (work.loosens) {
        if (!this.#barrier.pass(key)) return;
        await work.loosen();
      }
      this.#settle(key, work.outcome());
    } catch (error) {
      this.#settle(key, { ...work.outcome(), error: formatError(error) });
      throw error;
    }
  }

  async #tighten(key: string, work: PolicyWork): Promise<void> {
    try {
      await work.tighten();
    } finally {
      for (const released of this.#barrier.settle(key)) this.#policies.add(released);
    }
  }

  /** Notes what became of the policies of a key, and passes on to what waits for it. */
  #settle(key: string, outcome: LayerOutcome): void {
    const { model, policies } = this.#context;
    const before = policies.get(key);
    policies.set(key, outcome);
    if (key === CLUSTER_KEY) {
      if (JSON.stringify(before) === JSON.stringify(outcome)) return;
      for (const kind of DECLARED_KINDS) this.addStatuses(kind);
      return;
    }
    if (!key.includes("/")) return;
    if (!model.has(key)) this.#forget(key);
    if (outcome.taken.length > 0) this.#policies.addAfter(key, TAKEN_MS);
    this.addWorkload(key);
    if (model.get(EXTERNAL_SERVICE_KIND, key)) this.addStatus(EXTERNAL_SERVICE_KIND, key);
  }

  async #reconcileWorkload(key: string, signal: AbortSignal): Promise<void> {
    const { workloads, model } = this.#context;
    const before = workloads.get(key) ?? CLEAR;
    try {
      const outcome = await reconcileWorkload(this.#context, key, signal);
      workloads.set(key, outcome);
      if (outcome.taken.length > 0) this.#workloads.addAfter(key, TAKEN_MS);
    } catch (error) {
      workloads.set(key, { ...before, error: formatError(error) });
      throw error;
    } finally {
      if (model.has(key)) this.addStatus(SERVICE_KIND, key);
      else this.#forget(key);
    }
  }

  async #reconcileStatus(id: string, signal: AbortSignal): Promise<void> {
    const [kind = "", key = ""] = id.split(" ");
    await reconcileStatus(this.#context, kind as DeclaredKind, key, signal);
  }

  /** Of what is gone nothing is remembered. */
  #forget(key: string): void {
    const { policies, workloads, pruned, edges } = this.#context;
    for (const memory of [policies, workloads, pruned, edges]) memory.delete(key);
  }
}
