/**
 * The controllers of the mesh: they turn services into policies and workloads, and say how it went.
 *
 * ### Expected flow
 * 1. Everything is listed: services, external services, service policies, namespaces, definitions, and every managed
 *    object of the kinds that are served. Nothing is written before.
 * 2. A change of a declared object changes the graph, which names the keys that are touched. Each is announced to the
 *    barrier and queued.
 * 3. A key is compiled and compared. What takes rights away is written at once, what gives rights when everything that
 *    was announced before has been tightened.
 * 4. Its workload follows, then its status.
 *
 * ### Guarantees
 * Everything is derived from the graph and from what is in the cluster, so that a restart at any write ends in the same
 * objects. A failure concerns one key, which comes again with growing delays. Policies never wait for workloads.
 *
 * @module
 */
import { API_VERSION, SERVICE_POLICY_KIND } from "@lattice/api";
import {
  type Change,
  type ControllerLog,
  Informer,
  type KubeObject,
  randomFraction,
  sleep,
} from "@lattice/kube";
import type { MeshClient } from "./client.ts";
import { CLUSTER_KEY, type MeshContext, type MeshMeter } from "./context.ts";
import { Inventory } from "./inventory.ts";
import { kindId } from "./kinds.ts";
import { DECLARED_KINDS, type DeclaredKind, MeshModel } from "./model.ts";
import { causeOf, layerOf } from "./ownership.ts";
import { Pipeline } from "./pipeline.ts";
import { ServedKinds } from "./served.ts";

/** Milliseconds after which everything is compared again, unasked. */
const RESYNC_MS = 600_000;

/** What the controllers work with. */
export interface MeshOptions {
  /** Client of the cluster that the operator runs in. */
  readonly client: MeshClient;
  /** Name of that cluster; identities contain it. */
  readonly clusterName: string;
  /** The present time. */
  readonly now: () => Date;
  /** Wraps every reconcile, for metrics. */
  readonly observe: <T>(controller: string, run: () => Promise<T>) => Promise<T>;
  /** Hears numbers. */
  readonly meter: MeshMeter;
  /** Log. */
  readonly log: ControllerLog;
  /** Ends them. */
  readonly signal: AbortSignal;
}

/**
 * Runs the controllers until the signal.
 *
 * @param options What they work with.
 */
export async function runMesh(options: MeshOptions): Promise<void> {
  await new Mesh(options).run();
}

class Mesh {
  readonly #options: MeshOptions;
  readonly #context: MeshContext;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #pipeline: Pipeline;
  readonly #declared: ReadonlyMap<DeclaredKind, Informer>;
  readonly #namespaces: Informer;
  readonly #served: ServedKinds;
  /** Everything has been read: from here on changes count. */
  #live = false;

  constructor(options: MeshOptions) {
    this.#options = options;
    const { client, clusterName, now, meter, log } = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#declared = new Map(
      DECLARED_KINDS.map((kind) => [
        kind,
        this.#informer(API_VERSION, kind, (change) => this.#onDeclared(kind, change)),
      ]),
    );
    this.#namespaces = this.#informer("v1", "Namespace", (change) => this.#onNamespace(change));
    const inventory = new Inventory({
      client,
      signal: this.#signal,
      onChange: (object) => this.#onObject(object),
      onKind: () => this.#live && this.#queueAll(),
      onError: (kind, error) => log.debug("Watch failed", { kind: kindId(kind), error }),
    });
    this.#context = {
      client,
      clusterName,
      now,
      meter,
      model: new MeshModel(),
      inventory,
      namespaces: this.#namespaces.store,
      policies: new Map(),
      workloads: new Map(),
      pruned: new Map(),
      edges: new Map(),
    };
    this.#pipeline = new Pipeline(this.#context, { ...options, signal: this.#signal });
    this.#served = new ServedKinds({
      client,
      signal: this.#signal,
      onChange: (kind, served) => inventory.setServed(kind, served),
      onError: (error) => log.warn("Watch of definitions failed", { error }),
    });
  }

  async run(): Promise<void> {
    const { inventory } = this.#context;
    const sources = [...this.#declared.values(), this.#namespaces];
    try {
      await Promise.all([this.#served.synced, ...sources.map(({ synced }) => synced)]);
      await inventory.synced();
      if (!this.#signal.aborted) this.#begin();
      await Promise.all([this.#pipeline.run(), this.#resync()]);
    } finally {
      this.#stop.abort(new Error("The mesh controllers ended"));
      const running = sources.map(({ done }) => done);
      await Promise.all([this.#served.done, inventory.ended(), ...running]);
    }
  }

  /** From here on the graph is complete and answers. */
  #begin(): void {
    const { model, inventory, edges } = this.#context;
    for (const [kind, { store }] of this.#declared) {
      for (const key of store.keys()) model.put(kind, key, store.get(key));
    }
    model.graph.takeChanged();
    this.#live = true;
    this.#queueAll();
    this.#options.meter.follow({ inventory, edges });
    this.#options.log.info("Mesh is read", { services: model.keys().size });
  }

  #informer(apiVersion: string, kind: string, onChange: (change: Change) => void): Informer {
    return new Informer({
      client: this.#options.client,
      kind: { apiVersion, kind },
      signal: this.#signal,
      onChange: (change) => this.#live && onChange(change),
      onError: (error) => this.#options.log.warn("Watch failed", { kind, error }),
    });
  }

  #onDeclared(kind: DeclaredKind, { key, object }: Change): void {
    const { model } = this.#context;
    const isChanged = model.put(kind, key, object);
    // Of what changed the status follows when it has been applied.
    if (!isChanged || kind === SERVICE_POLICY_KIND) return this.#pipeline.addStatus(kind, key);
    const namespace = key.slice(0, key.indexOf("/"));
    this.#pipeline.addPolicies(new Set([key, ...model.graph.takeChanged(), namespace]));
    this.#pipeline.addStatuses(SERVICE_POLICY_KIND);
  }

  #onNamespace({ key, object, previous }: Change): void {
    const isNew = object !== undefined && previous === undefined;
    // What could not be written into a namespace that was not known yet can be now.
    const within = isNew
      ? [...this.#context.model.keys()].filter((each) => each.startsWith(`${key}/`))
      : [];
    this.#pipeline.addPolicies([key, ...within]);
    const labels = (side: KubeObject | undefined) => JSON.stringify(side?.metadata.labels ?? {});
    if (labels(object) !== labels(previous)) this.#pipeline.addStatuses(SERVICE_POLICY_KIND);
  }

  /** Somebody changed what was applied, or a write of ours comes back. */
  #onObject(object: KubeObject): void {
    if (!this.#live) return;
    const key = causeOf(object)?.key ?? CLUSTER_KEY;
    if (layerOf(object) === "policy") this.#pipeline.addPolicies([key]);
    else if (key !== CLUSTER_KEY) this.#pipeline.addWorkload(key);
  }

  #queueAll(): void {
    const { model, inventory, namespaces } = this.#context;
    const keys = [CLUSTER_KEY, ...namespaces.keys(), ...model.keys(), ...inventory.owners()];
    this.#pipeline.addPolicies(new Set(keys));
    this.#pipeline.addStatuses(SERVICE_POLICY_KIND);
  }

  async #resync(): Promise<void> {
    while (!this.#signal.aborted) {
      await sleep(RESYNC_MS * (0.9 + 0.2 * randomFraction()), this.#signal).catch(() => undefined);
      if (!this.#signal.aborted) this.#queueAll();
    }
  }
}
