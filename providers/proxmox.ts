/**
 * Virtual machines of Proxmox VE as machines, through CAPMOX; kube-vip holds the API server's address.
 *
 * @module
 */
import { capiNamespace, parseMachineSize, parseRange, type ProxmoxConfig } from "@lattice/api";
import { EVICTION, type Infrastructure, INFRASTRUCTURE_GROUP } from "./infrastructure.ts";
import type { NamedPool } from "./pools.ts";
import type { Rendering } from "./rendering.ts";

const CREDENTIALS = "proxmox-credentials";
const BOOT_DISK = "scsi0";
const SMALLEST_VM_ID = 100;
const LARGEST_VM_ID = 999_999_999;

/** Proxmox VE. */
export const proxmox: Infrastructure = {
  clusterKind: "ProxmoxCluster",
  templateKind: "ProxmoxMachineTemplate",
  apiVersion: () => `${INFRASTRUCTURE_GROUP}/v1alpha1`,
  nodes: (rendering) => {
    const config = configOf(rendering);
    return {
      kubeletArgs: [EVICTION, ["provider-id", "proxmox://{{ ds.meta_data.instance_id }}"]],
      virtualAddress: {
        address: config.controlPlaneEndpoint,
        networkInterface: config.virtualIpNetworkInterface,
        image: config.kubeVipImage,
      },
      lastSANs: [config.controlPlaneEndpoint],
      ...(config.sshAuthorizedKeys ? { sshAuthorizedKeys: config.sshAuthorizedKeys } : {}),
    };
  },
  clusterSpec,
  machineSpec,
};

function configOf({ cluster }: Rendering): ProxmoxConfig {
  const { proxmox } = cluster.spec.provider.config;
  if (!proxmox) {
    throw new RangeError("Cannot render for Proxmox without spec.provider.config.proxmox");
  }
  return proxmox;
}

function clusterSpec(rendering: Rendering): Record<string, unknown> {
  const config = configOf(rendering);
  const { memoryAdjustment, ipv6Pool } = config;
  return {
    controlPlaneEndpoint: { host: config.controlPlaneEndpoint, port: 6443 },
    dnsServers: [...config.dnsServers],
    ...(config.allowedNodes.length > 0 ? { allowedNodes: [...config.allowedNodes] } : {}),
    ipv4Config: ipv4Config(config),
    ...(ipv6Pool ? { ipv6Config: ipv6Config(ipv6Pool) } : {}),
    credentialsRef: {
      name: rendering.cluster.spec.provider.credentialsSecretRef?.name ?? CREDENTIALS,
      namespace: capiNamespace(rendering.names.cluster),
    },
    ...(memoryAdjustment === undefined ? {} : { schedulerHints: { memoryAdjustment } }),
  };
}

function ipv4Config({ ipv4Pool }: ProxmoxConfig): Record<string, unknown> {
  const range = parseRange(ipv4Pool.range);
  if (typeof range === "string") {
    throw new RangeError(
      `Cannot render ipv4Pool.range as "${ipv4Pool.range}" ${range}: write first-last/prefix`,
    );
  }
  return { addresses: [range.text], prefix: range.prefix, gateway: ipv4Pool.gateway };
}

function ipv6Config(pool: { range: string; gateway: string }): Record<string, unknown> {
  const slash = pool.range.lastIndexOf("/");
  return {
    addresses: [pool.range.slice(0, slash)],
    prefix: Number(pool.range.slice(slash + 1)),
    gateway: pool.gateway,
  };
}

function machineSpec(rendering: Rendering, named?: NamedPool): Record<string, unknown> {
  const config = configOf(rendering);
  return {
    full: false,
    ...sizeOf(config, named),
    network: {
      default: {
        bridge: config.bridge,
        model: config.networkModel,
        ...(config.vlan === undefined ? {} : { vlan: config.vlan }),
      },
    },
    ...(config.templateTags
      ? { templateSelector: { matchTags: [...config.templateTags] } }
      : { templateID: config.templateId }),
    ...optional({
      sourceNode: config.sourceNode,
      snapName: config.snapName,
      target: config.targetNode,
      pool: config.pool,
      description: description(config, named),
      tags: config.tags?.length ? [...config.tags] : undefined,
      vmIDRange: vmIdRange(config),
      checks: checks(config),
    }),
  };
}

function sizeOf(config: ProxmoxConfig, named?: NamedPool): Record<string, unknown> {
  const own = named?.pool.nodeClass === undefined
    ? undefined
    : parseMachineSize(named.pool.nodeClass);
  const role = named
    ? {
      sockets: config.workerSockets,
      cores: own?.cores ?? config.workerCores,
      memory: own?.memoryMib ?? config.workerMemoryMib,
      disk: own?.diskGb ?? config.workerDiskSizeGb,
    }
    : {
      sockets: config.cpSockets,
      cores: config.cpCores,
      memory: config.cpMemoryMib,
      disk: config.cpDiskSizeGb,
    };
  return {
    numSockets: role.sockets,
    numCores: role.cores,
    memoryMiB: role.memory,
    disks: { bootVolume: { disk: BOOT_DISK, sizeGb: role.disk } },
  };
}

function description(config: ProxmoxConfig, named?: NamedPool): string | undefined {
  if (config.description === undefined || !named) return config.description;
  return `${config.description} (worker: ${named.id})`;
}

// CAPMOX wants both ends.
function vmIdRange({ vmidMin, vmidMax }: ProxmoxConfig): Record<string, number> | undefined {
  if (vmidMin === undefined && vmidMax === undefined) return undefined;
  return { start: vmidMin ?? SMALLEST_VM_ID, end: vmidMax ?? LARGEST_VM_ID };
}

function checks(
  { skipCloudInitStatus, skipQemuGuestAgent }: ProxmoxConfig,
): Record<string, unknown> | undefined {
  const set = optional({ skipCloudInitStatus, skipQemuGuestAgent });
  return Object.keys(set).length > 0 ? set : undefined;
}

function optional(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
