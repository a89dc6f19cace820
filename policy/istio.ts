/**
 * From what is in effect to Istio's objects (identity and port, and where a service asks for it, requests).
 *
 * The mesh is ambient: the callee's ztunnel checks who calls and on which port of the pod. A waypoint stands
 * in front of a service only where callers are limited to methods or paths, and in front of what is outside
 * of the cluster, where no ztunnel could check. Everything is an ALLOW beside a default deny; there is never
 * a DENY.
 *
 * @module
 */
import {
  type InboundRules,
  type KubeObject,
  SERVICE_LABEL,
  USE_WAYPOINT_LABEL,
} from "@lattice/api";
import type {
  EffectiveExternal,
  EffectiveService,
  HostGroup,
  LimitedCaller,
  Peer,
} from "./effective.ts";
import {
  entryNames,
  externalLabels,
  externalWaypoint,
  HBONE_PORT,
  INGRESS_PORTS,
  type Labels,
  principal,
  serviceLabels,
} from "./names.ts";
import { ingressPort, type PortPair } from "./ports.ts";

/** Rule of an AuthorizationPolicy, as far as it is written here. */
interface Rule {
  /** Absent: everybody. */
  from?: { source: { principals: string[] } }[];
  to: { operation: { ports: string[]; methods?: string[]; paths?: string[] } }[];
}

interface Limits {
  methods?: string[];
  paths?: string[];
}

type Target = { selector: { matchLabels: Labels } } | {
  targetRefs: { group: string; kind: string; name: string }[];
};

const WAYPOINT_CLASS = "istio-waypoint";

/**
 * Istio's objects of a service.
 *
 * @param service what is in effect
 * @param cluster name of the cluster
 * @returns none when nobody may call it over TCP
 */
export function serviceIstio(service: EffectiveService, cluster: string): KubeObject[] {
  if (service.ports.tcp.length === 0) return [];
  const objects = service.callers.length === 0
    ? []
    : service.waypoint
    ? behindWaypoint(service, service.waypoint, cluster)
    : [allow(service, "allow-to", podsTarget(service), [
      rule(service.callers, cluster, targets(service.ports.tcp)),
    ])];
  const port = ingressPort(service.ports);
  if (service.gateway && port) {
    const gateway = { ...service, name: service.gateway.account };
    objects.push(
      allow(service, "allow-gateway-to", podsTarget(service), [
        rule([gateway], cluster, [port.target]),
      ]),
      allow(service, "allow-ingress-to", gatewayTarget(service.gateway.gateway), [outsiders()]),
    );
  }
  return objects;
}

// The default deny of the mesh is about gateways, too; outsiders have no identity to tell them by.
function outsiders(): Rule {
  return { to: [{ operation: { ports: INGRESS_PORTS.map(String) } }] };
}

/**
 * Istio's objects of an external service.
 *
 * @param external what is in effect
 * @param cluster name of the cluster
 * @returns a ServiceEntry for each host, and when somebody may call, a waypoint and a policy for each host
 */
export function externalIstio(external: EffectiveExternal, cluster: string): KubeObject[] {
  const names = entryNames(external.name, external.groups.map(({ host }) => host));
  const isCalled = external.callers.length > 0;
  return external.groups.flatMap((group) => {
    const name = names.get(group.host) ?? external.name;
    const entry = serviceEntry(external, name, group);
    return isCalled ? [entry, allowEntry(external, name, group, cluster)] : [entry];
  }).concat(
    isCalled && external.groups.length > 0
      ? [waypoint(external, externalWaypoint(external.name), externalLabels(external.name))]
      : [],
  );
}

function behindWaypoint(
  service: EffectiveService,
  gateway: string,
  cluster: string,
): KubeObject[] {
  const ports = service.ports.tcp.map(({ port }) => port);
  const target = { targetRefs: [{ group: "", kind: "Service", name: service.name }] };
  return [
    allow(service, "allow-to", target, requestRules(service.limits, cluster, ports)),
    allow(service, "allow-waypoint-to", podsTarget(service), [
      rule([{ ...service, name: gateway }], cluster, targets(service.ports.tcp)),
    ]),
    waypoint(service, gateway, serviceLabels(service.name)),
  ];
}

// Callers with the same limits share a rule: a policy has room for 512.
function requestRules(
  callers: readonly LimitedCaller[],
  cluster: string,
  ports: readonly number[],
): Rule[] {
  const byLimits = new Map<string, { limits: Limits; peers: Peer[] }>();
  for (const { peer, rules } of callers) {
    for (const limits of rules.length === 0 ? [{}] : rules.map(limitsOf)) {
      const id = JSON.stringify(limits);
      const known = byLimits.get(id);
      if (!known) byLimits.set(id, { limits, peers: [peer] });
      else if (known.peers.at(-1) !== peer) known.peers.push(peer);
    }
  }
  return [...byLimits].sort(([a], [b]) => a < b ? -1 : 1).map(([, { limits, peers }]) => ({
    ...rule(peers, cluster, ports),
    to: [{ operation: { ports: ports.map(String), ...limits } }],
  }));
}

function limitsOf({ methods, paths }: InboundRules): Limits {
  return {
    ...(methods ? { methods: [...new Set(methods)].sort() } : {}),
    ...(paths ? { paths: [...new Set(paths)].sort() } : {}),
  };
}

function rule(
  peers: readonly Pick<Peer, "namespace" | "name">[],
  cluster: string,
  ports: readonly number[],
): Rule {
  const principals = peers.map(({ namespace, name }) => principal(cluster, namespace, name));
  return {
    from: [{ source: { principals: principals.sort() } }],
    to: [{ operation: { ports: ports.map(String) } }],
  };
}

// The ztunnel sees the port of the pod, not that of the Service.
function targets(pairs: readonly PortPair[]): number[] {
  return [...new Set(pairs.map(({ target }) => target))].sort((a, b) => a - b);
}

function gatewayTarget(name: string): Target {
  return { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name }] };
}

function podsTarget({ name }: Peer): Target {
  return { selector: { matchLabels: { [SERVICE_LABEL]: name } } };
}

function allow(
  service: EffectiveService,
  prefix: "allow-to" | "allow-waypoint-to" | "allow-gateway-to" | "allow-ingress-to",
  target: Target,
  rules: Rule[],
): KubeObject {
  return authorization(
    `${prefix}-${service.name}`,
    service.namespace,
    serviceLabels(service.name),
    target,
    rules,
  );
}

function allowEntry(
  external: EffectiveExternal,
  entry: string,
  group: HostGroup,
  cluster: string,
): KubeObject {
  return authorization(
    `allow-external-${entry}`,
    external.namespace,
    externalLabels(external.name),
    { targetRefs: [{ group: "networking.istio.io", kind: "ServiceEntry", name: entry }] },
    [rule(external.callers, cluster, group.endpoints.map(({ port }) => port))],
  );
}

function authorization(
  name: string,
  namespace: string,
  labels: Labels,
  target: Target,
  rules: Rule[],
): KubeObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name, namespace, labels },
    spec: { ...target, action: "ALLOW", rules },
  };
}

function waypoint({ namespace }: Peer, name: string, labels: Labels): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name, namespace, labels: { ...labels, "istio.io/waypoint-for": "service" } },
    spec: {
      gatewayClassName: WAYPOINT_CLASS,
      listeners: [{
        name: "mesh",
        port: HBONE_PORT,
        protocol: "HBONE",
        allowedRoutes: { namespaces: { from: "Same" } },
      }],
    },
  };
}

function serviceEntry(external: EffectiveExternal, name: string, group: HostGroup): KubeObject {
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "ServiceEntry",
    metadata: {
      name,
      namespace: external.namespace,
      labels: {
        ...externalLabels(external.name),
        [USE_WAYPOINT_LABEL]: externalWaypoint(external.name),
      },
    },
    spec: {
      hosts: [hostOf(external, name, group)],
      ...(group.address ? { addresses: [group.host] } : {}),
      ports: group.endpoints.map(({ name: port, port: number, protocol }) => ({
        number,
        name: port,
        protocol: protocol.toUpperCase(),
      })),
      location: "MESH_EXTERNAL",
      resolution: group.address ? "STATIC" : "DNS",
      ...(group.address ? { endpoints: [{ address: group.host }] } : {}),
    },
  };
}

// A ServiceEntry must have a name even where there is only an address.
function hostOf(external: EffectiveExternal, entry: string, { host, address }: HostGroup): string {
  return address ? `${entry}.${external.namespace}.external.lattice.internal` : host;
}
