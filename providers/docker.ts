/**
 * Containers as machines, through CAPD.
 *
 * @module
 */
import { bareVersion, type DockerConfig, type KubeObject } from "@lattice/api";
import { RKE2_HAPROXY_CONFIG } from "./haproxy.ts";
import { EVICTION, type Infrastructure, INFRASTRUCTURE_GROUP } from "./infrastructure.ts";
import type { Rendering } from "./rendering.ts";

const SOCKET = "/var/run/docker.sock";
const NODE_IMAGE = "kindest/node";

/** Docker. */
export const docker: Infrastructure = {
  clusterKind: "DockerCluster",
  templateKind: "DockerMachineTemplate",
  // CAPRKE2 reads the older version only.
  apiVersion: (bootstrap) =>
    `${INFRASTRUCTURE_GROUP}/${bootstrap === "rke2" ? "v1beta1" : "v1beta2"}`,
  nodes: () => ({ kubeletArgs: [EVICTION], firstSANs: ["127.0.0.1", "localhost"] }),
  clusterSpec,
  clusterParts,
  machineSpec: (rendering) => {
    const customImage = nodeImage(rendering);
    return {
      ...(customImage ? { customImage } : {}),
      extraMounts: [{ containerPath: SOCKET, hostPath: SOCKET }],
    };
  },
};

function configOf({ cluster }: Rendering): DockerConfig {
  return cluster.spec.provider.config.docker ?? {};
}

function isRke2({ cluster }: Rendering): boolean {
  return cluster.spec.provider.kubernetes.bootstrap === "rke2";
}

function clusterSpec(rendering: Rendering): Record<string, unknown> {
  const { loadBalancerRepository } = configOf(rendering);
  const loadBalancer = {
    ...(loadBalancerRepository ? { imageRepository: loadBalancerRepository } : {}),
    ...(isRke2(rendering)
      ? { customHAProxyConfigTemplateRef: { name: rendering.names.loadBalancerConfig } }
      : {}),
  };
  return Object.keys(loadBalancer).length > 0 ? { loadBalancer } : {};
}

// CAPD looks for an image of the machine's version, and there is none of an RKE2 revision.
function nodeImage(rendering: Rendering): string | undefined {
  const { nodeImage } = configOf(rendering);
  const { version } = rendering.cluster.spec.provider.kubernetes;
  return nodeImage ?? (isRke2(rendering) ? `${NODE_IMAGE}:v${bareVersion(version)}` : undefined);
}

// Nodes of RKE2 join at a port of their own, which CAPD's load balancer does not serve by itself.
function clusterParts(rendering: Rendering): KubeObject[] {
  if (!isRke2(rendering)) return [];
  const { names, labels } = rendering;
  return [{
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: names.loadBalancerConfig, namespace: names.namespace, labels: { ...labels } },
    data: { value: RKE2_HAPROXY_CONFIG },
  }];
}
