/**
 * Files that are refused, and why: networks and the configuration of each provider. No tests of its own.
 *
 * @module
 */
import { type Case, LOCAL, pool, swap, withConfig } from "./testing.ts";

/** By what is wrong with them. */
export const PROVIDER_REFUSALS: Readonly<Record<string, Case>> = {
  "load balancer network": {
    input: swap("  nodes:", "  networking: {default: {cidr: 10.0.0.1}}\n  nodes:")(LOCAL),
    line:
      'c.yaml:13: spec.networking.default.cidr: "10.0.0.1" is not an IPv4 network; write address and prefix length, e.g. 10.0.0.0/24',
  },
  "load balancer network inside of the pods'": {
    input: swap("  nodes:", "  networking: {default: {cidr: 192.168.1.0/24}}\n  nodes:")(LOCAL),
    line:
      "c.yaml:13: spec.networking.default.cidr: 192.168.1.0/24 overlaps the addresses of pods, 192.168.0.0/16; choose a network outside of it",
  },
  "parent without a service": {
    input: swap("  nodes:", "  parentConfig: {}\n  nodes:")(LOCAL),
    line: "c.yaml:13: spec.parentConfig.service: is missing; write service as a mapping",
  },
  "parent's port": {
    input: swap(
      "  nodes:",
      "  parentConfig: {grpcPort: 70000, service: {type: LoadBalancer}}\n  nodes:",
    )(LOCAL),
    line:
      "c.yaml:13: spec.parentConfig.grpcPort: must be at most 65535, not 70000; make it at most 65535",
  },
  "aws without a region": {
    input: swap("        region: us-west-2\n", "")(withConfig("aws")),
    line: "c.yaml:12: spec.provider.config.aws.region: is missing; write region as a string",
  },
  "aws with a VPC and no subnets": {
    input: withConfig("aws", "vpcId: vpc-1"),
    line:
      "c.yaml:17: spec.provider.config.aws.vpcId: is set without subnetIds; list the subnets of the VPC in subnetIds",
  },
  "aws with subnets and no VPC": {
    input: withConfig("aws", "subnetIds: [subnet-a, subnet-b]"),
    line:
      "c.yaml:17: spec.provider.config.aws.subnetIds: is set without vpcId; name the VPC of the subnets in vpcId",
  },
  "aws load balancer": {
    input: withConfig("aws", "loadBalancerType: alb"),
    line:
      'c.yaml:17: spec.provider.config.aws.loadBalancerType: "alb" is not a legal value; did you mean nlb?',
  },
  "openstack volume type without a size": {
    input: withConfig("openstack", "cpRootVolumeType: ssd"),
    line:
      "c.yaml:18: spec.provider.config.openstack.cpRootVolumeType: is set without cpRootVolumeSizeGb; set cpRootVolumeSizeGb, too",
  },
  "openstack traffic without security groups": {
    input: withConfig(
      "openstack",
      "allowAllInClusterTraffic: true\n        managedSecurityGroups: false",
    ),
    line:
      "c.yaml:18: spec.provider.config.openstack.allowAllInClusterTraffic: is set without managedSecurityGroups; set managedSecurityGroups: true, or leave it out",
  },
  "openstack network inside of the services'": {
    input: withConfig("openstack", "nodeCidr: 10.130.0.0/24"),
    line:
      "c.yaml:18: spec.provider.config.openstack.nodeCidr: 10.130.0.0/24 overlaps the addresses of services, 10.128.0.0/12; choose a network outside of it",
  },
  "openstack name server": {
    input: withConfig("openstack", "dnsNameservers: [dns.example.org]"),
    line:
      'c.yaml:18: spec.provider.config.openstack.dnsNameservers[0]: "dns.example.org" is not an IPv4 address; write four numbers from 0 to 255, e.g. 10.0.0.1',
  },
  "proxmox range": {
    input: swap("10.0.0.101-110/24", "10.0.0.101")(withConfig("proxmox")),
    line:
      'c.yaml:14: spec.provider.config.proxmox.ipv4Pool.range: "10.0.0.101" is not a range of addresses; write first-last/prefix, e.g. 10.0.0.101-110/24',
  },
  "proxmox range that ends before it starts": {
    input: swap("10.0.0.101-110/24", "10.0.0.111-110/24")(withConfig("proxmox")),
    line:
      'c.yaml:14: spec.provider.config.proxmox.ipv4Pool.range: "10.0.0.111-110/24" ends before it starts; write first-last/prefix, e.g. 10.0.0.101-110/24',
  },
  "proxmox prefix": {
    input: swap("-110/24", "-110/33")(withConfig("proxmox")),
    line:
      'c.yaml:14: spec.provider.config.proxmox.ipv4Pool.range: "10.0.0.101-110/33" has a prefix length above 32; write first-last/prefix, e.g. 10.0.0.101-110/24',
  },
  "proxmox virtual address in the range": {
    input: swap("10.0.0.100", "10.0.0.105")(withConfig("proxmox")),
    line:
      "c.yaml:13: spec.provider.config.proxmox.controlPlaneEndpoint: 10.0.0.105, the virtual address, lies inside of the range; choose a free address of the machines' network, outside of the range",
  },
  "proxmox gateway outside of the network": {
    input: swap("gateway: 10.0.0.1", "gateway: 10.0.1.1")(withConfig("proxmox")),
    line:
      "c.yaml:14: spec.provider.config.proxmox.ipv4Pool.gateway: 10.0.1.1, the gateway, is outside of the network; choose a free address of the machines' network, outside of the range",
  },
  "proxmox VM ids": {
    input: withConfig("proxmox", "vmidMin: 300\n        vmidMax: 200"),
    line:
      "c.yaml:21: spec.provider.config.proxmox.vmidMin: 300 is above vmidMax, 200; make vmidMin at most vmidMax",
  },
  "proxmox node class": {
    input: pool("replicas: 2\n        nodeClass: large")(withConfig("proxmox")),
    line:
      'c.yaml:26: spec.nodes.workerPools.general.nodeClass: "large" is not the shape of a Proxmox machine; write CORESxMIB or CORESxMIBxGB, e.g. 8x16384x100',
  },
};
