/**
 * Rendering for every provider whose nodes are machines: the objects are the same, the specs differ.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { kubeadm } from "./bootstrap/kubeadm.ts";
import { rke2 } from "./bootstrap/rke2.ts";
import type { BootstrapProvider } from "./bootstrap/provider.ts";
import { capiCluster } from "./capi_cluster.ts";
import { type Infrastructure, INFRASTRUCTURE_GROUP } from "./infrastructure.ts";
import { machineDeployment, type NamedPool, poolsOf } from "./pools.ts";
import type { Rendering } from "./rendering.ts";

/**
 * Renders a cluster of machines.
 *
 * @param provider what provides the machines
 * @returns function that renders Cluster, what the provider's cluster needs, the provider's cluster, control plane
 *   and its machine template, then MachineDeployment, machine template and configuration template a pool
 */
export function machineRenderer(provider: Infrastructure): (rendering: Rendering) => KubeObject[] {
  return (start) => {
    const rendering = { ...start, labels: { ...start.labels, ...provider.extraLabels } };
    const bootstrap = bootstrapOf(rendering);
    return [
      capiCluster(rendering, bootstrap.controlPlaneKind, {
        apiGroup: INFRASTRUCTURE_GROUP,
        kind: provider.clusterKind,
      }),
      ...provider.clusterParts?.(rendering) ?? [],
      infrastructureCluster(rendering, provider),
      bootstrap.controlPlane(rendering, provider),
      machineTemplate(rendering, provider),
      ...poolsOf(rendering).flatMap((named) => [
        poolDeployment(rendering, provider, bootstrap, named),
        machineTemplate(rendering, provider, named),
        bootstrap.poolConfig(rendering, provider, named),
      ]),
    ];
  };
}

function bootstrapOf({ cluster }: Rendering): BootstrapProvider {
  return cluster.spec.provider.kubernetes.bootstrap === "rke2" ? rke2 : kubeadm;
}

function apiVersion({ cluster }: Rendering, provider: Infrastructure): string {
  return provider.apiVersion(cluster.spec.provider.kubernetes.bootstrap);
}

function infrastructureCluster(rendering: Rendering, provider: Infrastructure): KubeObject {
  const { names, labels } = rendering;
  return {
    apiVersion: apiVersion(rendering, provider),
    kind: provider.clusterKind,
    metadata: { name: names.infrastructure, namespace: names.namespace, labels: { ...labels } },
    spec: provider.clusterSpec(rendering),
  };
}

function machineTemplate(
  rendering: Rendering,
  provider: Infrastructure,
  named?: NamedPool,
): KubeObject {
  const { names, labels } = rendering;
  const name = named ? names.pool(named.id).machineTemplate : names.controlPlaneTemplate;
  return {
    apiVersion: apiVersion(rendering, provider),
    kind: provider.templateKind,
    metadata: { name, namespace: names.namespace, labels: { ...labels } },
    spec: { template: { spec: provider.machineSpec(rendering, named) } },
  };
}

function poolDeployment(
  rendering: Rendering,
  provider: Infrastructure,
  bootstrap: BootstrapProvider,
  named: NamedPool,
): KubeObject {
  const names = rendering.names.pool(named.id);
  const failureDomain = provider.workerFailureDomain?.(rendering);
  return machineDeployment(rendering, named, {
    bootstrap: { configRef: { ...bootstrap.configKind, name: names.configTemplate } },
    infrastructureRef: {
      apiGroup: INFRASTRUCTURE_GROUP,
      kind: provider.templateKind,
      name: names.machineTemplate,
    },
    ...(failureDomain ? { machineSpec: { failureDomain } } : {}),
  });
}
