/**
 * The types of `LatticeCluster`, as it is after parsing: defaults are filled in.
 *
 * The zod schemas in `cluster_schema.ts` and `provider_schemas.ts` say the same to the machine; a
 * test holds the two together.
 *
 * @module
 */
import type { Condition, ObjectMeta } from "./objects.ts";

/** What creates the machines. */
export type ProviderName = "aws" | "docker" | "openstack" | "proxmox" | "local";

/** What turns a machine into a node. */
export type Bootstrap = "kubeadm" | "rke2";

/** A Kubernetes cluster that owns itself. Cluster-scoped. */
export interface LatticeCluster {
  /** Always `lattice.dev/v1alpha1`. */
  apiVersion: "lattice.dev/v1alpha1";
  /** Always `LatticeCluster`. */
  kind: "LatticeCluster";
  /** Metadata; the name is the name of the cluster. */
  metadata: ObjectMeta;
  /** What is wanted. */
  spec: LatticeClusterSpec;
  /** What was seen; written by the operator only. */
  status?: LatticeClusterStatus;
}

/** What is wanted of a cluster. */
export interface LatticeClusterSpec {
  /** Name of the CloudProvider that holds the credentials. */
  providerRef: string;
  /** Kubernetes and the infrastructure below it. */
  provider: ProviderSpec;
  /** Machines. */
  nodes: NodesSpec;
  /** Addresses for Services of type LoadBalancer. */
  networking?: NetworkingSpec;
  /** Present: the cluster can provision child clusters. */
  parentConfig?: ParentConfig;
  /** Free text, shown only. */
  environment?: string;
  /** Free text, shown only. */
  region?: string;
}

/** Kubernetes and the infrastructure below it. */
export interface ProviderSpec {
  /** Kubernetes itself. */
  kubernetes: KubernetesSpec;
  /** Configuration of exactly one provider. */
  config: ProviderConfig;
  /** Overrides the credentials of the CloudProvider for this cluster. */
  credentialsSecretRef?: SecretRef;
}

/** Kubernetes itself. */
export interface KubernetesSpec {
  /** Version such as `1.35.4`; a leading `v` is tolerated. */
  version: string;
  /** Further names and addresses in the API server's certificate. */
  certSANs?: string[];
  /** What turns a machine into a node. Default: `kubeadm`. */
  bootstrap: Bootstrap;
}

/** Points to a Secret. */
export interface SecretRef {
  /** Name of the Secret. */
  name: string;
  /** Its namespace. Default: `lattice-system`. */
  namespace: string;
}

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

/** Containers on this machine; nothing to configure. */
export type DockerConfig = Record<string, never>;

/** Processes on this machine; nothing to configure. */
export type LocalConfig = Record<string, never>;

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
  cpRootVolumeType: string;
  /** Root volume of workers, in GiB. Default: 80. */
  workerRootVolumeSizeGb: number;
  /** Root volume type of workers. Default: `gp3`. */
  workerRootVolumeType: string;
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

/** Machines of a cluster. */
export interface NodesSpec {
  /** Number of control-plane machines: 1, 3, 5, … */
  controlPlane: number;
  /** Worker pools by id. Default: none. */
  workerPools: Record<string, WorkerPool>;
}

/** Workers of one shape. */
export interface WorkerPool {
  /** Name for people. */
  displayName?: string;
  /** Number of workers; with `min` and `max` the first number only. */
  replicas: number;
  /** Shape of the machines: instance type, flavor, or on Proxmox `CORESxMIB[xGB]`. */
  nodeClass?: string;
  /** Node labels. */
  labels?: Record<string, string>;
  /** Node taints. */
  taints?: Taint[];
  /** Smallest number; with `max` the autoscaler owns the number. */
  min?: number;
  /** Largest number. */
  max?: number;
}

/** A node taint. */
export interface Taint {
  /** Key. */
  key: string;
  /** Value. */
  value?: string;
  /** What happens to pods that do not tolerate it. */
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Addresses for Services of type LoadBalancer. */
export interface NetworkingSpec {
  /** The default pool. */
  default?: {
    /** Block of addresses, e.g. `172.18.255.1/32`. */
    cidr: string;
  };
}

/** How children reach this cluster. */
export interface ParentConfig {
  /** Address of the load balancer; found out on clouds. */
  host?: string;
  /** Port of the agents' stream. Default: 50051. */
  grpcPort: number;
  /** Port of the bootstrap webhook. Default: 8443. */
  bootstrapPort: number;
  /** Port of the CAPI proxy. Default: 8081. */
  proxyPort: number;
  /** The Service in front. */
  service: {
    /** Type of the Service. */
    type: "LoadBalancer" | "NodePort" | "ClusterIP";
  };
}

/** Where a cluster is in its life. */
export type ClusterPhase =
  | "Pending"
  | "Provisioning"
  | "Pivoting"
  | "Pivoted"
  | "Ready"
  | "Deleting"
  | "Unpivoting"
  | "Failed";

/** What was seen of a cluster. */
export interface LatticeClusterStatus {
  /** Where the cluster is in its life. */
  phase?: ClusterPhase;
  /** Sentence for people. */
  message?: string;
  /** Type of the provider, for the column of `kubectl get`. */
  provider?: ProviderName;
  /** Aspects: Ready, InfrastructureReady, ControlPlaneReady, WorkersReady, … */
  conditions?: Condition[];
  /** Control-plane nodes that are ready. */
  readyControlPlane?: number;
  /** Workers that are ready. */
  readyWorkers?: number;
  /** What was seen of each pool. */
  workerPools?: Record<string, WorkerPoolStatus>;
  /** API server, `https://host:port`. */
  endpoint?: string;
  /** `metadata.generation` that the status is about. */
  observedGeneration?: number;
  /** The cluster owns its CAPI objects. */
  pivotComplete?: boolean;
  /** The first node came up and got its bundle. */
  bootstrapComplete?: boolean;
  /** The parent holds the CAPI objects again. */
  unpivotImportComplete?: boolean;
}

/** What was seen of a pool. */
export interface WorkerPoolStatus {
  /** Wanted number. */
  desiredReplicas: number;
  /** Machines. */
  currentReplicas: number;
  /** Ready nodes. */
  readyReplicas: number;
  /** The autoscaler owns the number. */
  autoscalingEnabled?: boolean;
  /** Sentence for people. */
  message?: string;
}
