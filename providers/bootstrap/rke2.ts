/**
 * Bootstrap by RKE2: RKE2ControlPlane and RKE2ConfigTemplate.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import type { Argument, Infrastructure, NodeFacts } from "../infrastructure.ts";
import type { NamedPool } from "../pools.ts";
import { certSANs, type Rendering } from "../rendering.ts";
import { afterBootstrap, existingCommands } from "./commands.ts";
import { kubeVipManifest, ownAddress, RKE2_ADMIN, RKE2_MANIFEST } from "./kube_vip.ts";
import {
  BOOTSTRAP_GROUP,
  type BootstrapProvider,
  CONTROL_PLANE_GROUP,
  hasCloudFlag,
  poolKubeletArgs,
} from "./provider.ts";

const KIND = "RKE2ControlPlane";

/** TLS cipher suites of an API server under RKE2: AES-GCM with forward secrecy, nothing else. */
export const RKE2_CIPHER_SUITES: readonly string[] = [
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
];

/** RKE2 as a bootstrap provider. */
export const rke2: BootstrapProvider = {
  controlPlaneKind: { apiGroup: CONTROL_PLANE_GROUP, kind: KIND },
  configKind: { apiGroup: BOOTSTRAP_GROUP, kind: "RKE2ConfigTemplate" },
  controlPlane,
  poolConfig,
};

function controlPlane(rendering: Rendering, provider: Infrastructure): KubeObject {
  const { cluster, names, labels, version } = rendering;
  const nodes = provider.nodes(rendering);
  const files = filesOf(nodes);
  return {
    apiVersion: `${CONTROL_PLANE_GROUP}/v1beta1`,
    kind: KIND,
    metadata: { name: names.controlPlane, namespace: names.namespace, labels: { ...labels } },
    spec: {
      replicas: cluster.spec.nodes.controlPlane,
      version,
      registrationMethod: "control-plane-endpoint",
      rolloutStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
      machineTemplate: {
        infrastructureRef: {
          apiVersion: provider.apiVersion("rke2"),
          kind: provider.templateKind,
          name: names.controlPlaneTemplate,
        },
      },
      agentConfig: agentConfig(nodes, nodes.kubeletArgs),
      serverConfig: serverConfig(rendering, nodes),
      ...(files.length > 0 ? { files } : {}),
      ...(nodes.virtualAddress
        ? { preRKE2Commands: [writeNodeAddress(nodes.virtualAddress.networkInterface)] }
        : {}),
      postRKE2Commands: existingCommands(
        rendering,
        KIND,
        ({ spec }) => (spec as { postRKE2Commands?: unknown }).postRKE2Commands,
      ) ?? afterBootstrap(rendering),
    },
  };
}

function serverConfig(rendering: Rendering, nodes: NodeFacts): Record<string, unknown> {
  const sans = certSANs(rendering.cluster, nodes.firstSANs, nodes.lastSANs);
  const cloud = nodes.externalCloud ? ["cloud-provider=external"] : [];
  return {
    ...(sans.length > 0 ? { tlsSan: sans } : {}),
    cni: "none",
    disableComponents: { kubernetesComponents: ["cloudController"] },
    kubeAPIServer: {
      extraArgs: [
        // Load balancers ask /healthz without credentials.
        "anonymous-auth=true",
        `tls-cipher-suites=${RKE2_CIPHER_SUITES.join(",")}`,
        ...(hasCloudFlag(rendering) ? cloud : []),
      ],
    },
    ...(nodes.externalCloud ? { kubeControllerManager: { extraArgs: [...cloud] } } : {}),
  };
}

function filesOf({ virtualAddress, sshAuthorizedKeys = [] }: NodeFacts): Record<string, string>[] {
  return [
    ...(virtualAddress
      ? [{
        path: RKE2_MANIFEST,
        owner: "root:root",
        permissions: "0644",
        content: kubeVipManifest(virtualAddress, RKE2_ADMIN),
      }]
      : []),
    ...(sshAuthorizedKeys.length > 0
      ? [{
        path: "/root/.ssh/authorized_keys",
        owner: "root:root",
        permissions: "0600",
        content: sshAuthorizedKeys.join("\n"),
      }]
      : []),
  ];
}

function writeNodeAddress(networkInterface: string): string {
  return "mkdir -p /etc/rancher/rke2 && " +
    `echo "node-ip: ${ownAddress(networkInterface)}" >> /etc/rancher/rke2/config.yaml`;
}

function agentConfig(
  { nodeName }: NodeFacts,
  kubeletArgs: readonly Argument[],
): Record<string, unknown> {
  return { ...(nodeName ? { nodeName } : {}), kubelet: { extraArgs: flags(kubeletArgs) } };
}

function flags(list: readonly Argument[]): string[] {
  return list.map(([name, value]) => `${name}=${value}`);
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
    apiVersion: `${BOOTSTRAP_GROUP}/v1beta1`,
    kind: "RKE2ConfigTemplate",
    metadata: {
      name: names.pool(named.id).configTemplate,
      namespace: names.namespace,
      labels: { ...labels },
    },
    spec: { template: { spec: { agentConfig: agentConfig(nodes, kubeletArgs) } } },
  };
}
