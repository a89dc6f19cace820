/**
 * The names of everything that belongs to a cluster.
 *
 * @module
 */
import { capiNamespace } from "@lattice/api";

/** Names of the objects of one pool. */
export interface PoolNames {
  /** MachineDeployment. */
  machineDeployment: string;
  /** Machine template of the provider. */
  machineTemplate: string;
  /** Bootstrap configuration template. */
  configTemplate: string;
}

/** Names of the objects of one cluster. */
export interface ClusterNames {
  /** Namespace of all of them. */
  namespace: string;
  /** CAPI Cluster. */
  cluster: string;
  /** Cluster of the provider, e.g. AWSCluster. */
  infrastructure: string;
  /** Control plane, e.g. KubeadmControlPlane. */
  controlPlane: string;
  /** Machine template of the control plane. */
  controlPlaneTemplate: string;
  /** ConfigMap with the load balancer's configuration (docker with rke2). */
  loadBalancerConfig: string;
  /** Secret with the kubeconfig, key `value`. */
  kubeconfigSecret: string;
  /** Secret with the certificate authority, keys `tls.crt` and `tls.key`. */
  caSecret: string;
  /** Secret that local machines name as bootstrap data. */
  bootstrapSecret: string;
  /** Names of a pool's objects. */
  pool(id: string): PoolNames;
}

/**
 * The names of the objects of a cluster.
 *
 * @param cluster name of the LatticeCluster
 * @returns names; all legal when the cluster passed validation
 */
export function clusterNames(cluster: string): ClusterNames {
  return {
    namespace: capiNamespace(cluster),
    cluster,
    infrastructure: cluster,
    controlPlane: `${cluster}-control-plane`,
    controlPlaneTemplate: `${cluster}-control-plane`,
    loadBalancerConfig: `${cluster}-lb-config`,
    kubeconfigSecret: `${cluster}-kubeconfig`,
    caSecret: `${cluster}-ca`,
    bootstrapSecret: `${cluster}-bootstrap`,
    pool: (id) => ({
      machineDeployment: `${cluster}-pool-${id}`,
      machineTemplate: `${cluster}-pool-${id}`,
      configTemplate: `${cluster}-pool-${id}`,
    }),
  };
}
