/**
 * What an ambient Istio does with the objects that are emitted, after its documentation.
 *
 * A workload that is captured takes tunnelled calls only (STRICT). Its ztunnel knows the caller's identity and
 * the port of the pod; a rule with anything of HTTP never matches there. A Service or ServiceEntry that names
 * a waypoint is reached through it: the waypoint evaluates what targets the Service, the ServiceEntry, the
 * Gateway or its class, and then calls on with its own identity. ALLOW policies add up; with one of them in
 * place, what no rule matches is denied.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";

/** An identity. */
export interface Identity {
  readonly namespace: string;
  readonly account: string;
}

/** A pod that is called. */
export interface Workload extends Identity {
  readonly labels: Readonly<Record<string, string>>;
}

/** Rule of an AuthorizationPolicy. */
export interface Rule {
  from?: { source: { principals?: string[] } }[];
  to?: { operation: { ports?: string[]; methods?: string[]; paths?: string[] } }[];
}

/** An AuthorizationPolicy's `spec`. */
export interface PolicySpec {
  selector?: { matchLabels?: Record<string, string> };
  targetRefs?: { group?: string; kind: string; name: string }[];
  action?: string;
  rules?: Rule[];
}

interface Policy {
  namespace: string;
  spec: PolicySpec;
}

/** A request to a waypoint or a ztunnel. */
export interface Request {
  readonly identity: Identity;
  readonly port: number;
  /** HTTP method and path; only a waypoint knows them. */
  readonly http?: { method: string; path: string };
}

/** What is called through a waypoint, in the namespace of the waypoint. */
export interface Target {
  readonly kind: "Service" | "ServiceEntry";
  readonly name: string;
}

const ROOT = "istio-system";
const CLASS = "istio-waypoint";

/** An ambient mesh with some objects. */
export class IstioModel {
  readonly #policies: Policy[];
  readonly #gateways: Set<string>;
  readonly #ambient: Set<string>;
  readonly #isStrict: boolean;
  readonly #trustDomain: string;

  /**
   * @param objects objects of any kind; what is not Istio's is left out
   * @param cluster name of the cluster
   */
  constructor(objects: readonly KubeObject[], cluster: string) {
    const of = (kind: string) => objects.filter((object) => object.kind === kind);
    this.#policies = of("AuthorizationPolicy").map((object) => ({
      namespace: object.metadata.namespace ?? "",
      spec: object.spec as PolicySpec,
    }));
    this.#gateways = new Set(
      of("Gateway").filter(({ spec }) =>
        (spec as { gatewayClassName: string }).gatewayClassName === CLASS
      ).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    );
    this.#ambient = new Set(
      of("Namespace").filter(({ metadata }) =>
        metadata.labels?.["istio.io/dataplane-mode"] === "ambient"
      ).map(({ metadata }) => metadata.name),
    );
    this.#isStrict = of("PeerAuthentication").some(({ metadata, spec }) =>
      metadata.namespace === ROOT &&
      (spec as { mtls?: { mode?: string } }).mtls?.mode === "STRICT"
    );
    this.#trustDomain = `lattice.${cluster}.local`;
  }

  /**
   * Whether the ztunnel of a workload lets a call in.
   *
   * @param to workload
   * @param request who calls, and the port of the pod
   */
  ztunnelAllows(to: Workload, { identity, port }: Request): boolean {
    if (!this.#ambient.has(to.namespace)) return true;
    // Without capture there is no tunnel, and a strict workload takes nothing else.
    if (!this.#isCaptured(identity) && this.#isStrict) return false;
    return this.#decide(this.policiesOf(to), { identity, port });
  }

  /**
   * The policies that the ztunnel of a workload evaluates.
   *
   * @param to workload
   */
  policiesOf(to: Workload): PolicySpec[] {
    return this.#policies.filter(({ namespace, spec }) =>
      !spec.targetRefs && (namespace === to.namespace || namespace === ROOT) &&
      Object.entries(spec.selector?.matchLabels ?? {}).every(([key, value]) =>
        to.labels[key] === value
      )
    ).map(({ spec }) => spec);
  }

  /**
   * Whether an ingress gateway lets a request from outside of the mesh in. Unlike a waypoint, it obeys what
   * selects its namespace or the whole mesh, too.
   *
   * @param gateway where it runs, and its name
   * @param port port that was dialled
   * @param http the request
   */
  gatewayAllows(
    { namespace: home, name }: { namespace: string; name: string },
    port: number,
    http: { method: string; path: string },
  ): boolean {
    const policies = this.#policies.filter(({ namespace, spec }) =>
      spec.targetRefs
        ? namespace === home &&
          spec.targetRefs.some((ref) => ref.kind === "Gateway" && ref.name === name)
        : (namespace === home || namespace === ROOT) && spec.selector === undefined
    ).map(({ spec }) => spec);
    return this.#decide(policies, { identity: { namespace: "", account: "" }, port, http });
  }

  /**
   * Whether a waypoint exists and lets a call through.
   *
   * @param gateway `namespace/name`
   * @param target what is called: a Service or a ServiceEntry in the namespace of the waypoint
   * @param request who calls, and the port that was dialled
   */
  waypointAllows(
    gateway: string,
    target: Target,
    request: Request,
  ): boolean {
    if (!this.#gateways.has(gateway)) return false;
    if (!this.#isCaptured(request.identity)) return false;
    return this.#decide(this.waypointPolicies(gateway, target), request);
  }

  /**
   * The policies that a waypoint evaluates for what is called.
   *
   * @param gateway `namespace/name`
   * @param target what is called
   */
  waypointPolicies(gateway: string, target: Target): PolicySpec[] {
    const [home = "", name = ""] = gateway.split("/");
    return this.#policies.filter(({ namespace, spec }) =>
      (spec.targetRefs ?? []).some((ref) =>
        ref.kind === "GatewayClass"
          ? namespace === ROOT && ref.name === CLASS
          : namespace === home &&
            (ref.kind === "Gateway"
              ? ref.name === name
              : ref.kind === target.kind && ref.name === target.name)
      )
    ).map(({ spec }) => spec);
  }

  #isCaptured({ namespace, account }: Identity): boolean {
    return this.#ambient.has(namespace) || this.#gateways.has(`${namespace}/${account}`);
  }

  #decide(policies: readonly PolicySpec[], request: Request): boolean {
    return isAllowed(policies, request, this.#trustDomain);
  }
}

/**
 * Istio's evaluation of policies that apply to one target: a DENY that matches wins; with any ALLOW in place one
 * of them has to match; without policies everything is allowed.
 *
 * @param policies policies that apply
 * @param request who calls what
 * @param trustDomain trust domain of the mesh
 */
export function isAllowed(
  policies: readonly PolicySpec[],
  request: Request,
  trustDomain: string,
): boolean {
  const matching = policies.filter((spec) =>
    (spec.rules ?? []).some((rule) => matches(rule, request, trustDomain))
  );
  if (matching.some(({ action }) => action === "DENY")) return false;
  const allows = policies.filter(({ action = "ALLOW" }) => action === "ALLOW");
  return allows.length === 0 || matching.some(({ action = "ALLOW" }) => action === "ALLOW");
}

function matches(rule: Rule, { identity, port, http }: Request, trustDomain: string): boolean {
  const principal = `${trustDomain}/ns/${identity.namespace}/sa/${identity.account}`;
  const isFrom = !rule.from ||
    rule.from.some(({ source }) => !source.principals || source.principals.includes(principal));
  const isTo = !rule.to ||
    rule.to.some(({ operation }) =>
      (!operation.ports || operation.ports.includes(String(port))) &&
      (!operation.methods || (http !== undefined && operation.methods.includes(http.method))) &&
      (!operation.paths ||
        (http !== undefined && operation.paths.some((path) => isPath(path, http.path))))
    );
  return isFrom && isTo;
}

function isPath(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
