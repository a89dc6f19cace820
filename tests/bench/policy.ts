/**
 * How fast the mesh is compiled and its graph is kept, with the cases and sizes of an earlier, native
 * implementation.
 *
 * The peer of a graph operation is what that implementation took on this kind of machine; where it has no
 * figure, the peer is our own limit and the goal is to stay below it. Turns are short and the best one counts,
 * so that a busy machine disturbs little. Everything runs in one thread:
 * "concurrent" cases are the same operations, interleaved.
 *
 * @module
 */
import type { LatticeService } from "@lattice/api";
import { compile, compileAll, explain, ServiceGraph } from "@lattice/policy";
import { Dice } from "../support/mesh_random.ts";
import { chain, graphWith, keyOf, nameOf, realistic, service, star } from "./policy_fixtures.ts";
import { type BenchRow, benchRow, benchTable } from "./types.ts";

/** Longest time that is spent on one turn of a small case, in milliseconds: less than a slice of a busy machine. */
const TURN_MS = 0.3;
const SHORT_TURNS = 160;
/** How often something fresh is measured, and the share of the turns that counts as undisturbed. */
const FRESH_TURNS = 200;
const UNDISTURBED = 0.1;
const TURNS = 3;
const SCRIPT = new URL("./policy_memory.ts", import.meta.url);
const OPTIONS = { cluster: "prod" };

/** What the native implementation took and what we want, in microseconds. */
const OPERATIONS = {
  put: { peer: 2.3, limit: 1.5 },
  get: { peer: 0.9, limit: 0.3 },
  dependencies: { peer: 0.3, limit: 0.2 },
  edges: { peer: 1.6, limit: 0.3 },
  reconcile: { peer: 3.4, limit: 3 },
} as const;

/** Own limits of what the native implementation has no figure for, in microseconds. */
const DELETE_LIMIT = 5;
const HUB_LIMIT_PER_CALLER = 5;

/**
 * Runs the benchmark.
 *
 * @returns One row a measurement.
 */
export async function benchPolicy(): Promise<BenchRow[]> {
  return [
    await memory(10_000, 100_000, 300),
    ...large(1_000, 5_000, 250),
    ...large(10_000, 100_000, 3_000),
    ...putting(),
    ...reading(),
    ...edges(),
    ...mixing(),
    ...reconciling(),
    ...hubs(),
  ];
}

// In a process of its own: what other cases leave behind is not the mesh's.
async function memory(size: number, edgeCount: number, limitMb: number): Promise<BenchRow> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", SCRIPT.pathname, String(size), String(edgeCount)],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const { rss } = JSON.parse(new TextDecoder().decode(stdout)) as { rss: number };
  const name = `memory of a process that compiles ${size} services, ${edgeCount} edges`;
  return limit(name, rss / 2 ** 20, limitMb, "MB");
}

function large(size: number, edgeCount: number, limitMs: number): BenchRow[] {
  const label = `${size} services, ${edgeCount} edges`;
  const services = realistic(size, edgeCount);
  let full = Infinity;
  let graph = new ServiceGraph();
  let count = 0;
  // A machine that others use, too, is quiet in one turn or the other.
  for (let turn = 0; turn < TURNS; turn++) {
    const started = performance.now();
    graph = graphWith(services);
    count = compileAll(graph, OPTIONS).length;
    full = Math.min(full, performance.now() - started);
  }
  const rows = [limit(`full compile, ${label} (${count} objects)`, full, limitMs, "ms")];
  if (size < 10_000) return rows;
  return [
    ...rows,
    limit(`one change, ${label}, p99`, best(() => changes(graph, services)), 10, "ms"),
    limit(`explain, ${label}, p99`, best(() => explanations(graph, size)), 5, "ms"),
  ];
}

// A change of a service, and the compilation of whatever it touches.
function changes(graph: ServiceGraph, services: ReturnType<typeof realistic>): number {
  const dice = new Dice(5);
  const times: number[] = [];
  graph.takeChanged();
  for (let round = 0; round < 200; round++) {
    const index = dice.below(services.length);
    const changed = round % 2 === 0 ? service(nameOf(index)) : services[index];
    if (!changed) continue;
    const started = performance.now();
    graph.put(changed);
    for (const key of graph.takeChanged()) compile(graph, key, OPTIONS);
    times.push(performance.now() - started);
  }
  for (const each of services) graph.put(each);
  return percentile(times, 0.99);
}

function explanations(graph: ServiceGraph, size: number): number {
  const dice = new Dice(6);
  const times = Array.from({ length: 500 }, () => {
    const caller = keyOf(dice.below(size));
    const callee = keyOf(dice.below(size));
    const started = performance.now();
    explain(graph, caller, callee, 8080);
    return performance.now() - started;
  });
  return percentile(times, 0.99);
}

function putting(): BenchRow[] {
  return [10, 100, 500, 1000].flatMap((size) => {
    const simple = Array.from({ length: size }, (_, index) => service(nameOf(index)));
    // Every second put changes whom the service calls.
    const full = realistic(size, size * 2);
    const edited = full.map((each, index) => index % 2 === 0 ? each : fewer(each));
    const both = [...full, ...edited];
    const empty = new ServiceGraph();
    const existing = graphWith(full);
    return [
      native(`put_service/empty_graph/${size}`, "put", perCall((i) => empty.put(at(simple, i)))),
      native(
        `put_service/existing_graph/${size}`,
        "put",
        perCall((i) => existing.put(at(both, i))),
      ),
    ];
  });
}

function fewer(each: LatticeService): LatticeService {
  const entries = Object.entries(each.spec.resources);
  return { ...each, spec: { ...each.spec, resources: Object.fromEntries(entries.slice(1)) } };
}

function reading(): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const size of [10, 100, 500, 1000]) {
    const dice = new Dice(size);
    const keys = Array.from({ length: 1024 }, () => keyOf(dice.below(size)));
    const graph = graphWith(realistic(size, size * 2));
    const line = graphWith(chain(size));
    const wheel = graphWith(star(size));
    rows.push(
      native(`get_service/lookup/${size}`, "get", perCall((i) => graph.get(at(keys, i)))),
      native(
        `get_dependencies/chain/${size}`,
        "dependencies",
        perCall((i) => line.dependencies(at(keys, i))),
      ),
      native(
        `get_dependencies/star/${size}`,
        "dependencies",
        perCall((i) => wheel.dependencies(at(keys, i))),
      ),
    );
  }
  for (const size of [10, 100, 500]) {
    const services = realistic(size, size * 2);
    const keys = services.map((_, index) => keyOf(index));
    const middle = keyOf(size / 2);
    const time = perFresh(() => graphWith(services), (graph) => graph.delete(middle));
    rows.push(limit(`delete_service/delete/${size}`, time, DELETE_LIMIT, "us"));
    const graph = graphWith(services);
    const wheel = graphWith(star(size));
    const perHub = perCall(() => wheel.dependents("default/hub"));
    rows.push(
      native(`get_dependents/star_hub/${size}, a dependent`, "dependencies", perHub / size),
      native(
        `get_dependents/realistic/${size}`,
        "dependencies",
        perCall((i) => graph.dependents(at(keys, i))),
      ),
    );
  }
  return rows;
}

function edges(): BenchRow[] {
  return [10, 100, 500].flatMap((size) => {
    const services = realistic(size, size * 2);
    const graph = graphWith(services);
    const wheel = graphWith(star(size));
    const keys = services.map((_, index) => keyOf(index));
    const count = Math.max(1, graph.activeEdges().length / size);
    const inbound = perCall((i) => graph.activeEdges(at(keys, i), "inbound"));
    const outbound = perCall((i) => graph.activeEdges(at(keys, i), "outbound"));
    const hub = perCall(() => wheel.activeEdges("default/hub", "inbound")) / size;
    // The first answer after a change puts the edges into words.
    const cold = perFresh(() => graphWith(services), (fresh) => fresh.activeEdges()) /
      Math.max(1, graph.activeEdges().length);
    const coldHub = perFresh(() =>
      graphWith(star(size)), (fresh) =>
      fresh.activeEdges("default/hub", "inbound")) / size;
    return [
      native(`active_edges/inbound/${size}, an edge`, "edges", inbound / count),
      native(`active_edges/outbound/${size}, an edge`, "edges", outbound / count),
      native(`active_edges/star_hub_inbound/${size}, an edge`, "edges", hub),
      native(`active_edges/first answer, all/${size}, an edge`, "edges", cold),
      native(`active_edges/first answer, star_hub_inbound/${size}, an edge`, "edges", coldHub),
    ];
  });
}

function mixing(): BenchRow[] {
  return [100, 500].flatMap((size) => {
    const services = realistic(size, size * 2);
    const graph = graphWith(services);
    const dice = new Dice(size);
    const keys = Array.from({ length: 1024 }, () => keyOf(dice.below(size)));
    const mixed = perFresh(() => graphWith(services), (fresh) => {
      for (let i = 0; i < 100; i++) {
        if (i % 5 === 0) fresh.put(at(services, i));
        else fresh.get(at(keys, i));
      }
    }) / 100;
    return [
      native(
        `concurrent_reads/parallel_get/${size}`,
        "get",
        perCall((i) => graph.get(at(keys, i))),
      ),
      limit(
        `concurrent_mixed/read_write_mix/${size}, an operation`,
        mixed,
        OPERATIONS.put.limit,
        "us",
      ),
    ];
  });
}

function reconciling(): BenchRow[] {
  return [100, 500].map((size) => {
    const services = realistic(size, size * 2);
    const graph = graphWith(services);
    const keys = services.map((_, index) => keyOf(index));
    const time = perCall((i) => {
      const key = at(keys, i);
      graph.get(key);
      graph.put(at(services, i));
      for (const callee of graph.dependencies(key)) graph.get(callee);
      graph.activeEdges(key, "inbound");
      graph.activeEdges(key, "outbound");
    });
    return native(`reconcile_pattern/full_reconcile/${size}`, "reconcile", time);
  });
}

function hubs(): BenchRow[] {
  return [10, 100, 500].map((size) => {
    const graph = graphWith(star(size));
    const time = perCall(() => compile(graph, "default/hub", OPTIONS));
    return limit(
      `compile/hub with ${size} callers`,
      time,
      Math.max(50, HUB_LIMIT_PER_CALLER * size),
      "us",
    );
  });
}

function best(measure: () => number): number {
  return Math.min(...Array.from({ length: TURNS }, measure));
}

/** Microseconds a call: the best of some turns. */
function perCall(call: (index: number) => unknown): number {
  for (let i = 0; i < 2_000; i++) call(i);
  let best = Infinity;
  for (let turn = 0; turn < SHORT_TURNS; turn++) {
    const started = performance.now();
    let calls = 0;
    let passed = 0;
    while (passed < TURN_MS) {
      for (let i = 0; i < 100; i++) call(calls++);
      passed = performance.now() - started;
    }
    best = Math.min(best, passed * 1000 / calls);
  }
  return best;
}

/** Microseconds a call on something fresh, whose making does not count: the slowest of the undisturbed turns. */
function perFresh<T>(make: () => T, call: (fresh: T) => unknown): number {
  const times = Array.from({ length: FRESH_TURNS }, () => {
    const fresh = make();
    const started = performance.now();
    call(fresh);
    return (performance.now() - started) * 1000;
  });
  return percentile(times, UNDISTURBED);
}

function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function at<T>(values: readonly T[], index: number): T {
  return values[index % values.length] as T;
}

function native(name: string, operation: keyof typeof OPERATIONS, ours: number): BenchRow {
  const { peer, limit: wanted } = OPERATIONS[operation];
  return benchRow({ name, ours, peer, unit: "us", goal: round(peer / wanted) }, "less");
}

function limit(name: string, ours: number, peer: number, unit: string): BenchRow {
  return benchRow({ name: `${name} (limit)`, ours, peer, unit, goal: 1 }, "less");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

if (import.meta.main) {
  const text = benchTable(await benchPolicy());
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
