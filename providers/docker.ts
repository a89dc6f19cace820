/**
 * Containers as machines, through CAPD.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { RKE2_HAPROXY_CONFIG } from "./haproxy.ts";
import { EVICTION, type Infrastructure, INFRASTRUCTURE_GROUP } from "./infrastructure.ts";
import type { Rendering } from "./rendering.ts";

const SOCKET = "/var/run/docker.sock";

/** Docker. */
export const docker: Infrastructure = {
  clusterKind: "DockerCluster",
  templateKind: "DockerMachineTemplate",
  // CAPRKE2 reads the older version only.
  apiVersion: (bootstrap) =>
    `${INFRASTRUCTURE_GROUP}/${bootstrap === "rke2" ? "v1beta1" : "v1beta2"}`,
  nodes: () => ({ kubeletArgs: [EVICTION], firstSANs: ["127.0.0.1", "localhost"] }),
  clusterSpec: ({ cluster, names }) =>
    cluster.spec.provider.kubernetes.bootstrap === "rke2"
      ? { loadBalancer: { customHAProxyConfigTemplateRef: { name: names.loadBalancerConfig } } }
      : {},
  clusterParts,
  machineSpec: () => ({
    extraMounts: [{ containerPath: SOCKET, hostPath: SOCKET }],
  }),
};

// Nodes of RKE2 join at a port of their own, which CAPD's load balancer does not serve by itself.
function clusterParts({ cluster, names, labels }: Rendering): KubeObject[] {
  if (cluster.spec.provider.kubernetes.bootstrap !== "rke2") return [];
  return [{
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: names.loadBalancerConfig, namespace: names.namespace, labels: { ...labels } },
    data: { value: RKE2_HAPROXY_CONFIG },
  }];
}
