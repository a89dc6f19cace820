/**
 * Names, labels and identities of what is compiled.
 *
 * No two inputs give one name: every kind of object has a prefix that no other starts with, waypoints end in
 * what no service may end in, and hashed names can be told from plain ones.
 *
 * @module
 */
import {
  EXTERNAL_SERVICE_LABEL,
  INGRESS_GATEWAY_CLASS,
  type LatticeService,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  SERVICE_LABEL,
} from "@lattice/api";

/** Cilium's form of the namespace of a pod. */
export const NAMESPACE_KEY = "k8s:io.kubernetes.pod.namespace";
/** Cilium's form of the ServiceAccount of a pod, which nobody can set as a label. */
export const ACCOUNT_KEY = "k8s:io.cilium.k8s.policy.serviceaccount";
/** Cilium's form of the label of a service's pods. */
export const SERVICE_KEY = `k8s:${SERVICE_LABEL}`;
/** Gateway API's label on the pods of a Gateway. */
export const GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name";
/** Cilium's form of {@linkcode GATEWAY_LABEL}. */
export const GATEWAY_KEY = `k8s:${GATEWAY_LABEL}`;
/** Port on which ztunnel and waypoints take tunnelled traffic. */
export const HBONE_PORT = 15008;

/** Ports on which an ingress gateway takes requests from outside of the cluster. */
export const INGRESS_PORTS: readonly number[] = [80, 443];

/** Labels of a selector. */
export type Labels = Record<string, string>;

/**
 * SPIFFE identity as Istio's policies write it.
 *
 * @param cluster name of the cluster
 * @param namespace namespace
 * @param account ServiceAccount
 * @returns identity without `spiffe://`
 */
export function principal(cluster: string, namespace: string, account: string): string {
  return `lattice.${cluster}.local/ns/${namespace}/sa/${account}`;
}

/**
 * Name of the waypoint in front of a service; also its ServiceAccount.
 *
 * @param service name of the service
 * @returns name that no service may have
 */
export function serviceWaypoint(service: string): string {
  return `${service}-waypoint`;
}

/**
 * Name of the waypoint through which calls to an external service leave; also its ServiceAccount.
 *
 * @param external name of the external service
 * @returns name that no service may have
 */
export function externalWaypoint(external: string): string {
  return `${external}-waypoint-egress`;
}

/**
 * The waypoint that a service needs.
 *
 * @param service the service
 * @returns name of its Gateway when any of its callers is limited to methods or paths, else undefined:
 *   ztunnel enforces identities and ports by itself
 */
export function waypointOf(service: LatticeService): string | undefined {
  const isLimited = Object.values(service.spec.resources).some(({ type, direction, inbound }) =>
    type === "service" && direction !== "outbound" &&
    (inbound?.methods !== undefined || inbound?.paths !== undefined)
  );
  return isLimited ? serviceWaypoint(service.metadata.name) : undefined;
}

/** The gateway through which outsiders reach a service. */
export interface IngressGateway {
  /** Name of the Gateway. */
  readonly gateway: string;
  /** ServiceAccount of its pods. */
  readonly account: string;
}

/**
 * The ingress gateway of a service.
 *
 * @param service the service
 * @returns gateway and identity; undefined without ingress, or with a class whose identities are not known
 */
export function ingressGatewayOf(service: LatticeService): IngressGateway | undefined {
  const { ingress } = service.spec;
  if (!ingress || ingress.gatewayClass !== INGRESS_GATEWAY_CLASS) return undefined;
  const gateway = `${service.metadata.name}-gateway`;
  return { gateway, account: `${gateway}-${INGRESS_GATEWAY_CLASS}` };
}

/**
 * Selects the pods of a service.
 *
 * @param namespace namespace
 * @param name name of the service
 * @returns labels; the ServiceAccount is among them, since labels can be forged
 */
export function servicePods(namespace: string, name: string): Labels {
  return { [ACCOUNT_KEY]: name, [NAMESPACE_KEY]: namespace, [SERVICE_KEY]: name };
}

/**
 * Selects the pods of a Gateway.
 *
 * @param namespace namespace
 * @param gateway name of the Gateway
 * @param account ServiceAccount of its pods. Default: the name, as waypoints have it
 * @returns labels
 */
export function gatewayPods(namespace: string, gateway: string, account: string = gateway): Labels {
  return { [ACCOUNT_KEY]: account, [GATEWAY_KEY]: gateway, [NAMESPACE_KEY]: namespace };
}

/**
 * Labels of what a service owns.
 *
 * @param name name of the service
 * @returns labels for metadata
 */
export function serviceLabels(name: string): Labels {
  return { [MANAGED_BY_LABEL]: MANAGED_BY, [SERVICE_LABEL]: name };
}

/**
 * Labels of what an external service owns.
 *
 * @param name name of the external service
 * @returns labels for metadata
 */
export function externalLabels(name: string): Labels {
  return { [MANAGED_BY_LABEL]: MANAGED_BY, [EXTERNAL_SERVICE_LABEL]: name };
}

const HASHED = /-[0-9a-f]{10}$/;

/**
 * Names of the ServiceEntries of an external service.
 *
 * The first DNS name gets the plain name, as people expect it; all others get a hash. A name that already
 * looks hashed is never used plain, so that it cannot be another's hashed name.
 *
 * @param external name of the external service
 * @param hosts its hosts, DNS names first, each part sorted
 * @returns name by host, all different
 */
export function entryNames(external: string, hosts: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const [index, host] of hosts.entries()) {
    let name = external;
    for (let salt = 0; name === external || taken.has(name); salt++) {
      if (index === 0 && salt === 0 && !HASHED.test(external)) break;
      name = `${external}-${shortHash(`${external}|${host}|${salt}`)}`;
    }
    taken.add(name);
    names.set(host, name);
  }
  return names;
}

/**
 * A short fingerprint. It keeps names apart and protects nothing.
 *
 * @param text anything
 * @returns ten hexadecimal digits
 */
export function shortHash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  a ^= a >>> 16;
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0");
  return (hex(a) + hex(b)).slice(0, 10);
}

/**
 * The namespace of a service.
 *
 * @param key `namespace/name`
 */
export function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

/**
 * The name of a service within its namespace.
 *
 * @param key `namespace/name`
 */
export function nameOf(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}
