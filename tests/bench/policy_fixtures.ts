/**
 * Meshes for the benchmarks: chains, stars, and realistic ones with a seed.
 *
 * @module
 */
import type { LatticeService, ServiceResource } from "@lattice/api";
import { ServiceGraph } from "@lattice/policy";
import { Dice } from "../support/mesh_random.ts";

/** Share of the dependencies to which the callee agrees, as in the end-to-end tests. */
const AGREED = 0.6;

/**
 * A service with one port and one container in the namespace `default`.
 *
 * @param name Name.
 * @param outbound Names that it calls.
 * @param inbound Names that may call it.
 */
export function service(
  name: string,
  outbound: readonly string[] = [],
  inbound: readonly string[] = [],
): LatticeService {
  const resources: Record<string, ServiceResource> = {};
  for (const peer of outbound) resources[peer] = { type: "service", direction: "outbound" };
  for (const peer of inbound) {
    const direction = Object.hasOwn(resources, peer) ? "both" : "inbound";
    resources[peer] = { type: "service", direction };
  }
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeService",
    metadata: { name, namespace: "default" },
    spec: {
      containers: { main: { image: "nginx:1.29", variables: {}, files: {}, volumes: {} } },
      resources,
      service: { ports: { http: { port: 8080, protocol: "TCP" } } },
      replicas: { min: 1 },
      deploy: { strategy: "rolling" },
      sidecars: {},
      sysctls: {},
    },
  };
}

/**
 * Name of the service with a number.
 *
 * @param index Number.
 */
export function nameOf(index: number): string {
  return `svc-${index}`;
}

/**
 * Key of the service with a number.
 *
 * @param index Number.
 */
export function keyOf(index: number): string {
  return `default/svc-${index}`;
}

/**
 * Each service calls the next, which agrees.
 *
 * @param size Services.
 */
export function chain(size: number): LatticeService[] {
  return Array.from({ length: size }, (_, index) =>
    service(
      nameOf(index),
      index + 1 < size ? [nameOf(index + 1)] : [],
      index > 0 ? [nameOf(index - 1)] : [],
    ));
}

/**
 * All services call `hub`, which agrees.
 *
 * @param size Services beside the hub.
 */
export function star(size: number): LatticeService[] {
  const spokes = Array.from({ length: size }, (_, index) => nameOf(index));
  return [service("hub", [], spokes), ...spokes.map((name) => service(name, ["hub"]))];
}

/**
 * Services with random dependencies; a share of the callees agrees.
 *
 * @param size Services.
 * @param edges Declared dependencies in all.
 * @param seed Seed.
 * @param share Share of the dependencies that are agreed.
 */
export function realistic(
  size: number,
  edges: number,
  seed = 1,
  share = AGREED,
): LatticeService[] {
  const dice = new Dice(seed);
  const out = Array.from({ length: size }, () => new Set<string>());
  const admitted = Array.from({ length: size }, () => new Set<string>());
  for (let made = 0; made < edges;) {
    const caller = dice.below(size);
    const callee = dice.below(size);
    if (caller === callee || out[caller]?.has(nameOf(callee))) continue;
    out[caller]?.add(nameOf(callee));
    if (dice.chance(share)) admitted[callee]?.add(nameOf(caller));
    made++;
  }
  return out.map((names, index) => service(nameOf(index), [...names], [...admitted[index] ?? []]));
}

/**
 * The graph of some services.
 *
 * @param services Services.
 */
export function graphWith(services: readonly LatticeService[]): ServiceGraph {
  const graph = new ServiceGraph();
  for (const each of services) graph.put(each);
  graph.takeChanged();
  return graph;
}
