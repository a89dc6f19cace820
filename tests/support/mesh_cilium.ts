/**
 * What Cilium does with the policies that are emitted, after its documentation.
 *
 * An endpoint denies a direction by default when a policy that selects it has a rule for that direction, be it
 * an empty one, and does not say otherwise; then one matching rule is enough. What `enableDefaultDeny` says of
 * a direction without rules counts for nothing. Selectors of peers in a namespaced policy are about its own
 * namespace unless they name one. Rules by address are about what is outside of the cluster.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";

/** A pod, as Cilium sees it: its identity labels, with the prefix `k8s:`. */
export interface Endpoint {
  readonly labels: Readonly<Record<string, string>>;
}

/** Something outside of the cluster. */
export interface Outside {
  /** DNS name, or address. */
  readonly host: string;
}

/** A connection. */
export interface Flow {
  readonly from: Endpoint | Outside;
  readonly to: Endpoint | Outside;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface PortRule {
  ports: { port: string; protocol?: string }[];
  rules?: { dns?: { matchName?: string; matchPattern?: string }[] };
}

interface Rule {
  fromEndpoints?: Selector[];
  fromEntities?: string[];
  fromCIDR?: string[];
  toEndpoints?: Selector[];
  toEntities?: string[];
  toFQDNs?: { matchName?: string }[];
  toCIDR?: string[];
  toPorts?: PortRule[];
}

interface Spec {
  endpointSelector: Selector;
  enableDefaultDeny?: { ingress?: boolean; egress?: boolean };
  ingress?: Rule[];
  egress?: Rule[];
}

interface Policy {
  namespace: string | undefined;
  spec: Spec;
}

const NAMESPACE = "io.kubernetes.pod.namespace";

/** Whoever decides about connections: the model, or Cilium's engine. */
export interface Layer4 {
  /**
   * Whether a connection is let through at both ends.
   *
   * @param flow connection
   */
  allows(flow: Flow): boolean;
}

/** Cilium with some policies. */
export class CiliumModel implements Layer4 {
  readonly #policies: Policy[];
  readonly #selected = new Map<Endpoint, Policy[]>();

  /**
   * @param objects objects of any kind; only Cilium's are read
   */
  constructor(objects: readonly KubeObject[]) {
    this.#policies = objects.filter(({ apiVersion }) => apiVersion === "cilium.io/v2").map((
      object,
    ) => ({
      namespace: object.metadata.namespace,
      spec: object.spec as Spec,
    }));
  }

  /**
   * Whether a connection is let through at both ends.
   *
   * @param flow connection
   */
  allows(flow: Flow): boolean {
    return (!isPod(flow.from) || this.#direction(flow.from, flow, "egress")) &&
      (!isPod(flow.to) || this.#direction(flow.to, flow, "ingress"));
  }

  #direction(endpoint: Endpoint, flow: Flow, direction: "ingress" | "egress"): boolean {
    const policies = this.#policiesOf(endpoint);
    const isEnforced = policies.some(({ spec }) =>
      (spec[direction]?.length ?? 0) > 0 && (spec.enableDefaultDeny?.[direction] ?? true)
    );
    if (!isEnforced) return true;
    return policies.some(({ namespace, spec }) =>
      (spec[direction] ?? []).some((rule) =>
        this.#matchesPeer(rule, namespace, flow, endpoint, direction) && matchesPort(rule, flow)
      )
    );
  }

  #policiesOf(endpoint: Endpoint): Policy[] {
    const known = this.#selected.get(endpoint);
    if (known) return known;
    const found = this.#policies.filter(({ namespace, spec }) =>
      (namespace === undefined || valueOf(endpoint, NAMESPACE) === namespace) &&
      matches(spec.endpointSelector, endpoint)
    );
    this.#selected.set(endpoint, found);
    return found;
  }

  #matchesPeer(
    rule: Rule,
    namespace: string | undefined,
    flow: Flow,
    self: Endpoint,
    direction: "ingress" | "egress",
  ): boolean {
    const peer = direction === "ingress" ? flow.from : flow.to;
    const selectors = direction === "ingress" ? rule.fromEndpoints : rule.toEndpoints;
    const entities = (direction === "ingress" ? rule.fromEntities : rule.toEntities) ?? [];
    if (entities.includes("all")) return true;
    if (isPod(peer)) {
      if (entities.includes("cluster")) return true;
      return (selectors ?? []).some((selector) => matches(inNamespace(selector, namespace), peer));
    }
    if (entities.includes("world")) return true;
    const cidrs = (direction === "ingress" ? rule.fromCIDR : rule.toCIDR) ?? [];
    if (cidrs.some((cidr) => cidr.replace(/\/(32|128)$/, "") === peer.host)) return true;
    if (direction === "ingress") return false;
    return (rule.toFQDNs ?? []).some(({ matchName }) => matchName === peer.host) &&
      this.#learns(self, peer.host);
  }

  // A name has no address for Cilium until the answer has passed through its proxy.
  #learns(endpoint: Endpoint, host: string): boolean {
    return this.#policiesOf(endpoint).some(({ spec }) =>
      (spec.egress ?? []).some((rule) =>
        (rule.toPorts ?? []).some(({ rules, ports }) =>
          ports.some(({ port }) => port === "53") &&
          (rules?.dns ?? []).some(({ matchName, matchPattern }) =>
            matchName === host || matchPattern === "*"
          )
        )
      )
    );
  }
}

function isPod(end: Endpoint | Outside): end is Endpoint {
  return "labels" in end;
}

function matchesPort(rule: Rule, { port, protocol }: Flow): boolean {
  if (!rule.toPorts) return true;
  return rule.toPorts.some(({ ports }) =>
    ports.some((each) =>
      each.port === String(port) && [undefined, "ANY", protocol].includes(each.protocol)
    )
  );
}

function inNamespace(selector: Selector, namespace: string | undefined): Selector {
  const keys = [
    ...Object.keys(selector.matchLabels ?? {}),
    ...(selector.matchExpressions ?? []).map(({ key }) => key),
  ];
  if (namespace === undefined || keys.some((key) => bare(key) === NAMESPACE)) return selector;
  return { ...selector, matchLabels: { ...selector.matchLabels, [`k8s:${NAMESPACE}`]: namespace } };
}

function matches(selector: Selector, endpoint: Endpoint): boolean {
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) =>
    valueOf(endpoint, key) === value
  ) && (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = valueOf(endpoint, key);
    if (operator === "Exists") return value !== undefined;
    if (operator === "DoesNotExist") return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === "In" ? isIn : !isIn;
  });
}

function valueOf(endpoint: Endpoint, key: string): string | undefined {
  return endpoint.labels[`k8s:${bare(key)}`];
}

function bare(key: string): string {
  return key.replace(/^(k8s|any):/, "");
}
