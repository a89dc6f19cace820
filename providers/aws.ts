/**
 * EC2 instances as machines, through CAPA.
 *
 * @module
 */
import type { AwsConfig } from "@lattice/api";
import {
  EVICTION,
  type Infrastructure,
  INFRASTRUCTURE_GROUP,
  RKE2_JOIN_PORT,
} from "./infrastructure.ts";
import type { NamedPool } from "./pools.ts";
import type { Rendering } from "./rendering.ts";

/** Traffic between nodes that Cilium needs. */
const CILIUM_RULES = [
  { description: "Cilium VXLAN", protocol: "udp", fromPort: 8472, toPort: 8472 },
  { description: "Cilium health", protocol: "tcp", fromPort: 4240, toPort: 4240 },
  { description: "Cilium ping", protocol: "icmp", fromPort: -1, toPort: -1 },
];

const FROM_NODES = { sourceSecurityGroupRoles: ["controlplane", "node"] };

/** The API server at its load balancer, for everybody: what CAPA allows by itself while there are no other rules. */
const API_RULE = {
  description: "Kubernetes API",
  protocol: "tcp",
  fromPort: 6443,
  toPort: 6443,
  cidrBlocks: ["0.0.0.0/0"],
};

/** Amazon EC2. */
export const aws: Infrastructure = {
  clusterKind: "AWSCluster",
  templateKind: "AWSMachineTemplate",
  apiVersion: () => `${INFRASTRUCTURE_GROUP}/v1beta2`,
  extraLabels: { ccm: "external", csi: "external" },
  nodes: (rendering) => {
    const { sshAuthorizedKeys } = configOf(rendering);
    return {
      kubeletArgs: [EVICTION, ["cloud-provider", "external"]],
      nodeName: "{{ ds.meta_data.local_hostname }}",
      externalCloud: true,
      ...(sshAuthorizedKeys ? { sshAuthorizedKeys } : {}),
    };
  },
  clusterSpec,
  machineSpec,
};

function configOf({ cluster }: Rendering): AwsConfig {
  const { aws } = cluster.spec.provider.config;
  if (!aws) throw new RangeError("Cannot render for AWS without spec.provider.config.aws");
  return aws;
}

function clusterSpec(rendering: Rendering): Record<string, unknown> {
  const config = configOf(rendering);
  const rke2 = rendering.cluster.spec.provider.kubernetes.bootstrap === "rke2";
  return {
    region: config.region,
    sshKeyName: config.sshKeyName,
    network: {
      ...(config.vpcId ? { vpc: { id: config.vpcId } } : {}),
      ...(config.subnetIds ? { subnets: config.subnetIds.map((id) => ({ id })) } : {}),
      cni: { cniIngressRules: CILIUM_RULES.map((rule) => ({ ...rule })) },
      ...(rke2 ? { additionalControlPlaneIngressRules: [joinRule(FROM_NODES)] } : {}),
    },
    controlPlaneLoadBalancer: {
      loadBalancerType: config.loadBalancerType,
      scheme: config.internalLoadBalancer ? "internal" : "internet-facing",
      healthCheckProtocol: "HTTPS",
      ...(rke2 ? rke2Listener(config) : {}),
    },
  };
}

/** Nodes of RKE2 join at a port of their own: first through the load balancer, then at each server. */
function rke2Listener({ internalLoadBalancer }: AwsConfig): Record<string, unknown> {
  // Nodes reach a public load balancer through a NAT gateway, an internal one with their own addresses.
  const source = internalLoadBalancer ? FROM_NODES : { natGatewaysIPsSource: true };
  return {
    additionalListeners: [{ port: RKE2_JOIN_PORT, protocol: "TCP" }],
    ingressRules: [{ ...API_RULE, cidrBlocks: [...API_RULE.cidrBlocks] }, joinRule(source)],
  };
}

function joinRule(source: Record<string, unknown>): Record<string, unknown> {
  return {
    description: "RKE2 join",
    protocol: "tcp",
    fromPort: RKE2_JOIN_PORT,
    toPort: RKE2_JOIN_PORT,
    ...structuredClone(source),
  };
}

function machineSpec(rendering: Rendering, named?: NamedPool): Record<string, unknown> {
  const config = configOf(rendering);
  const role = named
    ? {
      instanceType: named.pool.nodeClass ?? config.workerInstanceType,
      iamInstanceProfile: config.workerIamInstanceProfile,
      rootVolume: { size: config.workerRootVolumeSizeGb, type: config.workerRootVolumeType },
    }
    : {
      instanceType: config.cpInstanceType,
      iamInstanceProfile: config.cpIamInstanceProfile,
      rootVolume: { size: config.cpRootVolumeSizeGb, type: config.cpRootVolumeType },
    };
  return {
    ...role,
    sshKeyName: config.sshKeyName,
    ...(config.amiId ? { ami: { id: config.amiId } } : {}),
    // The keys make the user data too large for Secrets Manager.
    ...(config.sshAuthorizedKeys?.length
      ? { cloudInit: { insecureSkipSecretsManager: true } }
      : {}),
  };
}
