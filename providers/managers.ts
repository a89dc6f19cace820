/**
 * The Cluster API managers that each provider needs beside the core one. Data only.
 *
 * @module
 */
import type { Bootstrap, CloudType } from "@lattice/api";

/** A manager. */
export interface ManagerRecipe {
  /** Name, also of its files `NAME-crds.yaml`, `NAME-webhooks.yaml` and `NAME-rbac.yaml`. */
  readonly name: string;
  /** Set of components that holds program and files. */
  readonly set: "aws" | "kubeadm" | "openstack" | "proxmox" | "rke2";
  /** File name of the program. */
  readonly program: string;
  /** One of its CRDs, by which it knows that it may start. */
  readonly crd: string;
  /** Words for its flags: those of Cluster API, or those of kubebuilder. */
  readonly flags: "capi" | "kubebuilder";
  /** Environment of its process; no secrets. */
  readonly env: Readonly<Record<string, string>>;
}

/** What `clusterctl init` calls the provider of machines, nodes and addresses. */
export interface ClusterctlNames {
  /** `--infrastructure`. */
  readonly infrastructure: string;
  /** `--ipam`, for providers that give out addresses themselves. */
  readonly ipam?: string;
}

const BOOTSTRAP = "bootstrap.cluster.x-k8s.io";
const CONTROL_PLANE = "controlplane.cluster.x-k8s.io";
const INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io";

const NODES: Readonly<Record<Bootstrap, readonly ManagerRecipe[]>> = {
  kubeadm: [
    {
      name: "kubeadm-bootstrap",
      set: "kubeadm",
      program: "kubeadm-bootstrap-manager",
      crd: `kubeadmconfigs.${BOOTSTRAP}`,
      flags: "capi",
      env: {},
    },
    {
      name: "kubeadm-control-plane",
      set: "kubeadm",
      program: "kubeadm-control-plane-manager",
      crd: `kubeadmcontrolplanes.${CONTROL_PLANE}`,
      flags: "capi",
      env: {},
    },
  ],
  rke2: [
    {
      name: "rke2-bootstrap",
      set: "rke2",
      program: "rke2-bootstrap-manager",
      crd: `rke2configs.${BOOTSTRAP}`,
      flags: "capi",
      env: {},
    },
    {
      name: "rke2-control-plane",
      set: "rke2",
      program: "rke2-control-plane-manager",
      crd: `rke2controlplanes.${CONTROL_PLANE}`,
      flags: "capi",
      env: {},
    },
  ],
};

const MACHINES: Readonly<Record<CloudType, readonly ManagerRecipe[]>> = {
  docker: [{
    name: "capd",
    set: "kubeadm",
    program: "capd-manager",
    crd: `dockerclusters.${INFRASTRUCTURE}`,
    flags: "capi",
    // Where its in-memory machines would listen; without it the process does not start.
    env: { POD_IP: "127.0.0.1" },
  }],
  aws: [{
    name: "capa",
    set: "aws",
    program: "capa-manager",
    crd: `awsclusters.${INFRASTRUCTURE}`,
    flags: "capi",
    // This machine may be an instance at AWS itself: its role is not what was asked for.
    env: { AWS_EC2_METADATA_DISABLED: "true" },
  }],
  openstack: [{
    name: "capo",
    set: "openstack",
    program: "capo-manager",
    crd: `openstackclusters.${INFRASTRUCTURE}`,
    flags: "capi",
    env: {},
  }],
  proxmox: [
    {
      name: "ipam",
      set: "proxmox",
      program: "ipam-manager",
      crd: "inclusterippools.ipam.cluster.x-k8s.io",
      flags: "kubebuilder",
      env: {},
    },
    {
      name: "capmox",
      set: "proxmox",
      program: "capmox-manager",
      crd: `proxmoxclusters.${INFRASTRUCTURE}`,
      flags: "kubebuilder",
      env: {},
    },
  ],
};

/**
 * The managers of a cluster's providers, in the order in which they start.
 *
 * @param type provider of the machines
 * @param bootstrap what turns machines into nodes
 */
export function managersOf(type: CloudType, bootstrap: Bootstrap): ManagerRecipe[] {
  return [...NODES[bootstrap], ...MACHINES[type]];
}

/** What `clusterctl init` calls each provider. */
export const CLUSTERCTL: Readonly<Record<CloudType, ClusterctlNames>> = {
  aws: { infrastructure: "aws" },
  docker: { infrastructure: "docker" },
  openstack: { infrastructure: "openstack" },
  proxmox: { infrastructure: "proxmox", ipam: "in-cluster" },
};

/**
 * Flags of a manager that runs as a process on this machine: one of it, nothing open to the network, no
 * metrics.
 *
 * @param recipe the manager
 * @param place where it runs
 */
export function managerFlags(
  { flags }: ManagerRecipe,
  place: {
    readonly kubeconfig: string;
    readonly webhookCertDir: string;
    readonly webhookPort: number;
    readonly healthAddress: string;
  },
): string[] {
  const names = flags === "capi"
    ? { health: "health-addr", metrics: "diagnostics-address" }
    : { health: "health-probe-bind-address", metrics: "metrics-bind-address" };
  return [
    `--kubeconfig=${place.kubeconfig}`,
    `--webhook-cert-dir=${place.webhookCertDir}`,
    `--webhook-port=${place.webhookPort}`,
    `--${names.health}=${place.healthAddress}`,
    `--${names.metrics}=0`,
    "--leader-elect=false",
  ];
}
