/**
 * The Node of a simulated machine: what it looks like when it registers, and what is kept true afterwards.
 *
 * @module
 */
import { NODE_LABELS_ANNOTATION } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { z } from "zod";
import { CONTROL_PLANE_ROLE, KWOK_ANNOTATION, NODE, providerId } from "../names.ts";
import type { MachineView, NodeView } from "../views.ts";

/** CPUs, memory and pods of a simulated machine: enough for a demo, little enough that limits can be seen. */
const CAPACITY = { cpu: "4", memory: "16Gi", pods: "110", "ephemeral-storage": "100Gi" };
const CONTROL_PLANE_LABEL = "cluster.x-k8s.io/control-plane";

/**
 * Tells whether a Machine is one of the control plane.
 *
 * @param machine The Machine.
 */
export function isControlPlane(machine: MachineView): boolean {
  return CONTROL_PLANE_LABEL in machine.metadata.labels;
}

/**
 * Labels that the Node of a Machine must carry: its own, its role and those that travel in the Machine's
 * annotation. An annotation that is no JSON object of strings counts as empty: the operator validated its
 * source, and a Node without a label is better than none.
 *
 * @param machine The Machine.
 */
export function nodeLabels(machine: MachineView): Record<string, string> {
  const travelling = parseLabels(machine.metadata.annotations[NODE_LABELS_ANNOTATION]);
  return {
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": machine.metadata.name,
    "kubernetes.io/os": "linux",
    ...(isControlPlane(machine) ? { [CONTROL_PLANE_ROLE]: "" } : {}),
    ...travelling,
  };
}

/**
 * The Node as a kubelet would register it. Taints are those of the Machine, so that no pod slips onto it before
 * CAPI copies them; CAPI keeps them true afterwards. It is created, not applied: what an apply owns, the next apply
 * without it would remove, and taints are CAPI's from here on.
 *
 * @param machine The Machine.
 */
export function newNode(machine: MachineView): KubeObject {
  const taints = machine.spec.taints.map(({ key, value, effect }) => ({
    key,
    ...(value === undefined ? {} : { value }),
    effect,
  }));
  const { name, uid } = machine.metadata;
  return {
    ...NODE,
    metadata: { name, annotations: { [KWOK_ANNOTATION]: "fake" } },
    spec: {
      providerID: providerId(machine.spec.clusterName, name),
      ...(taints.length === 0 ? {} : { taints }),
    },
    status: {
      addresses: nodeAddresses(machine),
      capacity: CAPACITY,
      allocatable: CAPACITY,
      nodeInfo: {
        kubeletVersion: machine.spec.version,
        architecture: "amd64",
        operatingSystem: "linux",
        osImage: "Lattice simulated machine",
        kernelVersion: "",
        containerRuntimeVersion: "kwok://simulated",
        kubeProxyVersion: "",
        machineID: uid,
        systemUUID: uid,
        bootID: uid,
      },
    },
  };
}

/**
 * What is applied again and again: only what these controllers own, so that a label which vanishes from the pool
 * vanishes from the Node, and labels and taints of CAPI and of people stay.
 *
 * @param machine The Machine.
 * @returns An object for server-side apply.
 */
export function keptNode(machine: MachineView): KubeObject {
  return {
    ...NODE,
    metadata: {
      name: machine.metadata.name,
      labels: nodeLabels(machine),
      annotations: { [KWOK_ANNOTATION]: "fake", [KEPT_LABELS]: labelList(machine) },
    },
    // Whoever once applied it would clear it by leaving it out, and that is forbidden.
    spec: { providerID: providerId(machine.spec.clusterName, machine.metadata.name) },
  };
}

/** Node annotation: the label keys that were applied last, so that a removed one is noticed. */
export const KEPT_LABELS = "lattice.dev/applied-labels";

/**
 * Tells whether a Node lacks something that {@linkcode keptNode} would write, or has a label that it would remove.
 *
 * @param node The Node as it is.
 * @param machine Its Machine.
 */
export function nodeDiffers(node: NodeView, machine: MachineView): boolean {
  const { labels, annotations } = node.metadata;
  if (annotations[KWOK_ANNOTATION] !== "fake") return true;
  if (annotations[KEPT_LABELS] !== labelList(machine)) return true;
  return Object.entries(nodeLabels(machine)).some(([key, value]) => labels[key] !== value);
}

/**
 * Addresses of the machine: everything listens on loopback.
 *
 * @param machine The Machine.
 */
export function nodeAddresses(machine: MachineView): { type: string; address: string }[] {
  return [
    { type: "InternalIP", address: "127.0.0.1" },
    { type: "Hostname", address: machine.metadata.name },
  ];
}

function labelList(machine: MachineView): string {
  return Object.keys(nodeLabels(machine)).sort().join(",");
}

function parseLabels(annotation: string | undefined): Record<string, string> {
  if (annotation === undefined) return {};
  try {
    const parsed = z.record(z.string(), z.string()).safeParse(JSON.parse(annotation));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}
