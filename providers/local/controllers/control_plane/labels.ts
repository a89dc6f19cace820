/**
 * Labels that distributions put on their control-plane Nodes.
 *
 * @module
 */
import { NODE_LABELS_ANNOTATION } from "@lattice/api";
import type { Flavour } from "@lattice/providers/local/host";

/**
 * Annotations of a control-plane Machine: the labels of its Node, as JSON. kubeadm's own role label is on every
 * control-plane Node; RKE2 gives it a value and adds two more.
 *
 * @param flavour The distribution.
 */
export function controlPlaneLabels(flavour: Flavour): Record<string, string> {
  if (flavour !== "rke2") return {};
  const labels = {
    "node-role.kubernetes.io/control-plane": "true",
    "node-role.kubernetes.io/etcd": "true",
    "node-role.kubernetes.io/master": "true",
  };
  return { [NODE_LABELS_ANNOTATION]: JSON.stringify(labels) };
}
