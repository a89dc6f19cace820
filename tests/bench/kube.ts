/**
 * How fast `kube/` applies and watches, beside stock client-node, against one real API server in one run.
 *
 * Both sides do the same work on the same server: server-side apply of ConfigMaps of about 1 KiB, so many at once, and a
 * watch that is handed every existing object. The sides take turns, and the best turn of each counts, so that a busy
 * machine disturbs both alike.
 *
 * @module
 */
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
const TURNS = 3;
const KIND = { apiVersion: "v1", kind: "ConfigMap" } as const;
const PAYLOAD = "x".repeat(1024);

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
  for (const namespace of ["ours", "peer", "watched"]) await makeNamespace(client, namespace);
  await inParallel(WATCHED, AT_ONCE, (index) => applyOurs(client, "watched", index, 0));
  const rows: BenchRow[] = [];
  rows.push(
    await compare("apply, one after another", SEQUENTIAL, {
      ours: (turn) => inParallel(SEQUENTIAL, 1, (index) => applyOurs(client, "ours", index, turn)),
      peer: (turn) => inParallel(SEQUENTIAL, 1, (index) => applyPeer(api, "peer", index, turn)),
    }),
    await compare(`apply, ${AT_ONCE} at once`, APPLIES, {
      ours: (turn) =>
        inParallel(APPLIES, AT_ONCE, (index) => applyOurs(client, "ours", index, turn)),
      peer: (turn) => inParallel(APPLIES, AT_ONCE, (index) => applyPeer(api, "peer", index, turn)),
    }),
    await compare("watch, existing objects", WATCHED, {
      ours: () => watchOurs(client, WATCHED),
      peer: () => watchPeer(config, WATCHED),
    }),
  );
  return rows;
}

interface Sides {
  ours(turn: number): Promise<void>;
  peer(turn: number): Promise<void>;
}

/** Lets both sides take turns; one more, the first, only warms up. */
async function compare(what: string, count: number, sides: Sides): Promise<BenchRow> {
  const best = { ours: Number.POSITIVE_INFINITY, peer: Number.POSITIVE_INFINITY };
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const side of ["ours", "peer"] as const) {
      const started = performance.now();
      await sides[side](turn);
      const seconds = (performance.now() - started) / 1000;
      if (turn > 0) best[side] = Math.min(best[side], seconds);
    }
  }
  return benchRow({
    name: `${what} (${count})`,
    ours: count / best.ours,
    peer: count / best.peer,
    unit: "objects/s",
    goal: 4,
  }, "more");
}

function configMap(namespace: string, index: number, turn: number): {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  data: Record<string, string>;
} {
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

async function watchOurs(client: KubeClient, count: number): Promise<void> {
  const stop = new AbortController();
  let seen = 0;
  const events = client.watch(KIND, {
    namespace: "watched",
    resourceVersion: "0",
    signal: stop.signal,
  });
  for await (const event of events) {
    if (event.type === "ADDED" && ++seen === count) break;
  }
  stop.abort();
}

async function watchPeer(config: KubeConfig, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = 0;
  const controller = await new Watch(config).watch(
    "/api/v1/namespaces/watched/configmaps",
    { resourceVersion: "0" },
    (type) => {
      if (type === "ADDED" && ++seen === count) resolve();
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
