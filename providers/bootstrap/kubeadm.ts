/**
 * Bootstrap by kubeadm: KubeadmControlPlane and KubeadmConfigTemplate.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import {
  type Argument,
  type Infrastructure,
  INFRASTRUCTURE_GROUP,
  type NodeFacts,
} from "../infrastructure.ts";
import type { NamedPool } from "../pools.ts";
import { certSANs, type Rendering } from "../rendering.ts";
import { afterBootstrap, existingCommands } from "./commands.ts";
import {
  KUBEADM_ADMIN,
  KUBEADM_MANIFEST,
  kubeVipManifest,
  ownAddress,
  useAdmin,
  useSuperAdmin,
} from "./kube_vip.ts";
import {
  BOOTSTRAP_GROUP,
  type BootstrapProvider,
  CONTROL_PLANE_GROUP,
  hasCloudFlag,
  poolKubeletArgs,
} from "./provider.ts";

const KIND = "KubeadmControlPlane";
const CRI_SOCKET = "/var/run/containerd/containerd.sock";

/** kubeadm as a bootstrap provider. */
export const kubeadm: BootstrapProvider = {
  controlPlaneKind: { apiGroup: CONTROL_PLANE_GROUP, kind: KIND },
  configKind: { apiGroup: BOOTSTRAP_GROUP, kind: "KubeadmConfigTemplate" },
  controlPlane,
  poolConfig,
};

function controlPlane(rendering: Rendering, provider: Infrastructure): KubeObject {
  const { cluster, names, labels, version } = rendering;
  return {
    apiVersion: `${CONTROL_PLANE_GROUP}/v1beta2`,
    kind: KIND,
    metadata: { name: names.controlPlane, namespace: names.namespace, labels: { ...labels } },
    spec: {
      replicas: cluster.spec.nodes.controlPlane,
      version,
      machineTemplate: {
        spec: {
          infrastructureRef: {
            apiGroup: INFRASTRUCTURE_GROUP,
            kind: provider.templateKind,
            name: names.controlPlaneTemplate,
          },
        },
      },
      kubeadmConfigSpec: configSpec(rendering, provider.nodes(rendering)),
    },
  };
}

function configSpec(rendering: Rendering, nodes: NodeFacts): Record<string, unknown> {
  const keys = nodes.sshAuthorizedKeys ?? [];
  const { virtualAddress } = nodes;
  return {
    clusterConfiguration: clusterConfiguration(rendering, nodes),
    initConfiguration: { nodeRegistration: nodeRegistration(nodes, nodes.kubeletArgs) },
    joinConfiguration: { nodeRegistration: nodeRegistration(nodes, nodes.kubeletArgs) },
    ...(virtualAddress
      ? {
        files: [{
          path: KUBEADM_MANIFEST,
          owner: "root:root",
          permissions: "0644",
          content: kubeVipManifest(virtualAddress, KUBEADM_ADMIN),
        }],
        preKubeadmCommands: [
          // The kubelet would otherwise register the virtual address while it holds it.
          `echo "KUBELET_EXTRA_ARGS=\\"--node-ip=${
            ownAddress(virtualAddress.networkInterface)
          }\\"" > /etc/default/kubelet`,
          useSuperAdmin(),
        ],
      }
      : {}),
    postKubeadmCommands: existingCommands(rendering, KIND, commandsOf) ??
      [...(virtualAddress ? [useAdmin()] : []), ...afterBootstrap(rendering)],
    ...(keys.length > 0 ? { users: [{ name: "root", sshAuthorizedKeys: [...keys] }] } : {}),
  };
}

function commandsOf({ spec }: KubeObject): unknown {
  const { kubeadmConfigSpec } = spec as { kubeadmConfigSpec?: { postKubeadmCommands?: unknown } };
  return kubeadmConfigSpec?.postKubeadmCommands;
}

function clusterConfiguration(rendering: Rendering, nodes: NodeFacts): Record<string, unknown> {
  const bind: Argument = ["bind-address", "0.0.0.0"];
  const cloud: Argument[] = nodes.externalCloud ? [["cloud-provider", "external"]] : [];
  const sans = certSANs(rendering.cluster, nodes.firstSANs, nodes.lastSANs);
  return {
    apiServer: {
      ...(sans.length > 0 ? { certSANs: sans } : {}),
      extraArgs: args([bind, ...(hasCloudFlag(rendering) ? cloud : [])]),
    },
    controllerManager: { extraArgs: args([bind, ...cloud]) },
    scheduler: { extraArgs: args([bind]) },
  };
}

function nodeRegistration(
  nodes: NodeFacts,
  kubeletArgs: readonly Argument[],
): Record<string, unknown> {
  return {
    ...(nodes.nodeName ? { name: nodes.nodeName } : {}),
    criSocket: CRI_SOCKET,
    kubeletExtraArgs: args(kubeletArgs),
  };
}

function args(list: readonly Argument[]): { name: string; value: string }[] {
  return list.map(([name, value]) => ({ name, value }));
}

function poolConfig(
  rendering: Rendering,
  provider: Infrastructure,
  named: NamedPool,
): KubeObject {
  const { names, labels } = rendering;
  const nodes = provider.nodes(rendering);
  const kubeletArgs = poolKubeletArgs(nodes.kubeletArgs, named);
  return {
    apiVersion: `${BOOTSTRAP_GROUP}/v1beta2`,
    kind: "KubeadmConfigTemplate",
    metadata: {
      name: names.pool(named.id).configTemplate,
      namespace: names.namespace,
      labels: { ...labels },
    },
    spec: {
      template: {
        spec: { joinConfiguration: { nodeRegistration: nodeRegistration(nodes, kubeletArgs) } },
      },
    },
  };
}
