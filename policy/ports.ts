/**
 * Ports of services by how they travel.
 *
 * @module
 */
import type { LatticeService, ServicePort } from "@lattice/api";

/** A port as the pod has it and as the Service has it. */
export interface PortPair {
  /** Name in `spec.service.ports`. */
  readonly name: string;
  /** Port of the Service. */
  readonly port: number;
  /** Port of the pod. */
  readonly target: number;
}

/** Ports of a service by how they travel. */
export interface Ports {
  /** Through the mesh. */
  readonly tcp: readonly PortPair[];
  /** Beside the mesh, which carries TCP only. */
  readonly udp: readonly PortPair[];
}

/**
 * The ports of a service.
 *
 * @param service the service
 * @returns ports by protocol, each sorted by number; none without `spec.service`
 */
export function portsOf(service: LatticeService): Ports {
  const ports = service.spec.service?.ports ?? {};
  return { tcp: pairsOf(ports, "TCP"), udp: pairsOf(ports, "UDP") };
}

function pairsOf(
  ports: Record<string, ServicePort>,
  protocol: ServicePort["protocol"],
): PortPair[] {
  const pairs: PortPair[] = [];
  for (const name in ports) {
    const port = ports[name];
    if (port?.protocol !== protocol) continue;
    pairs.push({ name, port: port.port, target: port.targetPort ?? port.port });
  }
  return pairs.sort((a, b) => a.port - b.port);
}

/**
 * The port to which an ingress leads; `workload/` routes to the same one.
 *
 * @param ports ports of a service
 * @returns the one named `http`, else the first by name; undefined without a TCP port
 */
export function ingressPort({ tcp }: Ports): PortPair | undefined {
  return tcp.find(({ name }) => name === "http") ??
    [...tcp].sort((a, b) => a.name < b.name ? -1 : 1)[0];
}
