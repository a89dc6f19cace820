/**
 * The types of `spec.provider.config`, after parsing: defaults are filled in.
 *
 * @module
 */

/** Configuration of exactly one provider: one key is set. */
export interface ProviderConfig {
  /** Amazon EC2 through CAPA. */
  aws?: AwsConfig;
  /** Containers on this machine through CAPD. */
  docker?: DockerConfig;
  /** OpenStack through CAPO. */
  openstack?: OpenStackConfig;
  /** Proxmox VE through CAPMOX. */
  proxmox?: ProxmoxConfig;
  /** Processes on this machine. */
  local?: LocalConfig;
}

/** Containers on this machine; nothing has to be configured. */
export interface DockerConfig {
  /** Image of the machines. Absent: CAPD's for the version; with RKE2 `kindest/node:vVERSION`. */
  nodeImage?: string;
  /** Repository that holds the image `haproxy` of the load balancer. Absent: CAPD's, `kindest`. */
  loadBalancerRepository?: string;
}

/** Processes on this machine; nothing to configure. */
export type LocalConfig = Record<string, never>;

/** Types of EBS volumes that can be a root volume and need no further setting. */
export type AwsVolumeType = "gp3" | "gp2" | "standard";

/** Amazon EC2. */
export interface AwsConfig {
  /** Region, e.g. `us-west-2`. */
  region: string;
  /** Instance type of control-plane machines. */
  cpInstanceType: string;
  /** Instance type of workers; a pool's `nodeClass` wins. */
  workerInstanceType: string;
  /** Name of an EC2 key pair. */
  sshKeyName: string;
  /** Instance profile of control-plane machines. */
  cpIamInstanceProfile: string;
  /** Instance profile of workers. */
  workerIamInstanceProfile: string;
  /** Existing VPC; needs `subnetIds`. Absent: a VPC is made. */
  vpcId?: string;
  /** Existing subnets of `vpcId`. */
  subnetIds?: string[];
  /** Load balancer of the API server. Default: `nlb`. */
  loadBalancerType: "nlb" | "classic";
  /** Whether that load balancer has private addresses only. Default: false. */
  internalLoadBalancer: boolean;
  /** Root volume of control-plane machines, in GiB. Default: 80. */
  cpRootVolumeSizeGb: number;
  /** Root volume type of control-plane machines. Default: `gp3`. */
  cpRootVolumeType: AwsVolumeType;
  /** Root volume of workers, in GiB. Default: 80. */
  workerRootVolumeSizeGb: number;
  /** Root volume type of workers. Default: `gp3`. */
  workerRootVolumeType: AwsVolumeType;
  /** Machine image. Absent: CAPA looks one up. */
  amiId?: string;
  /** Keys that may log in to control-plane machines. */
  sshAuthorizedKeys?: string[];
}

/** OpenStack. */
export interface OpenStackConfig {
  /** Name of the external network. */
  externalNetwork: string;
  /** Flavor of control-plane machines. */
  cpFlavor: string;
  /** Flavor of workers; a pool's `nodeClass` wins. */
  workerFlavor: string;
  /** Name of the image. */
  imageName: string;
  /** Name of an OpenStack key pair. */
  sshKeyName: string;
  /** Entry of clouds.yaml. Default: `openstack`. */
  cloudName: string;
  /** Name servers of the cluster's subnet. */
  dnsNameservers: string[];
  /** Addresses of the cluster's subnet. Default: `10.6.0.0/24`. */
  nodeCidr: string;
  /** Flavor of the API server's load balancer. */
  apiServerLoadBalancerFlavor?: string;
  /** Whether CAPO makes security groups. Default: true. */
  managedSecurityGroups: boolean;
  /** Whether those allow all traffic between nodes. Default: false. */
  allowAllInClusterTraffic: boolean;
  /** Availability zone of control-plane machines. */
  cpAvailabilityZone?: string;
  /** Availability zone of workers. */
  workerAvailabilityZone?: string;
  /** Root volume of control-plane machines, in GiB. Absent: the flavor's disk. */
  cpRootVolumeSizeGb?: number;
  /** Volume type of control-plane machines. */
  cpRootVolumeType?: string;
  /** Root volume of workers, in GiB. Absent: the flavor's disk. */
  workerRootVolumeSizeGb?: number;
  /** Volume type of workers. */
  workerRootVolumeType?: string;
  /** Keys that may log in to control-plane machines. */
  sshAuthorizedKeys?: string[];
}

/** A range of addresses and the way out of them. */
export interface AddressPool {
  /** `a.b.c.d-e/prefix` or `a.b.c.d-a.b.c.e/prefix`. */
  range: string;
  /** Gateway address. */
  gateway: string;
}

/** Proxmox VE. */
export interface ProxmoxConfig {
  /** Virtual address of the API server, held by kube-vip. */
  controlPlaneEndpoint: string;
  /** Addresses of the machines. */
  ipv4Pool: AddressPool;
  /** IPv6 addresses of the machines. */
  ipv6Pool?: AddressPool;
  /** Cores a socket of control-plane machines. */
  cpCores: number;
  /** Memory of control-plane machines, in MiB. */
  cpMemoryMib: number;
  /** Disk of control-plane machines, in GB. */
  cpDiskSizeGb: number;
  /** Sockets of control-plane machines. Default: 1. */
  cpSockets: number;
  /** Cores a socket of workers. */
  workerCores: number;
  /** Memory of workers, in MiB. */
  workerMemoryMib: number;
  /** Disk of workers, in GB. */
  workerDiskSizeGb: number;
  /** Sockets of workers. Default: 1. */
  workerSockets: number;
  /** Proxmox node that holds the template. */
  sourceNode?: string;
  /** VM id of the template. Default: 9000; ignored with `templateTags`. */
  templateId: number;
  /** Tags that select the template. */
  templateTags?: string[];
  /** Snapshot of the template to clone. */
  snapName?: string;
  /** Proxmox node to place machines on. */
  targetNode?: string;
  /** Resource pool of the machines. */
  pool?: string;
  /** Description of the machines. */
  description?: string;
  /** Tags of the machines. */
  tags?: string[];
  /** Proxmox nodes that may hold machines; empty: all. */
  allowedNodes: string[];
  /** Name servers of the machines. */
  dnsServers: string[];
  /** Keys that may log in to control-plane machines. */
  sshAuthorizedKeys?: string[];
  /** Interface that carries the virtual address. Default: `ens18`. */
  virtualIpNetworkInterface: string;
  /** Image of kube-vip. */
  kubeVipImage: string;
  /** Bridge of the machines. Default: `vmbr0`. */
  bridge: string;
  /** VLAN of the machines. */
  vlan?: number;
  /** Model of the network card. Default: `virtio`. */
  networkModel: string;
  /** Share of a node's memory that may be given to machines, in per cent; 0: no limit. */
  memoryAdjustment?: number;
  /** Smallest VM id to use. */
  vmidMin?: number;
  /** Largest VM id to use. */
  vmidMax?: number;
  /** Do not wait for cloud-init. */
  skipCloudInitStatus?: boolean;
  /** Do not wait for the guest agent. */
  skipQemuGuestAgent?: boolean;
}
