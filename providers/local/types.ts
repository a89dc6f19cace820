/**
 * The kinds of the local provider, in the shape of CAPI's contract v1beta2.
 *
 * `LocalCluster` is the InfraCluster, `LocalMachine` and `LocalMachineTemplate` are InfraMachine and
 * InfraMachineTemplate, `LocalControlPlane` is the ControlPlane. What the contract asks for is named after the
 * contract; the few fields beside it say what they are for.
 *
 * @module
 */
import type { Bootstrap, Condition, ObjectMeta, Taint } from "@lattice/api";

/** Where an API server answers. */
export interface Endpoint {
  /** Host name or address. */
  host: string;
  /** Port, 1 to 65535. */
  port: number;
}

/** Points to an object of CAPI or of a provider in the same namespace. */
export interface ContractReference {
  /** API group, without version. */
  apiGroup: string;
  /** Kind. */
  kind: string;
  /** Name. */
  name: string;
}

/** Labels and annotations for objects that are made from a template. */
export interface TemplateMeta {
  /** Labels. */
  labels?: Record<string, string>;
  /** Annotations. */
  annotations?: Record<string, string>;
}

/** The infrastructure of a cluster of local processes: a block of ports. */
export interface LocalCluster {
  /** Always `infrastructure.lattice.dev/v1alpha1`. */
  apiVersion: "infrastructure.lattice.dev/v1alpha1";
  /** Always `LocalCluster`. */
  kind: "LocalCluster";
  /** Metadata; named like the CAPI Cluster that owns it. */
  metadata: ObjectMeta;
  /** What is wanted; the controller adds the endpoint. */
  spec: LocalClusterSpec;
  /** What was seen. */
  status?: LocalClusterStatus;
}

/** What is wanted of a LocalCluster. */
export interface LocalClusterSpec {
  /** Where the API server answers; set by the controller when the ports are reserved. */
  controlPlaneEndpoint?: Endpoint;
}

/** What was seen of a LocalCluster. */
export interface LocalClusterStatus {
  /** Contract: whether the infrastructure is there. */
  initialization?: {
    /** True once the ports are reserved; never false again. */
    provisioned?: boolean;
  };
  /** Aspects: Ready, Paused. */
  conditions?: Condition[];
}

/** A simulated machine: a Node that kwok keeps alive. */
export interface LocalMachine {
  /** Always `infrastructure.lattice.dev/v1alpha1`. */
  apiVersion: "infrastructure.lattice.dev/v1alpha1";
  /** Always `LocalMachine`. */
  kind: "LocalMachine";
  /** Metadata; named like the CAPI Machine that owns it. */
  metadata: ObjectMeta;
  /** What is wanted; the controller adds the provider id. */
  spec: LocalMachineSpec;
  /** What was seen. */
  status?: LocalMachineStatus;
}

/** What is wanted of a LocalMachine. */
export interface LocalMachineSpec {
  /** `local:///CLUSTER/MACHINE`, equal to that of the Node; set by the controller. */
  providerID?: string;
}

/** What was seen of a LocalMachine. */
export interface LocalMachineStatus {
  /** Contract: whether the machine is there. */
  initialization?: {
    /** True once the Node exists; never false again. */
    provisioned?: boolean;
  };
  /** Addresses of the Node. */
  addresses?: MachineAddress[];
  /** Aspects: Ready, Paused. */
  conditions?: Condition[];
}

/** An address of a machine. */
export interface MachineAddress {
  /** What kind of address it is. */
  type: "Hostname" | "ExternalIP" | "InternalIP" | "ExternalDNS" | "InternalDNS";
  /** The address. */
  address: string;
}

/** What LocalMachines are made from. Cannot be changed. */
export interface LocalMachineTemplate {
  /** Always `infrastructure.lattice.dev/v1alpha1`. */
  apiVersion: "infrastructure.lattice.dev/v1alpha1";
  /** Always `LocalMachineTemplate`. */
  kind: "LocalMachineTemplate";
  /** Metadata. */
  metadata: ObjectMeta;
  /** The template. */
  spec: {
    /** What machines look like. */
    template: {
      /** Labels and annotations of machines. */
      metadata?: TemplateMeta;
      /** Nothing can be chosen. */
      spec: Record<string, never>;
    };
  };
}

/** The control plane of a cluster of local processes. */
export interface LocalControlPlane {
  /** Always `controlplane.lattice.dev/v1alpha1`. */
  apiVersion: "controlplane.lattice.dev/v1alpha1";
  /** Always `LocalControlPlane`. */
  kind: "LocalControlPlane";
  /** Metadata. */
  metadata: ObjectMeta;
  /** What is wanted. */
  spec: LocalControlPlaneSpec;
  /** What was seen. */
  status?: LocalControlPlaneStatus;
}

/** What is wanted of a LocalControlPlane. */
export interface LocalControlPlaneSpec {
  /** Number of control-plane machines. */
  replicas: number;
  /** Kubernetes version with `v`, e.g. `v1.35.4` or `v1.35.4+rke2r1`. */
  version: string;
  /** Which distribution's habits the API server follows. Default: `kubeadm`. */
  flavour: Bootstrap;
  /** Further names and addresses in the API server's certificate. */
  certSANs?: string[];
  /** What control-plane machines look like. */
  machineTemplate: LocalControlPlaneMachineTemplate;
}

/** What control-plane machines look like. Changes are carried to existing Machines in place. */
export interface LocalControlPlaneMachineTemplate {
  /** Labels and annotations of the Machines. */
  metadata?: TemplateMeta;
  /** Spec of the Machines. */
  spec: {
    /** The LocalMachineTemplate. */
    infrastructureRef: ContractReference;
    /** How a Machine is taken down. */
    deletion?: MachineDeletion;
    /** Taints of the Nodes; CAPI keeps them. */
    taints?: MachineTaint[];
  };
}

/** How CAPI takes a Machine down. */
export interface MachineDeletion {
  /** Longest drain, in seconds; 0: no limit. */
  nodeDrainTimeoutSeconds?: number;
  /** Longest wait for volumes, in seconds; 0: no limit. */
  nodeVolumeDetachTimeoutSeconds?: number;
  /** Longest try to delete the Node, in seconds; 0: no limit. */
  nodeDeletionTimeoutSeconds?: number;
}

/** A node taint that CAPI manages. */
export interface MachineTaint extends Taint {
  /** Whether CAPI keeps the taint on the Node, or sets it once. */
  propagation: "Always" | "OnInitialization";
}

/** What was seen of a LocalControlPlane. */
export interface LocalControlPlaneStatus {
  /** Contract: whether the API server answered. */
  initialization?: {
    /** True once it did; never false again. */
    controlPlaneInitialized?: boolean;
  };
  /** Label selector of the machines, for the scale subresource. */
  selector?: string;
  /** Machines. */
  replicas?: number;
  /** Machines that are ready. */
  readyReplicas?: number;
  /** Machines that are available. */
  availableReplicas?: number;
  /** Machines that look as the spec wants. */
  upToDateReplicas?: number;
  /** Version that the API server runs. */
  version?: string;
  /** `metadata.generation` that the status is about. */
  observedGeneration?: number;
  /** Aspects: Available, Paused, ScalingUp, ScalingDown, … */
  conditions?: Condition[];
}
