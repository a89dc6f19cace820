/**
 * Many clusters under one operator: how long until all are ready, and what it costs afterwards to keep them, beside what
 * Cluster API's own managers cost for the same clusters in the same run. Machines exist in CAPD's memory.
 *
 * A cluster is ready when its LatticeCluster says at its present generation that infrastructure, control plane and workers
 * are: `Ready` itself stays false while a parent manages it. The peer's time is when CAPI calls all Clusters Available. Ours
 * can hardly be less, since it follows from the same machines: what it adds is what Lattice costs.
 *
 * Clusters are made a few at a time, as in Cluster API's own scale test. Made all at once, its managers get
 * in each other's way: of 2,200 patches of the status of Machines in the first 80 s of 60 clusters, 1,700 were conflicts.
 *
 * @module
 */
import { type KubeObject, startInformer } from "@lattice/kube";
import {
  CAPI_KINDS,
  isAvailable,
  isHealthy,
  LATTICE_CLUSTER,
  latticeCluster,
} from "../support/capi/cluster.ts";
import { Management, type ProcessName } from "../support/capi/management.ts";
import { type BenchRow, benchRow } from "./types.ts";

/** How large and how long. */
export interface ScaleOptions {
  /** Number of clusters, each with one control plane and one worker. Default 500. */
  readonly clusters?: number;
  /** How many may be on their way at once. Default 20. */
  readonly atOnce?: number;
  /** Longest time until all are ready, in milliseconds. Default one hour. */
  readonly readyMs?: number;
  /** Time that everything gets to calm down, in milliseconds. Default one minute. */
  readonly calmMs?: number;
  /** Time over which the steady state is measured, in milliseconds. Default one minute. */
  readonly steadyMs?: number;
  /** Takes lines for people. */
  readonly say?: (line: string) => void;
}

const DEFAULTS = {
  clusters: 500,
  atOnce: 20,
  readyMs: 3_600_000,
  calmMs: 60_000,
  steadyMs: 60_000,
};
const SAMPLE_MS = 10_000;
const SETTLE_MS = 60_000;
const SETTLE_STEP_MS = 3_000;
/** Of one processor. */
const SETTLED_SHARE = 0.1;
/** Cluster API without what it manages: the four managers. */
const PEERS = ["capi-manager", "kubeadm-bootstrap", "kubeadm-control-plane", "capd"] as const;
const SHAPE = { version: "1.35.4", controlPlane: 1, pools: { general: { replicas: 1 } } } as const;

/**
 * Runs the benchmark.
 *
 * @param options how large and how long
 * @returns one row a measurement; the peer is Cluster API in the same run
 * @throws {Error} when not all clusters were ready in time
 */
export async function benchScale(options: ScaleOptions = {}): Promise<BenchRow[]> {
  const { clusters, atOnce, readyMs, calmMs, steadyMs } = { ...DEFAULTS, ...options };
  const say = options.say ?? (() => {});
  await using management = await Management.start({ clusters });
  const meter = new Meter(management.pids);
  await settle(meter, "kube-apiserver");
  const start = await meter.read();
  const ready = await allReady(management, { clusters, atOnce, readyMs, say });
  const done = await meter.read();
  await pause(calmMs);
  const [calm, requests] = [await meter.read(), await management.operatorRequests()];
  await pause(steadyMs);
  const [end, later] = [await meter.read(), await management.operatorRequests()];
  const minutes = (end.at - calm.at) / 60_000;
  for (const name of Object.keys(end.costs) as ProcessName[]) {
    const cpu = (end.costs[name].cpuS - calm.costs[name].cpuS) / minutes;
    const total = done.costs[name].cpuS - start.costs[name].cpuS;
    say(
      `${name.padEnd(22)} ${figure(total)} CPU s until ready, then ${figure(cpu)} CPU s/min, ` +
        `${figure(end.costs[name].rssMb)} MB`,
    );
  }
  say(`operator: ${figure((later - requests) / minutes)} requests/min in steady state`);
  const size = `${clusters} clusters`;
  const row = (name: string, unit: string, of: (name: ProcessName) => number): BenchRow =>
    benchRow({
      name: `${size}: ${name}, beside CAPI's four managers`,
      ours: of("operator"),
      peer: PEERS.reduce((sum, peer) => sum + of(peer), 0),
      unit,
      goal: undefined,
    }, "less");
  return [
    benchRow({
      name: `${size}: time to all ready, beside CAPI's Available`,
      ours: ready.ours / 1000,
      peer: ready.peer / 1000,
      unit: "s",
      goal: undefined,
    }, "less"),
    row(
      "processor time until ready",
      "CPU s",
      (name) => done.costs[name].cpuS - start.costs[name].cpuS,
    ),
    row(
      "processor time in steady state",
      "CPU s/min",
      (name) => (end.costs[name].cpuS - calm.costs[name].cpuS) / minutes,
    ),
    row("memory in steady state", "MB", (name) => end.costs[name].rssMb),
  ];
}

/** Waits, for a while, until a process is done with what its start has left it: kinds by the dozen, for an API server. */
async function settle(meter: Meter, name: ProcessName): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  let before = await meter.read();
  while (performance.now() < deadline) {
    await pause(SETTLE_STEP_MS);
    const now = await meter.read();
    const share = (now.costs[name].cpuS - before.costs[name].cpuS) * 1000 / (now.at - before.at);
    if (share < SETTLED_SHARE) return;
    before = now;
  }
}

type Wave = Required<Pick<ScaleOptions, "clusters" | "atOnce" | "readyMs" | "say">>;

/** Makes all clusters and waits; tells after how many milliseconds all were ready for us and for CAPI. */
async function allReady(
  { client }: Management,
  { clusters, atOnce, readyMs, say }: Wave,
): Promise<{ ours: number; peer: number }> {
  const stop = new AbortController();
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  const ours = new Tally(clusters, isHealthy, elapsed);
  const peer = new Tally(clusters, isAvailable, elapsed);
  const follow = (tally: Tally, kind: { apiVersion: string; kind: string }) =>
    startInformer({
      client,
      kind,
      signal: stop.signal,
      onChange: ({ key, object }) => tally.note(key, object),
    });
  const informers = [follow(ours, LATTICE_CLUSTER), follow(peer, CAPI_KINDS.cluster)];
  const progress = setInterval(
    () => say(`${figure(elapsed() / 1000)} s: ${ours.count} ready, ${peer.count} Available`),
    SAMPLE_MS,
  );
  const late = setTimeout(() => {
    const error = new Error(`After ${readyMs} ms only ${ours.count} of ${clusters} are ready`);
    ours.giveUp(error);
    peer.giveUp(error);
  }, readyMs);
  try {
    const both = Promise.all([ours.all, peer.all]);
    await Promise.race([both, makeAll()]);
    const [own, other] = await both;
    return { ours: own, peer: other };
  } finally {
    clearInterval(progress);
    clearTimeout(late);
    stop.abort();
    await Promise.all(informers.map(({ done }) => done));
  }

  async function makeAll(): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < clusters) {
        const name = `c${String(next++).padStart(4, "0")}`;
        await client.apply(latticeCluster(name, SHAPE), { manager: "bench" });
        await ours.until(name);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }
}

/** Counts the objects of which something holds. */
class Tally {
  /** Resolves with the time at which it held of all for the first time. */
  readonly all: Promise<number>;
  readonly #holding = new Set<string>();
  readonly #settled = Promise.withResolvers<number>();
  readonly #waiting = new Map<string, () => void>();

  constructor(
    readonly wanted: number,
    readonly holds: (object: KubeObject) => boolean,
    readonly elapsed: () => number,
  ) {
    this.all = this.#settled.promise;
  }

  get count(): number {
    return this.#holding.size;
  }

  note(key: string, object: KubeObject | undefined): void {
    if (object !== undefined && this.holds(object)) {
      this.#holding.add(key);
      this.#waiting.get(key)?.();
      this.#waiting.delete(key);
    } else {
      this.#holding.delete(key);
    }
    if (this.#holding.size === this.wanted) this.#settled.resolve(this.elapsed());
  }

  /** Waits until it holds of one object for the first time; {@linkcode Tally.all} tells of the end of all waiting. */
  async until(key: string): Promise<void> {
    if (this.#holding.has(key)) return;
    await new Promise<void>((resolve) => this.#waiting.set(key, resolve));
  }

  giveUp(error: Error): void {
    this.#settled.reject(error);
  }
}

interface Cost {
  /** Processor time since the start of the process, in seconds. */
  readonly cpuS: number;
  /** Resident memory in megabytes. */
  readonly rssMb: number;
}

interface Reading {
  readonly at: number;
  readonly costs: Record<ProcessName, Cost>;
}

/** Fields of `/proc/PID/stat` behind the program's name, from 0, and their units on Linux. */
const [USER_TICKS, SYSTEM_TICKS, RESIDENT_PAGES] = [11, 12, 21] as const;
const TICKS_A_SECOND = 100;
const PAGE_MB = 4096 / 2 ** 20;

/** Reads what processes cost. */
class Meter {
  readonly #pids: Record<ProcessName, number>;

  constructor(pids: Record<ProcessName, number>) {
    this.#pids = pids;
  }

  async read(): Promise<Reading> {
    const names = Object.entries(this.#pids) as [ProcessName, number][];
    // Deno reads no /proc without every permission; cat does. ps knows whole seconds only.
    const { stdout } = await new Deno.Command("cat", {
      args: names.map(([, pid]) => `/proc/${pid}/stat`),
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    const costs = names.map(([name, pid]): [ProcessName, Cost] => {
      const line = lines.find((one) => one.startsWith(`${pid} `));
      if (line === undefined) throw new Error(`${name} does not run any more`);
      // The second field, the program's name, may have spaces; it ends with the last bracket.
      const fields = line.slice(line.lastIndexOf(")") + 2).split(" ").map(Number);
      const [user = 0, system = 0] = [fields[USER_TICKS], fields[SYSTEM_TICKS]];
      const pages = fields[RESIDENT_PAGES] ?? 0;
      return [name, { cpuS: (user + system) / TICKS_A_SECOND, rssMb: pages * PAGE_MB }];
    });
    return { at: performance.now(), costs: Object.fromEntries(costs) as Record<ProcessName, Cost> };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
