/**
 * Cilium, the network: pods, policies at layer 4, addresses of load balancers.
 *
 * @module
 */
import { chartPart } from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";

/** What Lattice sets of the chart `cilium`. */
interface CiliumValues {
  readonly hubble: { enabled: false; relay: { enabled: false }; ui: { enabled: false } };
  readonly prometheus: { enabled: false };
  readonly operator: { replicas: number; prometheus: { enabled: false } };
  readonly cni: { exclusive: false };
  readonly kubeProxyReplacement: "false";
  readonly l2announcements: { enabled: true };
  readonly hostFirewall: { enabled: false };
  readonly routingMode: "tunnel";
  readonly tunnelProtocol: "vxlan";
  readonly MTU: number;
  readonly ipam: { mode: "kubernetes" };
  readonly bpf: { masquerade: false; hostLegacyRouting: true };
}

/** Room for the headers of VXLAN below 1500 bytes, as the clouds' own networks have it. */
const MTU = 1450;

/** The network. First of all: without it no node becomes ready. */
export const cilium: Addon = {
  name: "cilium",
  namespace: "kube-system",
  parts: (input) => [chartPart("cilium", input.options.versions.cilium, valuesOf(input))],
};

function valuesOf(input: AddonInput): CiliumValues {
  return {
    hubble: { enabled: false, relay: { enabled: false }, ui: { enabled: false } },
    prometheus: { enabled: false },
    operator: { replicas: Math.min(2, nodesOf(input)), prometheus: { enabled: false } },
    // Istio's plugin is chained behind Cilium's, which must leave it there.
    cni: { exclusive: false },
    kubeProxyReplacement: "false",
    l2announcements: { enabled: true },
    hostFirewall: { enabled: false },
    routingMode: "tunnel",
    tunnelProtocol: "vxlan",
    MTU,
    ipam: { mode: "kubernetes" },
    // ztunnel's probes come from a link-local address, which masquerading in BPF would drop.
    bpf: { masquerade: false, hostLegacyRouting: true },
  };
}

// Two operators never share a node: on a single one the second would wait forever.
function nodesOf({ cluster }: AddonInput): number {
  const { controlPlane, workerPools } = cluster.spec.nodes;
  return Object.values(workerPools).reduce((sum, pool) => sum + pool.replicas, controlPlane);
}
