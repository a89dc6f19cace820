/**
 * Rules of a cluster that can have children.
 *
 * @module
 */
import { parseAddress, parseCidr } from "./address.ts";
import type { LatticeCluster, ParentConfig } from "./cluster_types.ts";
import type { Problem } from "./errors.ts";

const FIELD = "spec.parentConfig";
const PORTS = ["grpcPort", "bootstrapPort", "proxyPort"] as const;

/**
 * Checks how children are to reach a cluster.
 *
 * @param cluster a cluster that has the right shape
 * @returns problems; empty when there are none, or it is no parent
 */
export function parentProblems(cluster: LatticeCluster): Problem[] {
  const { parentConfig } = cluster.spec;
  if (!parentConfig) return [];
  return [...portProblems(parentConfig), ...hostProblems(cluster, parentConfig)];
}

function portProblems(parent: ParentConfig): Problem[] {
  return PORTS.flatMap((port, index) => {
    const same = PORTS.slice(0, index).find((other) => parent[other] === parent[port]);
    if (same === undefined) return [];
    return [{
      field: `${FIELD}.${port}`,
      reason: `${parent[port]} is the port of ${same}, too`,
      remedy: "give each a port of its own",
    }];
  });
}

/** Where load balancers get their addresses from the cluster itself, the parent's must be one of them. */
function hostProblems(cluster: LatticeCluster, { host, service }: ParentConfig): Problem[] {
  const cidr = cluster.spec.networking?.default?.cidr;
  const block = cidr === undefined ? undefined : parseCidr(cidr);
  const address = host === undefined ? undefined : parseAddress(host);
  if (!block || address === undefined || service.type !== "LoadBalancer") return [];
  if (address >= block.first && address <= block.last) return [];
  return [{
    field: `${FIELD}.host`,
    reason: `${host} lies outside of spec.networking.default.cidr, ${cidr}`,
    remedy: "choose an address of that block, or change the block",
  }];
}
