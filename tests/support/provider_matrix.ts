/**
 * The clusters on which rendering for the cloud providers is tried: each provider with each bootstrap provider, in three
 * sizes.
 *
 * @module
 */
import { type Bootstrap, type LatticeCluster, parseCluster } from "@lattice/api";

/** Providers whose machines come from somebody else's controllers. */
export const CLOUDS = ["docker", "proxmox", "aws", "openstack"] as const;
/** One of them. */
export type Cloud = (typeof CLOUDS)[number];
/** Both bootstrap providers. */
export const BOOTSTRAPS: readonly Bootstrap[] = ["kubeadm", "rke2"];
/** The least that is legal; the cluster of the README; everything that can be set, with three pools. */
export const SIZES = ["minimal", "readme", "everything"] as const;
/** One of them. */
export type Size = (typeof SIZES)[number];

/** One cluster of the matrix. */
export interface MatrixCluster {
  /** `PROVIDER-BOOTSTRAP-SIZE`, also the name of the cluster. */
  readonly name: string;
  /** Provider. */
  readonly cloud: Cloud;
  /** Bootstrap provider. */
  readonly bootstrap: Bootstrap;
  /** Size. */
  readonly size: Size;
  /** The cluster, parsed. */
  readonly cluster: LatticeCluster;
}

type Fields = Record<string, unknown>;

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEONLYEXAMPLEONLYEXAMPLEONLYEXAMPLE admin";

/** What a provider requires. */
const REQUIRED: Readonly<Record<Cloud, Fields>> = {
  docker: {},
  proxmox: {
    controlPlaneEndpoint: "10.0.0.100",
    ipv4Pool: { range: "10.0.0.101-120/24", gateway: "10.0.0.1" },
    cpCores: 4,
    cpMemoryMib: 8192,
    cpDiskSizeGb: 40,
    workerCores: 4,
    workerMemoryMib: 8192,
    workerDiskSizeGb: 40,
  },
  aws: {
    region: "us-west-2",
    cpInstanceType: "m5.xlarge",
    workerInstanceType: "m5.large",
    sshKeyName: "lattice-key",
  },
  openstack: {
    externalNetwork: "public",
    cpFlavor: "m1.large",
    workerFlavor: "m1.medium",
    imageName: "ubuntu-24.04-k8s",
    sshKeyName: "lattice-key",
  },
};

/** Every other field of a provider. */
const OPTIONAL: Readonly<Record<Cloud, Fields>> = {
  docker: {
    nodeImage: "registry.example.com/kindest/node:v1.35.4",
    loadBalancerRepository: "registry.example.com/kindest",
  },
  proxmox: {
    ipv6Pool: { range: "fd00::101-fd00::120/64", gateway: "fd00::1" },
    cpSockets: 2,
    workerSockets: 2,
    sourceNode: "pve-1",
    templateTags: ["kubernetes", "v1.35.4"],
    snapName: "clean",
    targetNode: "pve-2",
    pool: "lattice",
    description: "Made by Lattice",
    tags: ["lattice"],
    allowedNodes: ["pve-1", "pve-2"],
    dnsServers: ["10.0.0.2"],
    sshAuthorizedKeys: [KEY],
    virtualIpNetworkInterface: "eth1",
    kubeVipImage: "registry.example.com/kube-vip:v0.8.0",
    bridge: "vmbr1",
    vlan: 20,
    networkModel: "e1000",
    memoryAdjustment: 150,
    vmidMin: 1000,
    vmidMax: 1999,
    skipCloudInitStatus: true,
    skipQemuGuestAgent: true,
  },
  aws: {
    cpIamInstanceProfile: "own-control-plane",
    workerIamInstanceProfile: "own-nodes",
    vpcId: "vpc-0a1b2c3d",
    subnetIds: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
    loadBalancerType: "classic",
    internalLoadBalancer: true,
    cpRootVolumeSizeGb: 100,
    cpRootVolumeType: "gp2",
    workerRootVolumeSizeGb: 200,
    workerRootVolumeType: "gp2",
    amiId: "ami-0a1b2c3d",
    sshAuthorizedKeys: [KEY],
  },
  openstack: {
    cloudName: "lab",
    dnsNameservers: ["10.6.0.2"],
    nodeCidr: "10.7.0.0/24",
    apiServerLoadBalancerFlavor: "ha",
    managedSecurityGroups: true,
    allowAllInClusterTraffic: true,
    cpAvailabilityZone: "az-1",
    workerAvailabilityZone: "az-2",
    cpRootVolumeSizeGb: 50,
    cpRootVolumeType: "ssd",
    workerRootVolumeSizeGb: 100,
    workerRootVolumeType: "hdd",
    sshAuthorizedKeys: [KEY],
  },
};

/** A shape of machine that differs from that of the other workers. */
const NODE_CLASS: Readonly<Record<Cloud, string>> = {
  docker: "ignored",
  proxmox: "8x32768x200",
  aws: "p3.2xlarge",
  openstack: "m1.xlarge",
};

/**
 * The configuration of a provider.
 *
 * @param cloud which one
 * @param bootstrap bootstrap provider that it goes with
 * @param size how much of it is written down
 * @returns `spec.provider.config.CLOUD`
 */
export function configOf(cloud: Cloud, bootstrap: Bootstrap, size: Size): Fields {
  if (size !== "everything") return { ...REQUIRED[cloud] };
  const all = { ...REQUIRED[cloud], ...OPTIONAL[cloud] };
  // A classic load balancer serves one port, and RKE2 needs two.
  return bootstrap === "rke2" && cloud === "aws" ? { ...all, loadBalancerType: "nlb" } : all;
}

/**
 * A cluster as its file would hold it.
 *
 * @param cloud provider
 * @param bootstrap bootstrap provider
 * @param size how large
 * @returns object, before defaults
 */
export function clusterFile(cloud: Cloud, bootstrap: Bootstrap, size: Size): Fields {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeCluster",
    metadata: { name: `${cloud}-${bootstrap}-${size}` },
    spec: {
      providerRef: cloud === "docker" ? "docker" : `${cloud}-account`,
      provider: {
        kubernetes: {
          version: size === "readme" ? "1.32.0" : "1.35.4",
          bootstrap,
          ...(size === "everything" ? { certSANs: ["api.example.com", "192.0.2.1"] } : {}),
        },
        config: { [cloud]: configOf(cloud, bootstrap, size) },
        ...(size === "everything" ? { credentialsSecretRef: { name: "own-credentials" } } : {}),
      },
      nodes: nodesOf(cloud, size),
      ...(size === "minimal" ? {} : { parentConfig: { service: { type: "LoadBalancer" } } }),
    },
  };
}

function nodesOf(cloud: Cloud, size: Size): Fields {
  if (size === "minimal") return { controlPlane: 1 };
  const nodeClass = NODE_CLASS[cloud];
  const gpu = { replicas: 2, nodeClass, min: 1, max: 8 };
  const workerPools = { general: { replicas: 10 }, gpu };
  if (size === "readme") return { controlPlane: 3, workerPools };
  const labels = { team: "batch", "node-role.kubernetes.io/batch": "" };
  const taints = [
    { key: "team", value: "batch", effect: "NoSchedule" },
    { key: "slow", effect: "PreferNoSchedule" },
  ];
  const batch = { displayName: "Batch", replicas: 3, min: 3, max: 30, labels, taints };
  return { controlPlane: 3, workerPools: { ...workerPools, batch } };
}

/**
 * All clusters of the matrix.
 *
 * @returns 4 providers x 2 bootstrap providers x 3 sizes
 */
export function matrix(): MatrixCluster[] {
  return CLOUDS.flatMap((cloud) =>
    BOOTSTRAPS.flatMap((bootstrap) =>
      SIZES.map((size) => ({
        name: `${cloud}-${bootstrap}-${size}`,
        cloud,
        bootstrap,
        size,
        cluster: parseCluster(JSON.stringify(clusterFile(cloud, bootstrap, size))),
      }))
    )
  );
}
