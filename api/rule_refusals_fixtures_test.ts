/**
 * Files that are refused, and why: what the provider's own API or the provisioning would only find out much later. No
 * tests of its own.
 *
 * @module
 */
import { type Case, type Edit, LOCAL, pool, swap, withConfig } from "./testing.ts";

const AT = "spec.provider.config";
const DOCKER = swap("local: {}", "docker: {}")(swap("providerRef: local", "providerRef: x")(LOCAL));

/** The small cluster on Docker, where any supported version can be had. */
const version = (text: string): string => swap('"1.35.4"', `"${text}"`)(DOCKER);
/** A block of addresses for load balancers, and more lines of the spec. */
const block = (cidr: string, more = ""): Edit =>
  swap("  nodes:", `  networking: {default: {cidr: ${cidr}}}\n${more}  nodes:`);
const rke2 = swap("bootstrap: kubeadm", "bootstrap: rke2");
const parent = (fields: string) => `  parentConfig: {service: {type: LoadBalancer}, ${fields}}\n`;

/** By what is wrong with them. */
export const RULE_REFUSALS: Readonly<Record<string, Case>> = {
  "version that Cluster API no longer supports": {
    input: version("1.29.14"),
    line:
      "c.yaml:9: spec.provider.kubernetes.version: Kubernetes 1.29.14 is not supported by Cluster API; write a version from 1.30 to 1.36",
  },
  "version that Cluster API does not support yet": {
    input: version("v1.37.0"),
    line:
      "c.yaml:9: spec.provider.kubernetes.version: Kubernetes 1.37.0 is not supported by Cluster API; write a version from 1.30 to 1.36",
  },
  "version of Kubernetes 2": {
    input: version("2.0.0"),
    line:
      'c.yaml:9: spec.provider.kubernetes.version: "2.0.0" is not a Kubernetes version; write 1.MINOR.PATCH, e.g. "1.35.4"',
  },
  "certificate name with a scheme": {
    input: swap("bootstrap: kubeadm", 'certSANs: ["https://api.example.com"]')(LOCAL),
    line:
      'c.yaml:10: spec.provider.kubernetes.certSANs[0]: "https://api.example.com" is not a DNS name or an IP address; write it without a scheme, a port or a path',
  },
  "docker with a field of another cloud": {
    input: swap("docker: {}", "docker: {imageName: ubuntu}")(DOCKER),
    line: `c.yaml:12: ${AT}.docker.imageName: unknown field; it belongs to ${AT}.openstack`,
  },
  "docker with an empty image": {
    input: swap("docker: {}", 'docker: {nodeImage: ""}')(DOCKER),
    line: `c.yaml:12: ${AT}.docker.nodeImage: must not be empty; write a value`,
  },
  "aws with an empty region": {
    input: swap("region: us-west-2", 'region: ""')(withConfig("aws")),
    line: `c.yaml:13: ${AT}.aws.region: must not be empty; write a value`,
  },
  "aws without an instance type": {
    input: swap("        cpInstanceType: m5.xlarge\n", "")(withConfig("aws")),
    line: `c.yaml:12: ${AT}.aws.cpInstanceType: is missing; write cpInstanceType as a string`,
  },
  "aws without a type of workers": {
    input: swap("        workerInstanceType: m5.large\n", "")(withConfig("aws")),
    line:
      `c.yaml:12: ${AT}.aws.workerInstanceType: is missing; write workerInstanceType as a string`,
  },
  "aws without a key": {
    input: swap("        sshKeyName: lattice-key", "        amiId: ami-0")(withConfig("aws")),
    line: `c.yaml:12: ${AT}.aws.sshKeyName: is missing; write sshKeyName as a string`,
  },
  "aws with a name in place of a VPC's id": {
    input: withConfig("aws", "vpcId: production\n        subnetIds: [subnet-0]"),
    line:
      `c.yaml:17: ${AT}.aws.vpcId: "production" is not the id of a VPC; write vpc-…, as the AWS console shows it`,
  },
  "aws with a zone in place of a subnet's id": {
    input: withConfig("aws", "vpcId: vpc-0\n        subnetIds: [us-west-2a]"),
    line:
      `c.yaml:18: ${AT}.aws.subnetIds[0]: "us-west-2a" is not the id of a subnet; write subnet-…, as the AWS console shows it`,
  },
  "aws with a subnet that is there twice": {
    input: withConfig("aws", "vpcId: vpc-0\n        subnetIds: [subnet-0, subnet-0]"),
    line: `c.yaml:18: ${AT}.aws.subnetIds[1]: subnet-0 is there twice; keep one of them`,
  },
  "aws with a name in place of an image's id": {
    input: withConfig("aws", "amiId: ubuntu"),
    line:
      `c.yaml:17: ${AT}.aws.amiId: "ubuntu" is not the id of a machine image; write ami-…, as the AWS console shows it`,
  },
  "aws with a volume that needs more settings": {
    input: withConfig("aws", "cpRootVolumeType: io2"),
    line:
      `c.yaml:17: ${AT}.aws.cpRootVolumeType: "io2" is not a legal value; write gp3 or gp2 or standard`,
  },
  "aws with a volume of no size": {
    input: withConfig("aws", "workerRootVolumeSizeGb: 0"),
    line:
      `c.yaml:17: ${AT}.aws.workerRootVolumeSizeGb: must be at least 1, not 0; make it at least 1`,
  },
  "aws with RKE2 behind a classic load balancer": {
    input: rke2(withConfig("aws", "loadBalancerType: classic")),
    line:
      `c.yaml:17: ${AT}.aws.loadBalancerType: classic serves one port, but nodes of RKE2 join at a second one; write nlb, or set bootstrap: kubeadm`,
  },
  "a private key": {
    input: withConfig("aws", "sshAuthorizedKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----']"),
    line:
      `c.yaml:17: ${AT}.aws.sshAuthorizedKeys[0]: "-----BEGIN OPENSSH PRIVATE KEY-----" is not a public SSH key; write the one line of a .pub file, e.g. ssh-ed25519 AAAA… name`,
  },
  "openstack without an external network": {
    input: swap("        externalNetwork: public\n", "")(withConfig("openstack")),
    line:
      `c.yaml:12: ${AT}.openstack.externalNetwork: is missing; write externalNetwork as a string`,
  },
  "openstack without an image": {
    input: swap("        imageName: ubuntu\n", "")(withConfig("openstack")),
    line: `c.yaml:12: ${AT}.openstack.imageName: is missing; write imageName as a string`,
  },
  "openstack network without a prefix": {
    input: withConfig("openstack", "nodeCidr: 10.7.0.0"),
    line:
      `c.yaml:18: ${AT}.openstack.nodeCidr: "10.7.0.0" is not an IPv4 network; write address and prefix length, e.g. 10.0.0.0/24`,
  },
  "openstack volume type of workers without a size": {
    input: withConfig("openstack", "workerRootVolumeType: ssd"),
    line:
      `c.yaml:18: ${AT}.openstack.workerRootVolumeType: is set without workerRootVolumeSizeGb; set workerRootVolumeSizeGb, too`,
  },
  "openstack without a name server": {
    input: withConfig("openstack", "dnsNameservers: []"),
    line:
      `c.yaml:18: ${AT}.openstack.dnsNameservers: must be at least 1 elements long; make it at least 1`,
  },
  "proxmox without a virtual address": {
    input: swap("        controlPlaneEndpoint: 10.0.0.100\n", "")(withConfig("proxmox")),
    line:
      `c.yaml:12: ${AT}.proxmox.controlPlaneEndpoint: is missing; write controlPlaneEndpoint as a string`,
  },
  "proxmox without a range": {
    input: swap("range: 10.0.0.101-110/24, ", "")(withConfig("proxmox")),
    line: `c.yaml:14: ${AT}.proxmox.ipv4Pool.range: is missing; write range as a string`,
  },
  "proxmox virtual address outside of the network": {
    input: swap("10.0.0.100", "10.0.1.100")(withConfig("proxmox")),
    line:
      `c.yaml:13: ${AT}.proxmox.controlPlaneEndpoint: 10.0.1.100, the virtual address, is outside of the network; choose a free address of the machines' network, outside of the range`,
  },
  "proxmox gateway in the range": {
    input: swap("gateway: 10.0.0.1", "gateway: 10.0.0.105")(withConfig("proxmox")),
    line:
      `c.yaml:14: ${AT}.proxmox.ipv4Pool.gateway: 10.0.0.105, the gateway, lies inside of the range; choose a free address of the machines' network, outside of the range`,
  },
  "proxmox memory that is not a multiple of 8": {
    input: swap("cpMemoryMib: 8192", "cpMemoryMib: 8190")(withConfig("proxmox")),
    line:
      `c.yaml:16: ${AT}.proxmox.cpMemoryMib: 8190 is not a multiple of 8; round it, e.g. to 8192`,
  },
  "proxmox node class whose memory is not a multiple of 8": {
    input: pool("replicas: 2\n        nodeClass: 8x16381")(withConfig("proxmox")),
    line:
      "c.yaml:26: spec.nodes.workerPools.general.nodeClass: the memory, 16381, is not a multiple of 8; round it, e.g. to 8192",
  },
  "proxmox interface with a shell's characters": {
    input: withConfig("proxmox", "virtualIpNetworkInterface: 'eth0; id'"),
    line:
      `c.yaml:21: ${AT}.proxmox.virtualIpNetworkInterface: "eth0; id" is not the name of a network interface; use letters, digits, '_', '.' and '-'`,
  },
  "proxmox target that is not allowed": {
    input: withConfig("proxmox", "targetNode: pve-3\n        allowedNodes: [pve-1, pve-2]"),
    line:
      `c.yaml:21: ${AT}.proxmox.targetNode: pve-3 is not one of allowedNodes, pve-1, pve-2; add it to allowedNodes, or leave targetNode out`,
  },
  "proxmox network card": {
    input: withConfig("proxmox", "networkModel: e100"),
    line: `c.yaml:21: ${AT}.proxmox.networkModel: "e100" is not a legal value; did you mean e1000?`,
  },
  "proxmox VLAN": {
    input: withConfig("proxmox", "vlan: 4095"),
    line: `c.yaml:21: ${AT}.proxmox.vlan: must be at most 4094, not 4095; make it at most 4094`,
  },
  "proxmox IPv6 range that is none": {
    input: withConfig("proxmox", "ipv6Pool: {range: 'fd00::1::2-fd00::9/64', gateway: 'fd00::1'}"),
    line:
      `c.yaml:21: ${AT}.proxmox.ipv6Pool.range: "fd00::1::2-fd00::9/64" is not a range of IPv6 addresses; write first-last/prefix, e.g. fd00::10-fd00::20/64`,
  },
  "proxmox IPv6 range that ends before it starts": {
    input: withConfig("proxmox", "ipv6Pool: {range: 'fd00::9-fd00::2/64', gateway: 'fd00::1'}"),
    line:
      `c.yaml:21: ${AT}.proxmox.ipv6Pool.range: "fd00::9-fd00::2/64" ends before it starts; write first-last/prefix, e.g. fd00::10-fd00::20/64`,
  },
  "proxmox IPv6 gateway that is none": {
    input: withConfig("proxmox", "ipv6Pool: {range: 'fd00::2-fd00::9/64', gateway: 10.0.0.1}"),
    line:
      `c.yaml:21: ${AT}.proxmox.ipv6Pool.gateway: "10.0.0.1" is not an IPv6 address; write one, e.g. fd00::1`,
  },
  "proxmox IPv6 gateway outside of the network": {
    input: withConfig("proxmox", "ipv6Pool: {range: 'fd00::2-fd00::9/64', gateway: 'fd01::1'}"),
    line:
      `c.yaml:21: ${AT}.proxmox.ipv6Pool.gateway: fd01::1, the gateway, is outside of the network; choose a free address of the machines' network, outside of the range`,
  },
  "load balancers on the addresses of machines": {
    input: block("10.0.0.104/30")(withConfig("proxmox")),
    line:
      "c.yaml:21: spec.networking.default.cidr: 10.0.0.104/30 holds 10.0.0.101-10.0.0.110, the addresses of the machines; choose a block that is free of it",
  },
  "load balancers on the virtual address": {
    input: block("10.0.0.100/32")(withConfig("proxmox")),
    line:
      "c.yaml:21: spec.networking.default.cidr: 10.0.0.100/32 holds 10.0.0.100, the virtual address of the API server; choose a block that is free of it",
  },
  "load balancers around the addresses of services": {
    input: block("10.0.0.0/8")(DOCKER),
    line:
      "c.yaml:13: spec.networking.default.cidr: 10.0.0.0/8 overlaps the addresses of services, 10.128.0.0/12; choose a network outside of it",
  },
  "parent's host outside of the load balancers' addresses": {
    input: block("172.18.255.0/28", parent("host: 172.18.1.1"))(DOCKER),
    line:
      "c.yaml:14: spec.parentConfig.host: 172.18.1.1 lies outside of spec.networking.default.cidr, 172.18.255.0/28; choose an address of that block, or change the block",
  },
  "parent's host with a port": {
    input: swap("  nodes:", `${parent("host: 'parent.example.com:8443'")}  nodes:`)(DOCKER),
    line:
      'c.yaml:13: spec.parentConfig.host: "parent.example.com:8443" is not a DNS name or an IP address; write it without a scheme, a port or a path',
  },
  "two ports of a parent that are the same": {
    input: swap("  nodes:", `${parent("proxyPort: 8443")}  nodes:`)(DOCKER),
    line:
      "c.yaml:13: spec.parentConfig.proxyPort: 8443 is the port of bootstrapPort, too; give each a port of its own",
  },
};
