/**
 * kube-vip: a pod on each control-plane machine; one of them holds the virtual address of the API server.
 *
 * @module
 */
import type { VirtualAddress } from "../infrastructure.ts";

/** Where the pod finds its kubeconfig inside of the container. */
const MOUNTED_KUBECONFIG = "/etc/kubernetes/admin.conf";
/** Where kubeadm puts the admin's kubeconfig. */
export const KUBEADM_ADMIN = "/etc/kubernetes/admin.conf";
/** A kubeconfig that works before RBAC does; kubeadm writes it on the first machine only. */
export const KUBEADM_SUPER_ADMIN = "/etc/kubernetes/super-admin.conf";
/** Where rke2 puts the admin's kubeconfig. */
export const RKE2_ADMIN = "/etc/rancher/rke2/rke2.yaml";
/** Where kubeadm's kubelet looks for static pods. */
export const KUBEADM_MANIFEST = "/etc/kubernetes/manifests/kube-vip.yaml";
/** Where rke2's kubelet looks for static pods. */
export const RKE2_MANIFEST = "/var/lib/rancher/rke2/agent/pod-manifests/kube-vip.yaml";

/**
 * The static pod.
 *
 * @param address virtual address, interface and image
 * @param kubeconfig path of the kubeconfig on the machine
 * @returns Pod as JSON, which is YAML, too
 */
export function kubeVipManifest(address: VirtualAddress, kubeconfig: string): string {
  const env = {
    cp_enable: "true",
    vip_interface: address.networkInterface,
    address: address.address,
    port: "6443",
    vip_arp: "true",
    vip_leaderelection: "true",
    vip_leaseduration: "60",
    vip_renewdeadline: "40",
    vip_retryperiod: "5",
  };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-vip", namespace: "kube-system" },
    spec: {
      hostNetwork: true,
      hostAliases: [{ ip: "127.0.0.1", hostnames: ["kubernetes"] }],
      containers: [{
        name: "kube-vip",
        image: address.image,
        imagePullPolicy: "IfNotPresent",
        args: ["manager"],
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        securityContext: { capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
        volumeMounts: [{ name: "kubeconfig", mountPath: MOUNTED_KUBECONFIG }],
      }],
      volumes: [{ name: "kubeconfig", hostPath: { path: kubeconfig, type: "FileOrCreate" } }],
    },
  });
}

/**
 * Before `kubeadm init`, and only there, the pod needs the kubeconfig that works without RBAC; a machine that joins has
 * none, and would mount an empty file.
 *
 * @returns shell command
 */
export function useSuperAdmin(): string {
  return `if [ -f /run/kubeadm/kubeadm.yaml ]; then ${
    swap(KUBEADM_ADMIN, KUBEADM_SUPER_ADMIN)
  }; fi`;
}

/**
 * After `kubeadm init` the ordinary kubeconfig works.
 *
 * @returns shell command
 */
export function useAdmin(): string {
  return `if [ -f /run/kubeadm/kubeadm.yaml ]; then ${
    swap(KUBEADM_SUPER_ADMIN, KUBEADM_ADMIN)
  }; fi`;
}

function swap(from: string, to: string): string {
  return `sed -i 's#"path":"${from}"#"path":"${to}"#' ${KUBEADM_MANIFEST}`;
}

/**
 * A shell expression for the machine's own address on an interface, not the virtual one: the first that the interface
 * got.
 *
 * @param networkInterface name of the interface
 * @returns shell expression
 */
export function ownAddress(networkInterface: string): string {
  return `$(ip -4 -o addr show dev ${networkInterface} | awk 'NR == 1 { sub("/.*", "", $4); print $4 }')`;
}
