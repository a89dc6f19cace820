/**
 * What the operator counts.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Bounds of the reconcile histogram, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The same for compilations. */
const COMPILE_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

/** Where the numbers of the mesh are when somebody asks. */
export interface MeshSource {
  /** Objects by kind. */
  readonly inventory: { counts(): ReadonlyMap<string, number> };
  /** Edges that go out, by key and verdict. */
  readonly edges: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

/** The metrics of one operator; each operator has its own registry. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #total = new Counter({
    name: "lattice_reconcile_total",
    help: "Reconciles by controller and result (success, conflict, error)",
    labelNames: ["controller", "result"],
    registers: [this.#registry],
  });
  readonly #duration = new Histogram({
    name: "lattice_reconcile_duration_seconds",
    help: "Duration of reconciles by controller",
    labelNames: ["controller"],
    buckets: BUCKETS,
    registers: [this.#registry],
  });
  readonly #active = new Gauge({
    name: "lattice_reconcile_active",
    help: "Reconciles that run now, by controller",
    labelNames: ["controller"],
    registers: [this.#registry],
  });
  readonly #leader = new Gauge({
    name: "lattice_leader",
    help: "1 while this operator holds the lease",
    registers: [this.#registry],
  });
  readonly #compile = new Histogram({
    name: "lattice_mesh_compile_seconds",
    help: "Duration of one compilation by layer (policy, workload)",
    labelNames: ["layer"],
    buckets: COMPILE_BUCKETS,
    registers: [this.#registry],
  });
  readonly #objects = new Gauge({
    name: "lattice_mesh_objects",
    help: "Managed objects of the mesh by kind",
    labelNames: ["kind"],
    registers: [this.#registry],
  });
  readonly #edges = new Gauge({
    name: "lattice_mesh_edges",
    help:
      "Declared calls by verdict (agreed, waiting-for-callee, waiting-for-caller, unknown-target)",
    labelNames: ["verdict"],
    registers: [this.#registry],
  });
  #mesh: MeshSource | undefined;
  readonly #requests = new Gauge({
    name: "lattice_api_requests_total",
    help: "Requests sent to the own API server since the operator started",
    registers: [this.#registry],
  });

  /**
   * Runs a reconcile and counts it.
   *
   * @param controller Name of the controller.
   * @param run The reconcile.
   */
  async observe<T>(controller: string, run: () => Promise<T>): Promise<T> {
    const stop = this.#duration.startTimer({ controller });
    this.#active.inc({ controller });
    let result = "error";
    try {
      const value = await run();
      result = "success";
      return value;
    } catch (error) {
      if (error instanceof LatticeError && error.code === "conflict") result = "conflict";
      throw error;
    } finally {
      stop();
      this.#active.dec({ controller });
      this.#total.inc({ controller, result });
    }
  }

  /**
   * Notes whether this operator leads.
   *
   * @param leads Whether it holds the lease.
   */
  setLeader(leads: boolean): void {
    this.#leader.set(leads ? 1 : 0);
  }

  /**
   * Notes how many requests the client has sent.
   *
   * @param requests Number of requests since the start.
   */
  setRequests(requests: number): void {
    this.#requests.set(requests);
  }

  /**
   * Notes how long a compilation took.
   *
   * @param layer What was compiled.
   * @param seconds Seconds.
   */
  compiled(layer: "policy" | "workload", seconds: number): void {
    this.#compile.observe({ layer }, seconds);
  }

  /**
   * Counts the mesh from now on.
   *
   * @param mesh Where its numbers are; undefined: nowhere, since this operator does not lead.
   */
  follow(mesh: MeshSource | undefined): void {
    this.#mesh = mesh;
  }

  /** The metrics in Prometheus' text format. */
  async text(): Promise<{ body: string; contentType: string }> {
    this.#countMesh();
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  #countMesh(): void {
    this.#objects.reset();
    this.#edges.reset();
    for (const [kind, count] of this.#mesh?.inventory.counts() ?? []) {
      this.#objects.set({ kind }, count);
    }
    for (const counts of this.#mesh?.edges.values() ?? []) {
      for (const [verdict, count] of Object.entries(counts)) this.#edges.inc({ verdict }, count);
    }
  }
}
