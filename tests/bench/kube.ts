/**
 * How fast `kube/` applies and watches, beside stock client-node, against one real API server in one run.
 *
 * Both sides do the same work on the same server: server-side apply of ConfigMaps of about 1 KiB, so many at once, and a
 * watch that is handed every existing object. The sides take turns, and the best turn of each counts, so that a busy
 * machine disturbs both alike. A watch can be no faster than its server: the row beside "reading the bytes only" shows how
 * near to that limit ours is, and the processor time what is left to a client to save.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import {
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  Watch,
} from "@kubernetes/client-node";
import { connect, type KubeClient } from "@lattice/kube";
import { startApiServer } from "../support/apiserver.ts";
import { type BenchRow, benchRow, benchTable } from "./types.ts";

const APPLIES = 400;
const AT_ONCE = 50;
const SEQUENTIAL = 100;
const WATCHED = 2_000;
/** Watches of one turn, one after another: a single one is over too soon to be measured. */
const WATCH_ROUNDS = 5;
const TURNS = 3;
const KIND = { apiVersion: "v1", kind: "ConfigMap" } as const;
const PAYLOAD = "x".repeat(1024);
const WATCHES = 40;
const CHANGES = 200;
const PATH = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

/**
 * Runs the benchmark.
 *
 * @returns One row a measurement; the peer is client-node.
 */
export async function benchKube(): Promise<BenchRow[]> {
  await using server = await startApiServer();
  using client = await connect({ text: server.kubeconfig });
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  for (const namespace of ["ours", "peer", "watched", "changing"]) {
    await makeNamespace(client, namespace);
  }
  await inParallel(WATCHED, AT_ONCE, (index) => applyOurs(client, "watched", index, 0));
  const applying = (count: number, atOnce: number): Sides => ({
    ours: (turn) => inParallel(count, atOnce, (index) => applyOurs(client, "ours", index, turn)),
    peer: (turn) => inParallel(count, atOnce, (index) => applyPeer(api, "peer", index, turn)),
  });
  const rounds = (watch: () => Promise<void>) => () => inParallel(WATCH_ROUNDS, 1, watch);
  const watching = { ours: rounds(() => watchOurs(client)), peer: rounds(() => watchPeer(config)) };
  const watched = WATCHED * WATCH_ROUNDS;
  return [
    await compare("apply, one after another", SEQUENTIAL, applying(SEQUENTIAL, 1), 4),
    ...await withCpu(`apply, ${AT_ONCE} at once`, APPLIES, applying(APPLIES, AT_ONCE), 4),
    await compare("apply, all at once", APPLIES, applying(APPLIES, APPLIES), 4),
    ...await withCpu("watch, existing objects", watched, watching, 4),
    await compare("watch, beside reading the bytes only", watched, {
      ours: watching.ours,
      peer: rounds(() => readBytes(client)),
    }),
    await compare(`changes seen by ${WATCHES} watches`, CHANGES * WATCHES, {
      ours: (turn) =>
        fanOut(client, turn, (version, last) => watchUntilOurs(client, version, last)),
      peer: (turn) =>
        fanOut(client, turn, (version, last) => watchUntilPeer(config, version, last)),
    }, 4),
  ];
}

interface ConfigMap {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data: Record<string, string>;
}

interface Sides {
  ours(turn: number): Promise<void>;
  peer(turn: number): Promise<void>;
}

interface Cost {
  readonly seconds: number;
  readonly cpuMs: number;
}

/** Lets both sides take turns; one more, the first, only warms up. Returns the best of each. */
async function measure(sides: Sides): Promise<{ ours: Cost; peer: Cost }> {
  const worst = { seconds: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY };
  const best: { ours: Cost; peer: Cost } = { ours: worst, peer: worst };
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const side of ["ours", "peer"] as const) {
      const [started, cpu] = [performance.now(), cpuUsage()];
      await sides[side](turn);
      const seconds = (performance.now() - started) / 1000;
      const { user, system } = cpuUsage(cpu);
      if (turn > 0 && seconds < best[side].seconds) {
        best[side] = { seconds, cpuMs: (user + system) / 1000 };
      }
    }
  }
  return best;
}

async function compare(
  what: string,
  count: number,
  sides: Sides,
  goal?: number,
): Promise<BenchRow> {
  return rateRow(what, count, await measure(sides), goal);
}

/** The rate, and the processor time that the client itself took: the rate alone may be the server's. */
async function withCpu(
  what: string,
  count: number,
  sides: Sides,
  goal: number,
): Promise<BenchRow[]> {
  const { ours, peer } = await measure(sides);
  const per = (cost: Cost) => cost.cpuMs * 1000 / count;
  const cpu = { name: `${what}: processor time of the client`, unit: "us/object", goal: undefined };
  return [
    rateRow(what, count, { ours, peer }, goal),
    benchRow({ ...cpu, ours: per(ours), peer: per(peer) }, "less"),
  ];
}

function rateRow(
  what: string,
  count: number,
  { ours, peer }: { ours: Cost; peer: Cost },
  goal: number | undefined,
): BenchRow {
  const name = `${what} (${count})`;
  const rates = { ours: count / ours.seconds, peer: count / peer.seconds };
  return benchRow({ name, ...rates, unit: "objects/s", goal }, "more");
}

function configMap(namespace: string, index: number, turn: number): ConfigMap {
  return {
    ...KIND,
    metadata: { name: `bench-${index}`, namespace },
    data: { turn: `${turn}-${performance.now()}`, payload: PAYLOAD },
  };
}

async function applyOurs(
  client: KubeClient,
  namespace: string,
  index: number,
  turn: number,
): Promise<void> {
  await client.apply(configMap(namespace, index, turn), { manager: "bench" });
}

async function applyPeer(
  api: CoreV1Api,
  namespace: string,
  index: number,
  turn: number,
): Promise<void> {
  await api.patchNamespacedConfigMap(
    {
      name: `bench-${index}`,
      namespace,
      fieldManager: "bench",
      body: configMap(namespace, index, turn),
    },
    setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
  );
}

async function watchOurs(client: KubeClient): Promise<void> {
  const stop = new AbortController();
  let seen = 0;
  const options = { namespace: "watched", resourceVersion: "0", signal: stop.signal };
  for await (const event of client.watch(KIND, options)) {
    if (event.type === "ADDED" && ++seen === WATCHED) break;
  }
}

async function watchPeer(config: KubeConfig): Promise<void> {
  let seen = 0;
  await peerWatch(config, "watched", "0", (type) => type === "ADDED" && ++seen === WATCHED);
}

/** The limit of the server and the transport: every byte is read, none is parsed. */
async function readBytes(client: KubeClient): Promise<void> {
  const path = `${PATH("watched")}?watch=true&resourceVersion=0`;
  const response = await client.raw(path, { stream: true });
  let seen = 0;
  for await (const chunk of response.body ?? []) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) seen++;
    if (seen >= WATCHED) break;
  }
}

/** Starts many watches, makes changes, and waits until every watch has seen the last one. */
async function fanOut(
  client: KubeClient,
  turn: number,
  watch: (resourceVersion: string, last: string) => Promise<void>,
): Promise<void> {
  const { resourceVersion } = await client.list(KIND, { namespace: "changing" });
  const last = `${turn}-${performance.now()}`;
  const watches = Array.from({ length: WATCHES }, () => watch(resourceVersion, last));
  await inParallel(CHANGES, AT_ONCE, (index) => applyOurs(client, "changing", index, turn));
  const end = { ...configMap("changing", CHANGES, turn), data: { last } };
  await client.apply(end, { manager: "bench" });
  await Promise.all(watches);
}

async function watchUntilOurs(
  client: KubeClient,
  resourceVersion: string,
  last: string,
): Promise<void> {
  const stop = new AbortController();
  const options = { namespace: "changing", resourceVersion, signal: stop.signal };
  for await (const event of client.watch<ConfigMap>(KIND, options)) {
    if (event.type !== "SYNC" && event.object.data["last"] === last) break;
  }
}

async function watchUntilPeer(
  config: KubeConfig,
  resourceVersion: string,
  last: string,
): Promise<void> {
  const isLast = (_type: string, object: ConfigMap) => object.data["last"] === last;
  await peerWatch(config, "changing", resourceVersion, isLast);
}

async function peerWatch(
  config: KubeConfig,
  namespace: string,
  resourceVersion: string,
  isEnd: (type: string, object: ConfigMap) => boolean,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const controller = await new Watch(config).watch(
    PATH(namespace),
    { resourceVersion },
    (type, object) => {
      if (isEnd(type, object)) resolve();
    },
    (error) => error ? reject(error) : resolve(),
  );
  await promise;
  controller.abort();
}

async function makeNamespace(client: KubeClient, name: string): Promise<void> {
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, {
    manager: "bench",
  });
}

async function inParallel(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

if (import.meta.main) {
  const rows = await benchKube();
  const out = new TextEncoder();
  await Deno.stderr.write(out.encode(`${benchTable(rows)}\n`));
  await Deno.stdout.write(out.encode(`${JSON.stringify(rows)}\n`));
}
