/**
 * How fast the mover is beside `clusterctl move`, between the same two real API servers in one run: on loopback and
 * with a round trip of 50 ms to both.
 *
 * No controller and no webhook runs: both sides meet the API servers alone. Machines carry server-side apply ownership,
 * as those that a MachineSet made, so that both have to carry it over.
 *
 * @module
 */
import { connect } from "@lattice/kube";
import { move, type MoveReport } from "@lattice/pivot";
import { locateTools } from "../../tools/locate.ts";
import { type DelayProxy, startDelayProxy } from "../faults/move/delay_proxy.ts";
import { makeFleet } from "../faults/move/fleet.ts";
import { type End, type Pair, startPair } from "../faults/move/pair.ts";
import { type BenchRow, benchRow } from "./types.ts";

const SIZES: readonly number[] = [100, 1_000, 5_000];
const ROUND_TRIP_MS = 50;
/** Objects of a fleet beside its Machines and their infrastructure: see `makeFleet`. */
const BASE_OBJECTS = 11;
/** `clusterctl move` takes minutes at 1,000 objects: only on demand. */
const FULL = "LATTICE_BENCH_FULL";
/** Requests an object that a move may take. */
const REQUESTS_LIMIT = 6;

/** Where the servers are reached. */
interface Line {
  readonly name: string;
  readonly source: string;
  readonly target: string;
}

/**
 * Runs the benchmark.
 *
 * @param sizes Objects to move; default 100, 1,000 and 5,000.
 * @returns Rates beside that of `clusterctl move` (measured at the same size where it says so, else at the smallest), and
 * requests an object beside the limit.
 */
export async function benchMove(sizes: readonly number[] = SIZES): Promise<BenchRow[]> {
  await using pair = await startPair();
  await warmUp(pair);
  const loopback: Line = {
    name: "loopback",
    source: pair.source.server.kubeconfig,
    target: pair.target.server.kubeconfig,
  };
  const rows = await benchLine(pair, loopback, sizes, 10);
  using far = await slowLine(pair);
  return [...rows, ...await benchLine(pair, far, sizes.slice(0, 2), 20)];
}

async function benchLine(
  pair: Pair,
  line: Line,
  sizes: readonly number[],
  goal: number,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  let peer: { rate: number; size: number } | undefined;
  for (const [index, size] of sizes.entries()) {
    const measured = index === 0 || (size <= 1_000 && Deno.env.get(FULL) !== undefined);
    if (measured) peer = { rate: await rateOfClusterctl(pair, line, size), size };
    if (!peer) break;
    const { rate, perObject } = await rateOfMover(pair, line, size);
    const note = peer.size === size ? "" : `, clusterctl at ${peer.size}`;
    rows.push(
      benchRow({
        name: `move, ${size} objects, ${line.name}${note}`,
        ours: rate,
        peer: peer.rate,
        unit: "objects/s",
        goal,
      }, "more"),
      benchRow({
        name: `move, ${size} objects, ${line.name}, limit`,
        ours: perObject,
        peer: REQUESTS_LIMIT,
        unit: "requests/object",
        goal: 1,
      }, "less"),
    );
  }
  return rows;
}

/** The first move pays for compiling, connections and discovery. */
async function warmUp(pair: Pair): Promise<void> {
  const line = {
    name: "warm-up",
    source: pair.source.server.kubeconfig,
    target: pair.target.server.kubeconfig,
  };
  await rateOfMover(pair, line, 50);
}

async function rateOfMover(
  pair: Pair,
  line: Line,
  size: number,
): Promise<{ rate: number; perObject: number }> {
  const place = await fleetOf(pair.source, size);
  using source = await connect({ text: line.source });
  using target = await connect({ text: line.target });
  const started = performance.now();
  const report: MoveReport = await move({ source, target, ...place, runId: "bench" });
  const seconds = (performance.now() - started) / 1000;
  const requests = source.metrics.requests + target.metrics.requests;
  return { rate: report.moved / seconds, perObject: requests / report.moved };
}

async function rateOfClusterctl(pair: Pair, line: Line, size: number): Promise<number> {
  const { namespace, objects } = await fleetOf(pair.source, size);
  const { dir } = pair.source.server;
  const [from, to] = [`${dir}/bench-from`, `${dir}/bench-to`];
  await Deno.writeTextFile(from, line.source, { mode: 0o600 });
  await Deno.writeTextFile(to, line.target, { mode: 0o600 });
  const tools = await locateTools();
  const started = performance.now();
  const { success, stderr } = await new Deno.Command(tools.bin("clusterctl"), {
    args: ["move", "--kubeconfig", from, "--to-kubeconfig", to, "-n", namespace],
    env: { HOME: dir, XDG_CONFIG_HOME: dir, CLUSTERCTL_DISABLE_VERSIONCHECK: "true" },
    stdout: "null",
    stderr: "piped",
  }).output();
  const seconds = (performance.now() - started) / 1000;
  if (!success) throw new Error(`clusterctl move failed: ${new TextDecoder().decode(stderr)}`);
  return objects / seconds;
}

let fleets = 0;

async function fleetOf(
  { client }: End,
  size: number,
): Promise<{ namespace: string; cluster: string; objects: number }> {
  const namespace = `capi-bench-${++fleets}`;
  const machines = Math.max(1, Math.round((size - BASE_OBJECTS) / 2));
  const objects = await makeFleet(client, { namespace, name: "bench", machines });
  return { namespace, cluster: "bench", objects };
}

async function slowLine(pair: Pair): Promise<Line & Disposable> {
  using stack = new DisposableStack();
  const detour = async ({ server }: End) => {
    const proxy: DelayProxy = stack.use(
      await startDelayProxy(Number(new URL(server.url).port), ROUND_TRIP_MS / 2),
    );
    return server.kubeconfig.replace(server.url, `https://127.0.0.1:${proxy.port}`);
  };
  const [source, target] = [await detour(pair.source), await detour(pair.target)];
  const kept = stack.move();
  const name = `${ROUND_TRIP_MS} ms round trip`;
  return { name, source, target, [Symbol.dispose]: () => kept.dispose() };
}
