/**
 * What holds for the whole cluster: nothing may talk, and the few exceptions without which nothing works.
 *
 * @module
 */
import {
  type KubeObject,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  SYSTEM_NAMESPACE,
  SYSTEM_NAMESPACES,
} from "@lattice/api";
import { GATEWAY_KEY, type Labels, NAMESPACE_KEY } from "./names.ts";
import type { CompileOptions } from "./types.ts";

const LABELS: Labels = { [MANAGED_BY_LABEL]: MANAGED_BY };
const MESH_NAMESPACE = "istio-system";
/** Address from which ztunnel hands the kubelet's probes on. */
const PROBE_SOURCE = "169.254.7.127/32";
/** Ports of the operator: bootstrap, agents, CAPI proxy, API proxy. */
const OPERATOR_PORTS = [8443, 50051, 8081, 8082];

/**
 * The policies of the cluster itself. They name no service.
 *
 * @param options name of the cluster
 * @returns objects sorted by kind, namespace and name
 */
export function infrastructurePolicies(options: CompileOptions): KubeObject[] {
  return [
    authorization("lattice-operator-allow", SYSTEM_NAMESPACE, {
      selector: { matchLabels: { app: "lattice-operator" } },
      action: "ALLOW",
      rules: [{ to: [{ operation: { ports: OPERATOR_PORTS.map(String) } }] }],
    }),
    authorization("mesh-default-deny", MESH_NAMESPACE, {}),
    authorization("waypoint-default-deny", MESH_NAMESPACE, {
      targetRefs: [{
        group: "gateway.networking.k8s.io",
        kind: "GatewayClass",
        name: "istio-waypoint",
      }],
    }),
    clusterwide("allow-ambient-hostprobes", {
      endpointSelector: {},
      enableDefaultDeny: { egress: false, ingress: false },
      ingress: [{ fromCIDR: [PROBE_SOURCE] }],
    }),
    clusterwide("default-deny", {
      endpointSelector: {
        // What has no namespace is Cilium's own, such as the endpoint that its health checks answer from.
        matchExpressions: [
          { key: NAMESPACE_KEY, operator: "Exists" },
          { key: NAMESPACE_KEY, operator: "NotIn", values: [...SYSTEM_NAMESPACES] },
        ],
      },
      enableDefaultDeny: { egress: true, ingress: true },
      ingress: nobody(),
      egress: [toDns()],
    }),
    clusterwide("waypoint-egress", {
      endpointSelector: { matchExpressions: [{ key: GATEWAY_KEY, operator: "Exists" }] },
      enableDefaultDeny: { egress: true, ingress: true },
      ingress: nobody(),
      egress: [{
        toEndpoints: [{
          matchLabels: { "k8s:app": "istiod", [NAMESPACE_KEY]: MESH_NAMESPACE },
        }],
        toPorts: ports([15012]),
      }],
    }),
    operatorPolicy(options),
    {
      apiVersion: "security.istio.io/v1",
      kind: "PeerAuthentication",
      metadata: { name: "default", namespace: MESH_NAMESPACE, labels: { ...LABELS } },
      spec: { mtls: { mode: "STRICT" } },
    },
  ];
}

function operatorPolicy({ operator }: CompileOptions): KubeObject {
  const parent = operator?.parent;
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "lattice-operator", namespace: SYSTEM_NAMESPACE, labels: { ...LABELS } },
    spec: {
      endpointSelector: { matchLabels: { "k8s:app": "lattice-operator" } },
      enableDefaultDeny: { egress: true, ingress: true },
      ingress: [{ fromEntities: ["all"], toPorts: ports(OPERATOR_PORTS) }],
      egress: [
        toDns(parent?.address === undefined && parent !== undefined),
        { toEntities: ["kube-apiserver"] },
        ...(parent
          ? [{
            ...(parent.address === undefined
              ? { toFQDNs: [{ matchName: parent.host }] }
              : { toCIDR: [`${parent.host}/${parent.address === "ipv4" ? 32 : 128}`] }),
            toPorts: ports([...parent.ports].sort((a, b) => a - b)),
          }]
          : []),
      ],
    },
  };
}

// A rule that matches nobody: Cilium leaves a direction without rules open, whatever `enableDefaultDeny` says.
function nobody(): Record<string, never>[] {
  return [{}];
}

function toDns(isLearned = false): Record<string, unknown> {
  return {
    toEndpoints: [{ matchLabels: { "k8s:k8s-app": "kube-dns", [NAMESPACE_KEY]: "kube-system" } }],
    toPorts: [{
      ports: [{ port: "53", protocol: "TCP" }, { port: "53", protocol: "UDP" }],
      ...(isLearned ? { rules: { dns: [{ matchPattern: "*" }] } } : {}),
    }],
  };
}

function ports(numbers: readonly number[]): unknown[] {
  return [{ ports: numbers.map((port) => ({ port: String(port), protocol: "TCP" })) }];
}

function authorization(name: string, namespace: string, spec: unknown): KubeObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name, namespace, labels: { ...LABELS } },
    spec,
  };
}

function clusterwide(name: string, spec: unknown): KubeObject {
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumClusterwideNetworkPolicy",
    metadata: { name, labels: { ...LABELS } },
    spec,
  };
}
