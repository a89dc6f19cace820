/**
 * Rules of networks: those that every cluster uses inside, and the block of addresses for load balancers.
 *
 * @module
 */
import { type AddressBlock, overlaps, parseAddress, parseCidr, parseRange } from "./address.ts";
import type { LatticeCluster } from "./cluster_types.ts";
import { POD_CIDR, SERVICE_CIDR } from "./constants.ts";
import type { Problem } from "./errors.ts";
import type { ProxmoxConfig } from "./provider_types.ts";

const FIELD = "spec.networking.default.cidr";

/**
 * Checks that a network does not overlap those that every cluster uses inside.
 *
 * @param field path of the field that holds the network
 * @param cidr network in CIDR notation
 * @returns problems; empty when it is free
 */
export function reservedNetworkProblems(field: string, cidr: string): Problem[] {
  const block = parseCidr(cidr);
  if (!block) return [];
  const used = [["pods", POD_CIDR], ["services", SERVICE_CIDR]] as const;
  return used.flatMap(([what, reserved]) => {
    const other = parseCidr(reserved);
    if (!other || !overlaps(block, other)) return [];
    return [{
      field,
      reason: `${cidr} overlaps the addresses of ${what}, ${reserved}`,
      remedy: "choose a network outside of it",
    }];
  });
}

/**
 * Checks the block of addresses for load balancers: it must be free of everything that has its addresses already.
 *
 * @param cluster a cluster that has the right shape
 * @returns problems; empty when the block is free, or there is none
 */
export function networkProblems(cluster: LatticeCluster): Problem[] {
  const cidr = cluster.spec.networking?.default?.cidr;
  const block = cidr === undefined ? undefined : parseCidr(cidr);
  if (cidr === undefined || !block) return [];
  const { proxmox } = cluster.spec.provider.config;
  const taken = (proxmox ? machineAddresses(proxmox) : []).filter((one) =>
    overlaps(block, one.block)
  );
  return [
    ...reservedNetworkProblems(FIELD, cidr),
    ...taken.map(({ what, text }) => ({
      field: FIELD,
      reason: `${cidr} holds ${text}, ${what}`,
      remedy: "choose a block that is free of it",
    })),
  ];
}

function machineAddresses(
  { ipv4Pool, controlPlaneEndpoint }: ProxmoxConfig,
): { what: string; text: string; block: AddressBlock }[] {
  const single = (what: string, text: string) => {
    const address = parseAddress(text);
    return address === undefined ? [] : [{ what, text, block: { first: address, last: address } }];
  };
  const range = parseRange(ipv4Pool.range);
  return [
    ...(typeof range === "string"
      ? []
      : [{ what: "the addresses of the machines", text: range.text, block: range }]),
    ...single("the virtual address of the API server", controlPlaneEndpoint),
    ...single("the gateway", ipv4Pool.gateway),
  ];
}
