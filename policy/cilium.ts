/**
 * From what is in effect to Cilium's policies (layer 4).
 *
 * Meshed traffic arrives on the tunnel's port whatever the application's port is, so the rules here let
 * identities through to that port; Istio's policies hold them to ports. What is not TCP does not go through
 * the mesh: its ports are here. Pods are told by label and ServiceAccount: a label alone could be forged, and
 * whoever has neither stays under the cluster-wide default deny.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import type { EffectiveExternal, EffectiveService, HostGroup } from "./effective.ts";
import {
  ACCOUNT_KEY,
  externalLabels,
  externalWaypoint,
  GATEWAY_KEY,
  gatewayPods,
  HBONE_PORT,
  INGRESS_PORTS,
  type Labels,
  NAMESPACE_KEY,
  SERVICE_KEY,
  serviceLabels,
  servicePods,
} from "./names.ts";

interface PortProtocol {
  port: string;
  protocol: "TCP" | "UDP";
}

interface Selector {
  matchLabels: Labels;
}

/** Rule of a CiliumNetworkPolicy, as far as it is written here. */
interface Rule {
  fromEndpoints?: Selector[];
  fromEntities?: string[];
  toEndpoints?: Selector[];
  toFQDNs?: { matchName: string }[];
  toCIDR?: string[];
  toPorts?: { ports: PortProtocol[]; rules?: { dns: Record<string, string>[] } }[];
}

/** Most ports that Cilium takes in one list. */
const MAX_PORTS = 40;

const DNS_PODS: Labels = { "k8s:k8s-app": "kube-dns", [NAMESPACE_KEY]: "kube-system" };
const DNS_PORTS: readonly PortProtocol[] = [
  { port: "53", protocol: "TCP" },
  { port: "53", protocol: "UDP" },
];
// Who comes through a load balancer may bear the address of the node that took the connection.
const OUTSIDERS = ["host", "remote-node", "world"];
const HBONE: readonly PortProtocol[] = [{ port: String(HBONE_PORT), protocol: "TCP" }];

/**
 * Cilium's policies of a service: of its pods, its waypoint and its ingress gateway.
 *
 * @param service what is in effect
 * @returns one to three policies
 */
export function serviceCilium(service: EffectiveService): KubeObject[] {
  const labels = serviceLabels(service.name);
  const policies = [
    policy(`policy-${service.name}`, service.namespace, labels, {
      endpoint: { [ACCOUNT_KEY]: service.name, [SERVICE_KEY]: service.name },
      ingress: serviceIngress(service),
      egress: serviceEgress(service),
    }),
  ];
  if (service.waypoint && service.callers.length > 0 && service.ports.tcp.length > 0) {
    policies.push(policy(`waypoint-${service.name}`, service.namespace, labels, {
      endpoint: { [ACCOUNT_KEY]: service.waypoint, [GATEWAY_KEY]: service.waypoint },
      ingress: [from(service.callers.map(podsOf), HBONE)],
      egress: [to([podsOf(service)], HBONE)],
    }));
  }
  if (service.gateway && service.ports.tcp.length > 0) {
    policies.push(policy(`gateway-${service.name}`, service.namespace, labels, {
      endpoint: { [ACCOUNT_KEY]: service.gateway.account, [GATEWAY_KEY]: service.gateway.gateway },
      ingress: [{ fromEntities: [...OUTSIDERS], toPorts: inParts(tcp(INGRESS_PORTS)) }],
      egress: [to([podsOf(service)], HBONE)],
    }));
  }
  return policies;
}

/**
 * Cilium's policy of the waypoint through which calls to an external service leave.
 *
 * @param external what is in effect
 * @returns one policy, or none when nobody may call
 */
export function externalCilium(external: EffectiveExternal): KubeObject[] {
  if (external.callers.length === 0 || external.groups.length === 0) return [];
  const waypoint = externalWaypoint(external.name);
  return [
    policy(`external-${external.name}`, external.namespace, externalLabels(external.name), {
      endpoint: { [ACCOUNT_KEY]: waypoint, [GATEWAY_KEY]: waypoint },
      ingress: [from(external.callers.map(podsOf), HBONE)],
      egress: [dns(external.groups), ...external.groups.map(toHost)],
    }),
  ];
}

function serviceIngress(service: EffectiveService): Rule[] {
  const rules: Rule[] = [];
  const { callers } = service;
  if (callers.length > 0 && service.ports.tcp.length > 0) {
    rules.push(
      service.waypoint
        ? from([gatewayPods(service.namespace, service.waypoint)], HBONE)
        : from(callers.map(podsOf), HBONE),
    );
  }
  if (callers.length > 0 && service.ports.udp.length > 0) {
    rules.push(from(callers.map(podsOf), udp(service.ports.udp.map(({ target }) => target))));
  }
  if (service.gateway && service.ports.tcp.length > 0) {
    const { gateway, account } = service.gateway;
    rules.push(from([gatewayPods(service.namespace, gateway, account)], HBONE));
  }
  return rules;
}

function serviceEgress(service: EffectiveService): Rule[] {
  const groups = service.externals.flatMap((external) => external.groups);
  const meshed = service.callees.filter(({ ports }) => ports.tcp.length > 0);
  const tunnels = [
    ...meshed.map(({ waypoint, peer }) =>
      waypoint ? gatewayPods(peer.namespace, waypoint) : podsOf(peer)
    ),
    ...service.externals.filter((external) => external.groups.length > 0).map((external) =>
      gatewayPods(external.peer.namespace, externalWaypoint(external.peer.name))
    ),
  ];
  return [
    dns(groups),
    ...(tunnels.length > 0 ? [to(tunnels, HBONE)] : []),
    ...service.callees.filter(({ ports }) => ports.udp.length > 0).map((callee) =>
      to([podsOf(callee.peer)], udp(callee.ports.udp.map(({ target }) => target)))
    ),
    ...groups.map(toHost),
  ];
}

// Cilium learns addresses of names only from answers that pass through its own DNS proxy.
function dns(groups: readonly HostGroup[]): Rule {
  const hasNames = groups.some(({ address }) => address === undefined);
  return {
    toEndpoints: [{ matchLabels: { ...DNS_PODS } }],
    toPorts: [{
      ports: DNS_PORTS.map(copied),
      ...(hasNames ? { rules: { dns: [{ matchPattern: "*" }] } } : {}),
    }],
  };
}

function toHost({ host, address, endpoints }: HostGroup): Rule {
  const toPorts = inParts(tcp(endpoints.map(({ port }) => port)));
  if (address === undefined) return { toFQDNs: [{ matchName: host }], toPorts };
  return { toCIDR: [`${host}/${address === "ipv4" ? 32 : 128}`], toPorts };
}

function podsOf({ namespace, name }: { namespace: string; name: string }): Labels {
  return servicePods(namespace, name);
}

function from(labels: readonly Labels[], ports: readonly PortProtocol[]): Rule {
  return {
    fromEndpoints: labels.map((matchLabels) => ({ matchLabels })),
    toPorts: inParts(ports.map(copied)),
  };
}

function to(labels: readonly Labels[], ports: readonly PortProtocol[]): Rule {
  return {
    toEndpoints: labels.map((matchLabels) => ({ matchLabels })),
    toPorts: inParts(ports.map(copied)),
  };
}

function inParts(ports: PortProtocol[]): { ports: PortProtocol[] }[] {
  return Array.from({ length: Math.ceil(ports.length / MAX_PORTS) }, (_, index) => ({
    ports: ports.slice(index * MAX_PORTS, (index + 1) * MAX_PORTS),
  }));
}

// Printers of YAML turn an object that appears twice into an anchor.
function copied(port: PortProtocol): PortProtocol {
  return { ...port };
}

function tcp(ports: readonly number[]): PortProtocol[] {
  return distinct(ports).map((port) => ({ port: String(port), protocol: "TCP" }));
}

function udp(ports: readonly number[]): PortProtocol[] {
  return distinct(ports).map((port) => ({ port: String(port), protocol: "UDP" }));
}

function distinct(ports: readonly number[]): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}

// Both directions deny by default, said aloud, and with a rule that matches nobody where there is no other:
// Cilium leaves a direction without rules open, whatever `enableDefaultDeny` says.
function policy(
  name: string,
  namespace: string,
  labels: Labels,
  { endpoint, ingress, egress }: { endpoint: Labels; ingress: Rule[]; egress: Rule[] },
): KubeObject {
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name, namespace, labels: { ...labels } },
    spec: {
      endpointSelector: { matchLabels: endpoint },
      enableDefaultDeny: { egress: true, ingress: true },
      ingress: ingress.length > 0 ? ingress : [{}],
      egress,
    },
  };
}
