/**
 * OpenStack servers as machines, through CAPO.
 *
 * @module
 */
import type { OpenStackConfig } from "@lattice/api";
import {
  EVICTION,
  type Infrastructure,
  INFRASTRUCTURE_GROUP,
  RKE2_JOIN_PORT,
} from "./infrastructure.ts";
import type { NamedPool } from "./pools.ts";
import type { Rendering } from "./rendering.ts";

/** Secret with clouds.yaml, unless the cluster names another one. */
const CREDENTIALS = "openstack-cloud-config";

/** Traffic between nodes that Cilium needs and CAPO's own rules lack. */
const CILIUM_RULES = [
  { name: "cilium-vxlan", description: "Cilium VXLAN", protocol: "udp", port: 8472 },
  { name: "cilium-health", description: "Cilium health", protocol: "tcp", port: 4240 },
  { name: "cilium-ping", description: "Cilium ping", protocol: "icmp" },
];

/** OpenStack. */
export const openstack: Infrastructure = {
  clusterKind: "OpenStackCluster",
  templateKind: "OpenStackMachineTemplate",
  apiVersion: () => `${INFRASTRUCTURE_GROUP}/v1beta1`,
  nodes: (rendering) => {
    const { sshAuthorizedKeys } = configOf(rendering);
    return {
      // CAPO and the cloud controller manager write the (empty) region between the second and third slash.
      kubeletArgs: [EVICTION, ["provider-id", "openstack:///{{ ds.meta_data.instance_id }}"]],
      ...(sshAuthorizedKeys ? { sshAuthorizedKeys } : {}),
    };
  },
  clusterSpec,
  machineSpec,
  workerFailureDomain: (rendering) => configOf(rendering).workerAvailabilityZone,
};

function configOf({ cluster }: Rendering): OpenStackConfig {
  const { openstack } = cluster.spec.provider.config;
  if (!openstack) {
    throw new RangeError("Cannot render for OpenStack without spec.provider.config.openstack");
  }
  return openstack;
}

function clusterSpec(rendering: Rendering): Record<string, unknown> {
  const config = configOf(rendering);
  const credentials = rendering.cluster.spec.provider.credentialsSecretRef?.name ?? CREDENTIALS;
  const flavor = config.apiServerLoadBalancerFlavor;
  const rke2 = rendering.cluster.spec.provider.kubernetes.bootstrap === "rke2";
  // A machine template has no zone: CAPO takes it from the Machine, and that of the control plane from here.
  const zone = config.cpAvailabilityZone;
  return {
    ...(zone ? { controlPlaneAvailabilityZones: [zone] } : {}),
    externalNetwork: { filter: { name: config.externalNetwork } },
    identityRef: { cloudName: config.cloudName, name: credentials },
    managedSubnets: [{ cidr: config.nodeCidr, dnsNameservers: [...config.dnsNameservers] }],
    apiServerLoadBalancer: {
      enabled: true,
      ...(flavor ? { flavor } : {}),
      ...(rke2 ? { additionalPorts: [RKE2_JOIN_PORT] } : {}),
    },
    ...(config.managedSecurityGroups ? { managedSecurityGroups: securityGroups(config) } : {}),
  };
}

function securityGroups({ allowAllInClusterTraffic }: OpenStackConfig): Record<string, unknown> {
  // With all traffic allowed, rules for some of it would say nothing.
  if (allowAllInClusterTraffic) return { allowAllInClusterTraffic };
  return {
    allowAllInClusterTraffic,
    allNodesSecurityGroupRules: CILIUM_RULES.map(({ name, description, protocol, port }) => ({
      name,
      description,
      direction: "ingress",
      etherType: "IPv4",
      protocol,
      ...(port === undefined ? {} : { portRangeMin: port, portRangeMax: port }),
      remoteManagedGroups: ["controlplane", "worker"],
    })),
  };
}

function machineSpec(rendering: Rendering, named?: NamedPool): Record<string, unknown> {
  const config = configOf(rendering);
  const role = named
    ? {
      flavor: named.pool.nodeClass ?? config.workerFlavor,
      size: config.workerRootVolumeSizeGb,
      type: config.workerRootVolumeType,
    }
    : {
      flavor: config.cpFlavor,
      size: config.cpRootVolumeSizeGb,
      type: config.cpRootVolumeType,
    };
  return {
    flavor: role.flavor,
    image: { filter: { name: config.imageName } },
    sshKeyName: config.sshKeyName,
    ...(role.size === undefined
      ? {}
      : { rootVolume: { sizeGiB: role.size, ...(role.type ? { type: role.type } : {}) } }),
  };
}
