/**
 * Names that the local controllers give: kinds, field manager, finalizers, Secrets.
 *
 * @module
 */
import type { Kind } from "@lattice/kube";

/** Field manager of everything that these controllers write. */
export const MANAGER = "lattice-local";
/** Finalizer of LocalCluster: its ports are reserved. */
export const CLUSTER_FINALIZER = "infrastructure.lattice.dev/localcluster";
/** Finalizer of LocalControlPlane: its processes run. */
export const CONTROL_PLANE_FINALIZER = "controlplane.lattice.dev/localcontrolplane";
/** Finalizer of LocalMachine: its Node is registered. */
export const MACHINE_FINALIZER = "infrastructure.lattice.dev/localmachine";
/** CAPI's annotation: leave this object alone. */
export const PAUSED_ANNOTATION = "cluster.x-k8s.io/paused";
/** CAPI's annotation on a Machine: remove this one first when scaling down. */
export const DELETE_MACHINE_ANNOTATION = "cluster.x-k8s.io/delete-machine";
/** CAPI's annotation on a cloned object: name of its template. */
export const CLONED_FROM_NAME = "cluster.x-k8s.io/cloned-from-name";
/** CAPI's annotation on a cloned object: kind and group of its template. */
export const CLONED_FROM_GROUP_KIND = "cluster.x-k8s.io/cloned-from-groupkind";
/** Type of the Secrets that CAPI reads. */
export const SECRET_TYPE = "cluster.x-k8s.io/secret";
/** Node annotation: kwok plays the kubelet of this Node. */
export const KWOK_ANNOTATION = "kwok.x-k8s.io/node";
/** Label and taint key of control-plane Nodes. */
export const CONTROL_PLANE_ROLE = "node-role.kubernetes.io/control-plane";

/** CAPI's Cluster. */
export const CLUSTER: Kind = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster" };
/** CAPI's Machine. */
export const MACHINE: Kind = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Machine" };
/** LocalCluster. */
export const LOCAL_CLUSTER: Kind = {
  apiVersion: "infrastructure.lattice.dev/v1alpha1",
  kind: "LocalCluster",
};
/** LocalMachine. */
export const LOCAL_MACHINE: Kind = {
  apiVersion: "infrastructure.lattice.dev/v1alpha1",
  kind: "LocalMachine",
};
/** LocalMachineTemplate. */
export const LOCAL_MACHINE_TEMPLATE: Kind = {
  apiVersion: "infrastructure.lattice.dev/v1alpha1",
  kind: "LocalMachineTemplate",
};
/** LocalControlPlane. */
export const LOCAL_CONTROL_PLANE: Kind = {
  apiVersion: "controlplane.lattice.dev/v1alpha1",
  kind: "LocalControlPlane",
};
/** Secret. */
export const SECRET: Kind = { apiVersion: "v1", kind: "Secret" };
/** Node. */
export const NODE: Kind = { apiVersion: "v1", kind: "Node" };

/**
 * Name of the Secret with the kubeconfig of a cluster.
 *
 * @param cluster Name of the cluster.
 */
export function kubeconfigSecret(cluster: string): string {
  return `${cluster}-kubeconfig`;
}

/**
 * Name of the Secret with the certificate authority of a cluster.
 *
 * @param cluster Name of the cluster.
 */
export function caSecret(cluster: string): string {
  return `${cluster}-ca`;
}

/**
 * Name of the Secret that stands for the bootstrap data of every machine of a cluster.
 *
 * @param cluster Name of the cluster.
 */
export function bootstrapSecret(cluster: string): string {
  return `${cluster}-bootstrap`;
}

/**
 * Provider id of a simulated machine.
 *
 * @param cluster Name of the cluster.
 * @param machine Name of the Machine, which is the name of its Node.
 */
export function providerId(cluster: string, machine: string): string {
  return `local:///${cluster}/${machine}`;
}
