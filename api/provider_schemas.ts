/**
 * The provider part of a LatticeCluster: one schema a provider.
 *
 * @module
 */
import { z } from "zod";
import {
  cel,
  type CelRule,
  count,
  DEFAULT_NAME_SERVERS,
  ipv4,
  ipv4Cidr,
  sshKeys,
  text,
} from "./schema_parts.ts";
import { OWN_NETWORK_RULE, PROXMOX_NETWORK_RULES } from "./cluster_rules.ts";
import { MEMORY_STEP_MIB } from "./constants.ts";
import type {
  AwsConfig,
  DockerConfig,
  LocalConfig,
  OpenStackConfig,
  ProviderConfig,
  ProxmoxConfig,
} from "./provider_types.ts";

const volumeSize = (description: string) => count(description, 1, 16384);
const nameServers = z.array(ipv4).min(1).max(8).default([...DEFAULT_NAME_SERVERS]);

/** `spec.provider.config.docker`. */
export const dockerSchema: z.ZodType<DockerConfig> = z.strictObject({
  nodeImage: text("Image of the machines. Absent: CAPD's, or kindest/node with RKE2", 512)
    .exactOptional(),
  loadBalancerRepository: text("Repository of the load balancer's image, haproxy", 512)
    .exactOptional(),
}).describe("Containers on this machine, through CAPD; nothing has to be configured");

/** `spec.provider.config.local`. */
export const localSchema: z.ZodType<LocalConfig> = z.strictObject({})
  .describe("Processes on this machine; nothing to configure");

const keyPair = text("Name of an EC2 key pair").regex(/^[!-~]([ -~]*[!-~])?$/, {
  error: "is not the name of a key pair; use ASCII without a space at either end",
});
const awsId = (prefix: string, what: string) =>
  z.string().max(64).regex(new RegExp(`^${prefix}-[0-9a-f]+$`), {
    error: `is not the id of a ${what}; write ${prefix}-…, as the AWS console shows it`,
  });
// Others are no root volumes, or need a number of operations a second, which cannot be set here.
const awsVolumeType = z.enum(["gp3", "gp2", "standard"]);

/** A field that keeps the value it was made with, since the provider refuses a change. */
const fixed = (field: string): CelRule => ({
  rule: `self.${field} == oldSelf.${field}`,
  message: `${field} cannot be changed after the cluster was made`,
  fieldPath: `.${field}`,
});
/** The same for a field that may be absent. */
const fixedOptional = (field: string): CelRule => ({
  ...fixed(field),
  rule: `has(self.${field}) == has(oldSelf.${field}) && ` +
    `(!has(self.${field}) || self.${field} == oldSelf.${field})`,
});

/** `spec.provider.config.aws`. */
export const awsSchema: z.ZodType<AwsConfig> = z.strictObject({
  region: text("AWS region"),
  cpInstanceType: text("Instance type of control-plane machines"),
  workerInstanceType: text("Instance type of workers; a pool's nodeClass wins"),
  sshKeyName: keyPair,
  cpIamInstanceProfile: text("Instance profile of control-plane machines")
    .default("control-plane.cluster-api-provider-aws.sigs.k8s.io"),
  workerIamInstanceProfile: text("Instance profile of workers")
    .default("nodes.cluster-api-provider-aws.sigs.k8s.io"),
  vpcId: awsId("vpc", "VPC").describe("Existing VPC; needs subnetIds. Absent: a VPC is made")
    .exactOptional(),
  // An id of another form would name a subnet that CAPA is to make.
  subnetIds: z.array(awsId("subnet", "subnet")).min(1).max(64)
    .describe("Existing subnets of vpcId").meta({ "x-kubernetes-list-type": "set" })
    .exactOptional(),
  loadBalancerType: z.enum(["nlb", "classic"]).default("nlb")
    .describe("Load balancer of the API server"),
  internalLoadBalancer: z.boolean().default(false)
    .describe("Whether the load balancer has private addresses only"),
  cpRootVolumeSizeGb: volumeSize("Root volume of control-plane machines, in GiB").default(80),
  cpRootVolumeType: awsVolumeType.describe("Root volume type of control-plane machines")
    .default("gp3"),
  workerRootVolumeSizeGb: volumeSize("Root volume of workers, in GiB").default(80),
  workerRootVolumeType: awsVolumeType.describe("Root volume type of workers").default("gp3"),
  amiId: awsId("ami", "machine image").describe("Machine image. Absent: CAPA looks one up")
    .exactOptional(),
  sshAuthorizedKeys: sshKeys,
}).describe("Amazon EC2 through CAPA").meta(cel(
  {
    rule: "!has(self.vpcId) || has(self.subnetIds)",
    message: "vpcId needs subnetIds",
    fieldPath: ".vpcId",
  },
  {
    rule: "!has(self.subnetIds) || has(self.vpcId)",
    message: "subnetIds needs vpcId",
    fieldPath: ".subnetIds",
  },
  fixed("region"),
  fixedOptional("vpcId"),
  fixed("loadBalancerType"),
  fixed("internalLoadBalancer"),
));

/** `spec.provider.config.openstack`. */
export const openstackSchema: z.ZodType<OpenStackConfig> = z.strictObject({
  externalNetwork: text("Name of the external network"),
  cpFlavor: text("Flavor of control-plane machines"),
  workerFlavor: text("Flavor of workers; a pool's nodeClass wins"),
  imageName: text("Name of the image"),
  sshKeyName: text("Name of an OpenStack key pair"),
  cloudName: text("Entry of clouds.yaml").default("openstack"),
  dnsNameservers: nameServers.describe("Name servers of the cluster's subnet"),
  nodeCidr: ipv4Cidr.describe("Addresses of the cluster's subnet").meta(cel(OWN_NETWORK_RULE))
    .default("10.6.0.0/24"),
  apiServerLoadBalancerFlavor: text("Flavor of the API server's load balancer").exactOptional(),
  managedSecurityGroups: z.boolean().default(true).describe("Whether CAPO makes security groups"),
  allowAllInClusterTraffic: z.boolean().default(false)
    .describe("Whether those allow all traffic between nodes"),
  cpAvailabilityZone: text("Availability zone of control-plane machines").exactOptional(),
  workerAvailabilityZone: text("Availability zone of workers").exactOptional(),
  cpRootVolumeSizeGb: volumeSize("Root volume of control-plane machines, in GiB").exactOptional(),
  cpRootVolumeType: text("Volume type of control-plane machines").exactOptional(),
  workerRootVolumeSizeGb: volumeSize("Root volume of workers, in GiB").exactOptional(),
  workerRootVolumeType: text("Volume type of workers").exactOptional(),
  sshAuthorizedKeys: sshKeys,
}).describe("OpenStack through CAPO").meta(cel(
  {
    rule: "!has(self.cpRootVolumeType) || has(self.cpRootVolumeSizeGb)",
    message: "cpRootVolumeType needs cpRootVolumeSizeGb",
    fieldPath: ".cpRootVolumeType",
  },
  {
    rule: "!has(self.workerRootVolumeType) || has(self.workerRootVolumeSizeGb)",
    message: "workerRootVolumeType needs workerRootVolumeSizeGb",
    fieldPath: ".workerRootVolumeType",
  },
  {
    rule: "!self.allowAllInClusterTraffic || self.managedSecurityGroups",
    message: "allowAllInClusterTraffic needs managedSecurityGroups",
    fieldPath: ".allowAllInClusterTraffic",
  },
  {
    rule: "self.managedSecurityGroups || !oldSelf.managedSecurityGroups",
    message: "managedSecurityGroups cannot be turned off",
    fieldPath: ".managedSecurityGroups",
  },
  fixed("externalNetwork"),
  fixed("nodeCidr"),
  fixedOptional("apiServerLoadBalancerFlavor"),
));

const ADDRESS_RANGE = /^[0-9]+(\.[0-9]+){3}-[0-9]+((\.[0-9]+){3})?\/[0-9]+$/;

const addressRange = z.string().max(64).regex(ADDRESS_RANGE, {
  error: "is not a range of addresses; write first-last/prefix, e.g. 10.0.0.101-110/24",
}).describe("a.b.c.d-e/prefix or a.b.c.d-a.b.c.e/prefix");

const tag = z.string().max(128).regex(/^[A-Za-z0-9_][-A-Za-z0-9_+.]*$/, {
  error: "is not a Proxmox tag; use letters, digits, '_', '-', '+' and '.'",
}).describe("Tag");
// The name ends up in shell commands of the machines.
const interfaceName = z.string().max(15).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, {
  error: "is not the name of a network interface; use letters, digits, '_', '.' and '-'",
});
const memory = (description: string) =>
  count(description, 512, 16777216).multipleOf(MEMORY_STEP_MIB, {
    error: `is not a multiple of ${MEMORY_STEP_MIB}; round it, e.g. to 8192`,
  });
const ipv4Pool = z.strictObject({ range: addressRange, gateway: ipv4.describe("Gateway address") });
const ipv6Pool = z.strictObject({
  range: z.string().max(128).regex(
    /^[0-9a-fA-F:]+-[0-9a-fA-F:]+\/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$/,
    {
      error: "is not a range of IPv6 addresses; write first-last/prefix, e.g. fd00::10-fd00::20/64",
    },
  ).describe("First and last address and prefix length"),
  gateway: text("Gateway address"),
});

/** `spec.provider.config.proxmox`. */
export const proxmoxSchema: z.ZodType<ProxmoxConfig> = z.strictObject({
  controlPlaneEndpoint: ipv4.describe("Virtual address of the API server, held by kube-vip"),
  ipv4Pool: ipv4Pool.describe("Addresses of the machines"),
  ipv6Pool: ipv6Pool.describe("IPv6 addresses of the machines").exactOptional(),
  cpCores: count("Cores a socket of control-plane machines", 1, 512),
  cpMemoryMib: memory("Memory of control-plane machines, in MiB"),
  cpDiskSizeGb: count("Disk of control-plane machines, in GB", 5, 16384),
  cpSockets: count("Sockets of control-plane machines", 1, 8).default(1),
  workerCores: count("Cores a socket of workers", 1, 512),
  workerMemoryMib: memory("Memory of workers, in MiB"),
  workerDiskSizeGb: count("Disk of workers, in GB", 5, 16384),
  workerSockets: count("Sockets of workers", 1, 8).default(1),
  sourceNode: text("Proxmox node that holds the template").exactOptional(),
  templateId: count("VM id of the template; ignored with templateTags", 100, 999999999).default(
    9000,
  ),
  templateTags: z.array(tag).min(1).max(32).describe("Tags that select the template")
    .exactOptional(),
  snapName: text("Snapshot of the template to clone").exactOptional(),
  targetNode: text("Proxmox node to place machines on").exactOptional(),
  pool: text("Resource pool of the machines").exactOptional(),
  description: text("Description of the machines", 1024).exactOptional(),
  tags: z.array(tag).min(1).max(32).describe("Tags of the machines").exactOptional(),
  allowedNodes: z.array(text("Proxmox node")).max(256).default([])
    .describe("Proxmox nodes that may hold machines; empty: all"),
  dnsServers: nameServers.describe("Name servers of the machines"),
  sshAuthorizedKeys: sshKeys,
  virtualIpNetworkInterface: interfaceName.describe("Interface that carries the virtual address")
    .default("ens18"),
  kubeVipImage: text("Image of kube-vip", 512).default("ghcr.io/kube-vip/kube-vip:v0.8.0"),
  bridge: interfaceName.describe("Bridge of the machines").default("vmbr0"),
  vlan: count("VLAN of the machines", 1, 4094).exactOptional(),
  networkModel: z.enum(["virtio", "e1000", "rtl8139", "vmxnet3"]).default("virtio")
    .describe("Model of the network card"),
  memoryAdjustment: count("Share of a node's memory that machines may get, in per cent", 0, 1000)
    .exactOptional(),
  vmidMin: count("Smallest VM id to use", 100, 999999999).exactOptional(),
  vmidMax: count("Largest VM id to use", 100, 999999999).exactOptional(),
  skipCloudInitStatus: z.boolean().describe("Do not wait for cloud-init").exactOptional(),
  skipQemuGuestAgent: z.boolean().describe("Do not wait for the guest agent").exactOptional(),
}).describe("Proxmox VE through CAPMOX").meta(cel(
  {
    rule: "!has(self.vmidMin) || !has(self.vmidMax) || self.vmidMin <= self.vmidMax",
    message: "vmidMin must not be above vmidMax",
    fieldPath: ".vmidMin",
  },
  {
    rule: "!has(self.targetNode) || self.allowedNodes.size() == 0 || " +
      "self.targetNode in self.allowedNodes",
    message: "targetNode must be one of allowedNodes",
    fieldPath: ".targetNode",
  },
  ...PROXMOX_NETWORK_RULES,
  fixed("controlPlaneEndpoint"),
));

const PROVIDER_KEYS = ["aws", "docker", "openstack", "proxmox", "local"] as const;
const present = (of: string) => `[${PROVIDER_KEYS.map((key) => `has(${of}.${key})`).join(", ")}]`;

/** `spec.provider.config`; that exactly one key is set is a rule of `validate.ts` and of the CRD. */
export const providerConfigSchema: z.ZodType<ProviderConfig> = z.strictObject({
  aws: awsSchema.exactOptional(),
  docker: dockerSchema.exactOptional(),
  openstack: openstackSchema.exactOptional(),
  proxmox: proxmoxSchema.exactOptional(),
  local: localSchema.exactOptional(),
}).describe("Configuration of exactly one provider").meta(cel(
  {
    rule: `${present("self")}.filter(set, set).size() == 1`,
    message: "exactly one of aws, docker, openstack, proxmox, local must be set",
  },
  {
    rule: `${present("self")} == ${present("oldSelf")}`,
    message: "the provider of a cluster cannot be changed",
  },
));
