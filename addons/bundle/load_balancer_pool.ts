/**
 * Addresses for Services of type LoadBalancer where no cloud hands them out.
 *
 * @module
 */
import {
  type AddressBlock,
  blockOf,
  formatAddress,
  type KubeObject,
  overlaps,
  parseAddress,
  parseRange,
  type ProxmoxConfig,
} from "@lattice/api";
import { meta, objectsPart } from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";

/** Last octet and prefix of the addresses that a Proxmox cluster takes when it is not told. */
const FALLBACK = { octet: 200, prefix: 27 };

/**
 * The pool, and the announcement of its addresses on the network of the nodes. Amazon's load
 * balancers bring their own addresses, and its networks drop those that it did not hand out.
 */
export const loadBalancerPool: Addon = {
  name: "load-balancer-pool",
  namespace: "kube-system",
  isWanted: (input) => input.provider !== "aws" && poolCidr(input) !== undefined,
  parts: (input) => [objectsPart(poolObjects(poolCidr(input) ?? ""))],
};

/**
 * The addresses of the pool.
 *
 * @param input the cluster
 * @returns a network, or undefined when the cluster gets no pool
 */
export function poolCidr({ cluster, provider }: AddonInput): string | undefined {
  const { networking, provider: { config } } = cluster.spec;
  // `networking` without `default` says: no pool.
  if (networking) return networking.default?.cidr;
  return provider === "proxmox" && config.proxmox ? fallback(config.proxmox) : undefined;
}

// Machines and the API server's own address must never be handed to a Service.
function fallback({ ipv4Pool, controlPlaneEndpoint }: ProxmoxConfig): string | undefined {
  const gateway = parseAddress(ipv4Pool.gateway);
  if (gateway === undefined) return undefined;
  const pool = blockOf(blockOf(gateway, 24).first + FALLBACK.octet, FALLBACK.prefix);
  const machines = parseRange(ipv4Pool.range);
  const taken: AddressBlock[] = [
    ...(typeof machines === "string" ? [] : [machines]),
    ...[gateway, parseAddress(controlPlaneEndpoint)].flatMap((address) =>
      address === undefined ? [] : [{ first: address, last: address }]
    ),
  ];
  if (taken.some((block) => overlaps(block, pool))) return undefined;
  return `${formatAddress(pool.first)}/${FALLBACK.prefix}`;
}

function poolObjects(cidr: string): KubeObject[] {
  return [
    {
      apiVersion: "cilium.io/v2",
      kind: "CiliumLoadBalancerIPPool",
      metadata: meta("default"),
      spec: { blocks: [{ cidr }] },
    },
    {
      apiVersion: "cilium.io/v2alpha1",
      kind: "CiliumL2AnnouncementPolicy",
      metadata: meta("default"),
      spec: { loadBalancerIPs: true, interfaces: ["^.*$"] },
    },
  ];
}
