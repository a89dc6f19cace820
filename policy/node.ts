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
  RESERVED_SERVICE_NAME,
  SYSTEM_NAMESPACES,
} from "@lattice/api";
import { waypointOf } from "./names.ts";
import { type Ports, portsOf } from "./ports.ts";
import type { Edge, NodeKind } from "./types.ts";

const SYSTEM = new Set(SYSTEM_NAMESPACES);

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
  /** Names of single callers by namespace. */
  readonly callers: Map<string, Set<string>> = new Map();

  /**
   * Adds a single caller.
   *
   * @param namespace its namespace
   * @param name its name
   */
  add(namespace: string, name: string): void {
    const names = this.callers.get(namespace);
    if (names) names.add(name);
    else this.callers.set(namespace, new Set([name]));
  }

  /**
   * Whether a caller is admitted.
   *
   * @param namespace its namespace
   * @param name its name
   * @returns true when it is declared, by itself or by a wildcard
   */
  admits(namespace: string, name: string): boolean {
    return this.everyone || (this.callers.get(namespace)?.has(name) ?? false) ||
      this.namespaces.has(namespace);
  }
}

const NOBODY = new Admission();

/** What follows from a service alone. */
export interface ServiceFacts {
  /** Its ports. */
  readonly ports: Ports;
  /** Its waypoint, when it has one. */
  readonly waypoint: string | undefined;
}

/** What follows from an external service alone. */
export interface ExternalFacts {
  /** Its endpoints. */
  readonly endpoints: readonly ExternalEndpoint[];
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
  /** What it declares to call, and bits: as what, and on what both sides agree. */
  readonly out: Map<Node, number> = new Map();
  /** Who declares to call it. */
  readonly callers: Set<Node> = new Set();
  /** Agreed edges to it; undefined until somebody asks. */
  inbound: readonly Edge[] | undefined = undefined;
  /** Agreed edges from it; undefined until somebody asks. */
  outbound: readonly Edge[] | undefined = undefined;
  /** Keys of {@linkcode Node.out}, sorted; undefined until somebody asks. */
  outKeys: readonly string[] | undefined = undefined;
  /** Keys of {@linkcode Node.callers}, sorted; undefined until somebody asks. */
  callerKeys: readonly string[] | undefined = undefined;
  /** Number of the last walk that came by. */
  stamp = 0;
  /** Grows with the key among the nodes of a graph. */
  rank = 0;
  #serviceAdmission: Admission | undefined = undefined;
  #externalAdmission: Admission | undefined = undefined;
  #serviceFacts: ServiceFacts | undefined = undefined;
  #externalFacts: ExternalFacts | undefined = undefined;

  /**
   * @param namespace namespace
   * @param name name
   */
  constructor(namespace: string, name: string) {
    this.key = `${namespace}/${name}`;
    this.namespace = namespace;
    this.name = name;
    this.refused = SYSTEM.has(namespace) || RESERVED_SERVICE_NAME.test(name);
  }

  /**
   * Replaces the service.
   *
   * @param service the new one, or undefined
   */
  setService(service: LatticeService | undefined): void {
    this.service = service;
    this.#serviceFacts = undefined;
    this.#serviceAdmission = undefined;
  }

  /**
   * Replaces the external service.
   *
   * @param external the new one, or undefined
   */
  setExternal(external: LatticeExternalService | undefined): void {
    this.external = external;
    this.#externalFacts = undefined;
    this.#externalAdmission = undefined;
  }

  /**
   * What follows from the service; found out once.
   *
   * @returns facts, or undefined without a service
   */
  serviceFacts(): ServiceFacts | undefined {
    const { service } = this;
    if (!service) return undefined;
    return this.#serviceFacts ??= {
      ports: portsOf(service),
      waypoint: waypointOf(service),
    };
  }

  /**
   * What follows from the external service; found out once.
   *
   * @returns facts, or undefined without an external service
   */
  externalFacts(): ExternalFacts | undefined {
    const { external } = this;
    if (!external) return undefined;
    return this.#externalFacts ??= { endpoints: usableEndpoints(external) };
  }

  /**
   * Who may call; found out once.
   *
   * @param kind as what
   * @returns admission, or undefined when there is nothing of that kind
   */
  admission(kind: NodeKind): Admission | undefined {
    const { service, external, namespace } = this;
    if (kind === "service") {
      if (!service) return undefined;
      return this.#serviceAdmission ??= serviceAdmission(service, namespace);
    }
    if (!external) return undefined;
    return this.#externalAdmission ??= externalAdmission(external, namespace);
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
    return this.admission(kind)?.admits(caller.namespace, caller.name) ?? false;
  }
}

/**
 * Who may call a service.
 *
 * @param service the service
 * @param namespace its namespace
 * @returns admission by its inbound resources
 */
export function serviceAdmission(service: LatticeService, namespace: string): Admission {
  const resources = service.spec.resources;
  let admission: Admission | undefined;
  for (const name in resources) {
    const resource = resources[name];
    if (!resource || resource.type !== "service" || resource.direction === "outbound") continue;
    admission ??= new Admission();
    const peer = resource.id ?? name;
    const from = resource.namespace ?? namespace;
    if (peer !== "*") {
      if (from !== "*") admission.add(from, peer);
    } else if (from === "*") admission.everyone = true;
    else admission.namespaces.add(from);
  }
  return admission ?? NOBODY;
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
    else if (slash < 0) admission.add(namespace, requester);
    else if (requester.endsWith("/*")) admission.namespaces.add(requester.slice(0, slash));
    else admission.add(requester.slice(0, slash), requester.slice(slash + 1));
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
