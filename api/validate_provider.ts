/**
 * Rules of each provider.
 *
 * @module
 */
import type { LatticeCluster } from "./cluster_types.ts";
import type {
  AwsConfig,
  OpenStackConfig,
  ProviderConfig,
  ProxmoxConfig,
} from "./provider_types.ts";
import type { Problem } from "./errors.ts";
import { blockOf, parseAddress, parseRange } from "./address.ts";
import { parseAddressV6, parseRangeV6, sameNetwork } from "./address_v6.ts";
import { MEMORY_STEP_MIB } from "./constants.ts";
import { reservedNetworkProblems } from "./validate_network.ts";

/** Shape of a Proxmox machine. */
export interface MachineSize {
  /** Cores a socket. */
  cores: number;
  /** Memory in MiB. */
  memoryMib: number;
  /** Disk in GB; absent: as in the provider's configuration. */
  diskGb?: number;
}

const FIELD = "spec.provider.config";

/**
 * Reads the `nodeClass` of a Proxmox pool, `CORESxMIB` or `CORESxMIBxGB`.
 *
 * @param nodeClass e.g. `8x16384` or `8x16384x200`
 * @returns the shape, or undefined when it is not one
 */
export function parseMachineSize(nodeClass: string): MachineSize | undefined {
  const match = /^([1-9][0-9]{0,2})x([1-9][0-9]{2,7})(?:x([1-9][0-9]{0,4}))?$/.exec(nodeClass);
  if (!match) return undefined;
  return {
    cores: Number(match[1]),
    memoryMib: Number(match[2]),
    ...(match[3] ? { diskGb: Number(match[3]) } : {}),
  };
}

/**
 * Checks the configuration of whichever provider is set.
 *
 * @param cluster a cluster that has the right shape
 * @returns problems; empty when the configuration is valid
 */
export function validateProvider(cluster: LatticeCluster): Problem[] {
  const config: ProviderConfig = cluster.spec.provider.config;
  return [
    ...(config.aws ? awsProblems(config.aws, cluster) : []),
    ...(config.openstack ? openstackProblems(config.openstack) : []),
    ...(config.proxmox ? proxmoxProblems(config.proxmox, cluster) : []),
  ];
}

function needs(provider: string, field: string, other: string, remedy: string): Problem {
  return {
    field: `${FIELD}.${provider}.${field}`,
    reason: `is set without ${other}`,
    remedy,
  };
}

function awsProblems(aws: AwsConfig, cluster: LatticeCluster): Problem[] {
  if (aws.loadBalancerType === "classic" && cluster.spec.provider.kubernetes.bootstrap === "rke2") {
    return [{
      field: `${FIELD}.aws.loadBalancerType`,
      reason: "classic serves one port, but nodes of RKE2 join at a second one",
      remedy: "write nlb, or set bootstrap: kubeadm",
    }];
  }
  if (aws.vpcId !== undefined && aws.subnetIds === undefined) {
    return [needs("aws", "vpcId", "subnetIds", "list the subnets of the VPC in subnetIds")];
  }
  if (aws.vpcId === undefined && aws.subnetIds !== undefined) {
    return [needs("aws", "subnetIds", "vpcId", "name the VPC of the subnets in vpcId")];
  }
  return (aws.subnetIds ?? []).flatMap((id, index, ids) =>
    ids.indexOf(id) === index ? [] : [{
      field: `${FIELD}.aws.subnetIds[${index}]`,
      reason: `${id} is there twice`,
      remedy: "keep one of them",
    }]
  );
}

function openstackProblems(openstack: OpenStackConfig): Problem[] {
  const problems: Problem[] = reservedNetworkProblems(
    `${FIELD}.openstack.nodeCidr`,
    openstack.nodeCidr,
  );
  for (const role of ["cp", "worker"] as const) {
    if (openstack[`${role}RootVolumeType`] && !openstack[`${role}RootVolumeSizeGb`]) {
      const size = `${role}RootVolumeSizeGb`;
      problems.push(needs("openstack", `${role}RootVolumeType`, size, `set ${size}, too`));
    }
  }
  if (openstack.allowAllInClusterTraffic && !openstack.managedSecurityGroups) {
    problems.push(
      needs(
        "openstack",
        "allowAllInClusterTraffic",
        "managedSecurityGroups",
        "set managedSecurityGroups: true, or leave it out",
      ),
    );
  }
  return problems;
}

function proxmoxProblems(proxmox: ProxmoxConfig, cluster: LatticeCluster): Problem[] {
  return [
    ...addressProblems(proxmox),
    ...ipv6Problems(proxmox),
    ...vmIdProblems(proxmox),
    ...targetProblems(proxmox),
    ...nodeClassProblems(cluster),
  ];
}

function addressProblems(proxmox: ProxmoxConfig): Problem[] {
  const at = `${FIELD}.proxmox`;
  const range = parseRange(proxmox.ipv4Pool.range);
  if (typeof range === "string") {
    return [{
      field: `${at}.ipv4Pool.range`,
      reason: `${JSON.stringify(proxmox.ipv4Pool.range)} ${range}`,
      remedy: "write first-last/prefix, e.g. 10.0.0.101-110/24",
    }];
  }
  const network = blockOf(range.first, range.prefix);
  const problems: Problem[] = [];
  const check = (field: string, address: string, what: string): void => {
    const value = parseAddress(address) ?? -1;
    const remedy = "choose a free address of the machines' network, outside of the range";
    if (value < network.first || value > network.last) {
      problems.push({ field, reason: `${address}, ${what}, is outside of the network`, remedy });
    } else if (value >= range.first && value <= range.last) {
      problems.push({ field, reason: `${address}, ${what}, lies inside of the range`, remedy });
    }
  };
  check(`${at}.ipv4Pool.gateway`, proxmox.ipv4Pool.gateway, "the gateway");
  check(`${at}.controlPlaneEndpoint`, proxmox.controlPlaneEndpoint, "the virtual address");
  return problems;
}

function ipv6Problems({ ipv6Pool }: ProxmoxConfig): Problem[] {
  if (!ipv6Pool) return [];
  const at = `${FIELD}.proxmox.ipv6Pool`;
  const range = parseRangeV6(ipv6Pool.range);
  if (typeof range === "string") {
    return [{
      field: `${at}.range`,
      reason: `${JSON.stringify(ipv6Pool.range)} ${range}`,
      remedy: "write first-last/prefix, e.g. fd00::10-fd00::20/64",
    }];
  }
  const { gateway } = ipv6Pool;
  const address = parseAddressV6(gateway);
  if (address === undefined) {
    return [{
      field: `${at}.gateway`,
      reason: `${JSON.stringify(gateway)} is not an IPv6 address`,
      remedy: "write one, e.g. fd00::1",
    }];
  }
  const inside = address >= range.first && address <= range.last;
  // Routers are often reached by a link-local address, which is in no network.
  if (!inside && (isLinkLocal(address) || sameNetwork(address, range.first, range.prefix))) {
    return [];
  }
  return [{
    field: `${at}.gateway`,
    reason: `${gateway}, the gateway, ${
      inside ? "lies inside of the range" : "is outside of the network"
    }`,
    remedy: "choose a free address of the machines' network, outside of the range",
  }];
}

function isLinkLocal(address: bigint): boolean {
  return address >> 118n === 0xfe80n >> 6n;
}

function targetProblems({ targetNode, allowedNodes }: ProxmoxConfig): Problem[] {
  if (targetNode === undefined || allowedNodes.length === 0) return [];
  if (allowedNodes.includes(targetNode)) return [];
  return [{
    field: `${FIELD}.proxmox.targetNode`,
    reason: `${targetNode} is not one of allowedNodes, ${allowedNodes.join(", ")}`,
    remedy: "add it to allowedNodes, or leave targetNode out",
  }];
}

function vmIdProblems({ vmidMin, vmidMax }: ProxmoxConfig): Problem[] {
  if (vmidMin === undefined || vmidMax === undefined || vmidMin <= vmidMax) return [];
  return [{
    field: `${FIELD}.proxmox.vmidMin`,
    reason: `${vmidMin} is above vmidMax, ${vmidMax}`,
    remedy: "make vmidMin at most vmidMax",
  }];
}

function nodeClassProblems(cluster: LatticeCluster): Problem[] {
  return Object.entries(cluster.spec.nodes.workerPools).flatMap(([id, pool]) => {
    const size = pool.nodeClass === undefined ? undefined : parseMachineSize(pool.nodeClass);
    const field = `spec.nodes.workerPools.${id}.nodeClass`;
    if (size && size.memoryMib % MEMORY_STEP_MIB !== 0) {
      return [{
        field,
        reason: `the memory, ${size.memoryMib}, is not a multiple of ${MEMORY_STEP_MIB}`,
        remedy: "round it, e.g. to 8192",
      }];
    }
    if (pool.nodeClass === undefined || size) return [];
    return [{
      field,
      reason: `${JSON.stringify(pool.nodeClass)} is not the shape of a Proxmox machine`,
      remedy: "write CORESxMIB or CORESxMIBxGB, e.g. 8x16384x100",
    }];
  });
}
