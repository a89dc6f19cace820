/**
 * Ports for the API servers that CAPD holds in memory.
 *
 * CAPD counts upwards from 20000 and takes the next port whether or not somebody else listens there. It goes on behind the
 * highest port of the clusters that it finds when it starts, though: a cluster that nobody owns moves it to free ports.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { KubeClient, KubeObject } from "@lattice/kube";

/** CAPD goes no further. */
const LAST_PORT = 30_000;
const FIRST_PORT = 20_000;
const TRIES = 50;
const NAMESPACE = "in-memory-ports";

/**
 * Finds free ports in a row, within the range of `LATTICE_PORT_RANGE`.
 *
 * @param count how many
 * @returns the first of them
 * @throws {LatticeError} `prerequisite` when none were found
 */
export function freeWindow(count: number): number {
  const [from, to] = range();
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const base = from + 1 + Math.floor(Math.random() * Math.max(1, to - from - count));
    if (base + count <= to && isFree(base, count)) return base;
  }
  throw new LatticeError("prerequisite", `Cannot find ${count} free ports between ${from}-${to}`, {
    remedy: "set LATTICE_PORT_RANGE to a wider range below 30000",
  });
}

function range(): [number, number] {
  const match = /^(\d+)-(\d+)$/.exec(Deno.env.get("LATTICE_PORT_RANGE") ?? "");
  const [from, to] = match ? [Number(match[1]), Number(match[2])] : [FIRST_PORT, LAST_PORT];
  return [from, Math.min(to, LAST_PORT)];
}

function isFree(base: number, count: number): boolean {
  const listeners: Deno.Listener[] = [];
  try {
    for (let port = base; port < base + count; port++) {
      listeners.push(Deno.listen({ hostname: "0.0.0.0", port }));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  } finally {
    listeners.forEach((listener) => listener.close());
  }
}

/**
 * Makes CAPD take its ports from here on; to be called once it answers and before it gets its first cluster.
 *
 * @param client administrator
 * @param base the first port that it shall take
 */
export async function countFrom(client: KubeClient, base: number): Promise<void> {
  for (const object of [namespace(), lastCluster(base - 1)]) {
    await client.apply(object, { manager: "lattice-test", force: true });
  }
}

function namespace(): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
}

/** Nobody owns this cluster, so that it is never reconciled. */
function lastCluster(port: number): KubeObject {
  const listener = "inmemorycluster.infrastructure.cluster.x-k8s.io/listener";
  return {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1beta2",
    kind: "DevCluster",
    metadata: { name: "last", namespace: NAMESPACE, annotations: { [listener]: NAMESPACE } },
    spec: { backend: { inMemory: {} }, controlPlaneEndpoint: { host: "127.0.0.1", port } },
  };
}
