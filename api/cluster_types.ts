/**
 * The types of `LatticeCluster`, as it is after parsing: defaults are filled in.
 *
 * The zod schemas in `cluster_schema.ts` and `provider_schemas.ts` say the same to the machine; a
 * test holds the two together.
 *
 * @module
 */
import type { Condition, ObjectMeta } from "./objects.ts";
import type { ProviderConfig } from "./provider_types.ts";

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
