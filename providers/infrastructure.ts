/**
 * What a provider of machines must say, so that the rest can be rendered. A further provider is a file that makes one
 * of these, and a line in `render.ts`.
 *
 * @module
 */
import type { Bootstrap, KubeObject } from "@lattice/api";
import type { NamedPool } from "./pools.ts";
import type { Rendering } from "./rendering.ts";

/** API group of the providers' kinds. */
export const INFRASTRUCTURE_GROUP = "infrastructure.cluster.x-k8s.io";

/** Port at which nodes of RKE2 join. */
export const RKE2_JOIN_PORT = 9345;

/** An argument of a program: name without dashes, and value. */
export type Argument = readonly [name: string, value: string];

/** A virtual address that a pod on the control plane holds. */
export interface VirtualAddress {
  /** The address. */
  address: string;
  /** Network interface that carries it. */
  networkInterface: string;
  /** Image of kube-vip. */
  image: string;
}

/** What a provider's machines ask of whatever turns them into nodes. */
export interface NodeFacts {
  /** Arguments of every kubelet. */
  kubeletArgs: readonly Argument[];
  /** Name under which a node registers; absent: its host name. */
  nodeName?: string;
  /** A cloud controller manager outside of Kubernetes does what the cloud needs. */
  externalCloud?: boolean;
  /** Virtual address of the API server. */
  virtualAddress?: VirtualAddress;
  /** Names and addresses in front of the API server's own. */
  firstSANs?: readonly string[];
  /** Names and addresses behind the API server's own. */
  lastSANs?: readonly string[];
  /** Keys that may log in to control-plane machines. */
  sshAuthorizedKeys?: readonly string[];
}

/** A provider of machines. */
export interface Infrastructure {
  /** Kind of its cluster. */
  clusterKind: string;
  /** Kind of its machine templates. */
  templateKind: string;
  /** `apiVersion` of both, which may depend on the bootstrap provider. */
  apiVersion(bootstrap: Bootstrap): string;
  /** Labels of all objects of the cluster, beside the usual ones. */
  extraLabels?: Readonly<Record<string, string>>;
  /** What its machines ask of the bootstrap provider. */
  nodes(rendering: Rendering): NodeFacts;
  /** `spec` of its cluster. */
  clusterSpec(rendering: Rendering): Record<string, unknown>;
  /** Objects that its cluster refers to. */
  clusterParts?(rendering: Rendering): KubeObject[];
  /** `spec.template.spec` of a machine template; without a pool that of the control plane. */
  machineSpec(rendering: Rendering, named?: NamedPool): Record<string, unknown>;
  /** Failure domain of the workers, where the provider's configuration names one. */
  workerFailureDomain?(rendering: Rendering): string | undefined;
}

/** Kubelets never evict for want of disk: images are large, and disks of machines are small. */
export const EVICTION: Argument = [
  "eviction-hard",
  "nodefs.available<0%,imagefs.available<0%",
];
