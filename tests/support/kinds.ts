/**
 * The kinds of which a local cluster consists, for tests that compare clusters object by object.
 *
 * @module
 */

/** `apiVersion` and kind of everything that a move of a local cluster carries, ConfigMaps aside. */
export const LOCAL_CLUSTER_KINDS = [
  ["cluster.x-k8s.io/v1beta2", "Cluster"],
  ["cluster.x-k8s.io/v1beta2", "MachineDeployment"],
  ["cluster.x-k8s.io/v1beta2", "MachineSet"],
  ["cluster.x-k8s.io/v1beta2", "Machine"],
  ["infrastructure.lattice.dev/v1alpha1", "LocalCluster"],
  ["infrastructure.lattice.dev/v1alpha1", "LocalMachine"],
  ["infrastructure.lattice.dev/v1alpha1", "LocalMachineTemplate"],
  ["controlplane.lattice.dev/v1alpha1", "LocalControlPlane"],
  ["v1", "Secret"],
] as const;
