/**
 * One key of the graph: what it declares, and who declares it.
 *
 * @module
 */
import {
  endpointsOf,
  type ExternalEndpoint,
  type InboundRules,
  type LatticeExternalService,
  type LatticeService,
  SYSTEM_NAMESPACES,
} from "@lattice/api";
import type { Edge, NodeKind } from "./types.ts";

const SYSTEM = new Set(SYSTEM_NAMESPACES);
const RESERVED = /^(default|waypoint)$|-waypoint(-egress)?$/;

/** As which kinds a caller declares a callee, as bits. */
export const AS_SERVICE = 1;
/** Bit of {@linkcode AS_SERVICE}'s counterpart. */
export const AS_EXTERNAL = 2;

/** Who may call, as one side declares it. */
export class Admission {
  /** Everyone who declares it. */
  everyone = false;
  /** Namespaces of which everyone may call. */
  readonly namespaces: Set<string> = new Set();
  /** Single callers. */
  readonly callers: Set<string> = new Set();

  /**
   * Whether a caller is admitted.
   *
   * @param key `namespace/name`
   * @param namespace its namespace
   * @returns true when it is declared, by itself or by a wildcard
   */
  admits(key: string, namespace: string): boolean {
    return this.everyone || this.callers.has(key) || this.namespaces.has(namespace);
  }
}

/** A key of the graph. Without a service and an external service it is only a name that others declare. */
export class Node {
  /** `namespace/name`. */
  readonly key: string;
  /** Namespace. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
  /** Whether the name or namespace belongs to the system: such a node takes part in nothing. */
  readonly refused: boolean;
  /** The service, when there is one. */
  service: LatticeService | undefined = undefined;
  /** The external service, when there is one. */
  external: LatticeExternalService | undefined = undefined;
  /** What it declares to call, and as what. */
  readonly out: Map<Node, number> = new Map();
  /** Who declares to call it. */
  readonly callers: Set<Node> = new Set();
  /** Who may call the service. */
  serviceAdmission: Admission | undefined = undefined;
  /** Who may call the external service. */
  externalAdmission: Admission | undefined = undefined;
  /** Endpoints of the external service. */
  endpoints: readonly ExternalEndpoint[] = [];
  /** Agreed edges to it; undefined until somebody asks. */
  inbound: readonly Edge[] | undefined = undefined;
  /** Agreed edges from it; undefined until somebody asks. */
  outbound: readonly Edge[] | undefined = undefined;

  /**
   * @param namespace namespace
   * @param name name
   */
  constructor(namespace: string, name: string) {
    this.key = `${namespace}/${name}`;
    this.namespace = namespace;
    this.name = name;
    this.refused = SYSTEM.has(namespace) || RESERVED.test(name);
  }

  /**
   * Whether the key stands for something.
   *
   * @returns false for a name that others only declare
   */
  exists(): boolean {
    return this.service !== undefined || this.external !== undefined;
  }

  /**
   * Whether calls of this node are subject to policies at all.
   *
   * @returns false for system names and for pods on the network of the host, which no policy reaches
   */
  isCaller(): boolean {
    return this.service !== undefined && !this.refused && this.service.spec.hostNetwork !== true;
  }

  /**
   * What a declaration means: the declared kind when it exists, else the other one.
   *
   * @param declared bits of the declaration
   * @param kind kind in question
   * @returns true when the declaration is about that kind
   */
  isMeant(declared: number, kind: NodeKind): boolean {
    if (kind === "service") {
      return this.service !== undefined &&
        ((declared & AS_SERVICE) !== 0 || this.external === undefined);
    }
    return this.external !== undefined &&
      ((declared & AS_EXTERNAL) !== 0 || this.service === undefined);
  }

  /**
   * Whether this callee admits a caller.
   *
   * @param caller who calls
   * @param kind as what it is called
   * @returns true when this side declares it
   */
  admits(caller: Node, kind: NodeKind): boolean {
    if (this.refused) return false;
    if (kind === "service" && this.service?.spec.hostNetwork === true) return false;
    const admission = kind === "service" ? this.serviceAdmission : this.externalAdmission;
    return admission?.admits(caller.key, caller.namespace) ?? false;
  }
}

/**
 * Who may call a service.
 *
 * @param service the service
 * @param namespace its namespace
 * @returns admission by its inbound resources, or undefined when it admits nobody
 */
export function serviceAdmission(
  service: LatticeService,
  namespace: string,
): Admission | undefined {
  const resources = service.spec.resources;
  let admission: Admission | undefined;
  for (const name in resources) {
    const resource = resources[name];
    if (!resource || resource.type !== "service" || resource.direction === "outbound") continue;
    admission ??= new Admission();
    const peer = resource.id ?? name;
    const from = resource.namespace ?? namespace;
    if (peer !== "*") {
      if (from !== "*") admission.callers.add(`${from}/${peer}`);
    } else if (from === "*") admission.everyone = true;
    else admission.namespaces.add(from);
  }
  return admission;
}

/**
 * Who may call an external service.
 *
 * @param external the external service
 * @param namespace its namespace
 * @returns admission by its requesters
 */
export function externalAdmission(
  external: LatticeExternalService,
  namespace: string,
): Admission {
  const admission = new Admission();
  for (const requester of external.spec.allowedRequesters) {
    const slash = requester.indexOf("/");
    if (requester === "*") admission.everyone = true;
    else if (slash < 0) admission.callers.add(`${namespace}/${requester}`);
    else if (requester.endsWith("/*")) admission.namespaces.add(requester.slice(0, slash));
    else admission.callers.add(requester);
  }
  return admission;
}

/**
 * The endpoints of an external service of which every part is usable.
 *
 * @param external the external service
 * @returns endpoints sorted by name; a DNS name under static resolution is left out, nothing could reach it
 */
export function usableEndpoints(external: LatticeExternalService): ExternalEndpoint[] {
  return endpointsOf(external).filter((endpoint) =>
    external.spec.resolution !== "static" || endpoint.address !== undefined
  );
}

/**
 * The rules under which a service admits a caller.
 *
 * @param callee the service
 * @param caller who calls
 * @returns rules of every declaration that admits the caller; undefined entries stand for no limits
 */
export function rulesFor(callee: Node, caller: Node): (InboundRules | undefined)[] {
  const found: (InboundRules | undefined)[] = [];
  const resources = callee.service?.spec.resources ?? {};
  for (const name in resources) {
    const resource = resources[name];
    if (!resource || resource.type !== "service" || resource.direction === "outbound") continue;
    const from = resource.namespace ?? callee.namespace;
    const peer = resource.id ?? name;
    const isMeant = peer === "*"
      ? from === "*" || from === caller.namespace
      : peer === caller.name && from === caller.namespace;
    if (isMeant) found.push(resource.inbound);
  }
  return found;
}
