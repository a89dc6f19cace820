/**
 * A cluster in which pods run as their services say, and calls are judged by the models of Cilium and Istio.
 *
 * @module
 */
import type { KubeObject, LatticeService } from "@lattice/api";
import { CiliumModel, type Endpoint, type Layer4 } from "./mesh_cilium.ts";
import { IstioModel, type Workload } from "./mesh_istio.ts";
import { type Declared, isAgreed, type Question, questions } from "./mesh_model.ts";

const TUNNEL = 15008;

/** What the layers say of one call. */
export interface Judgement {
  readonly question: Question;
  readonly agreed: boolean;
  readonly l4: boolean;
  /** Undefined where the mesh has no say: it carries TCP only. */
  readonly mesh: boolean | undefined;
}

/** Declarations, the objects compiled from them, and what follows. */
export class MeshWorld {
  readonly #declared: readonly Declared[];
  readonly #objects: readonly KubeObject[];
  readonly #cilium: Layer4;
  readonly #istio: IstioModel;
  readonly #pods = new Map<string, Endpoint>();

  /**
   * @param declared what people wrote
   * @param objects what is in the cluster
   * @param cluster name of the cluster
   * @param l4 who decides at layer 4. Default: the model of Cilium
   */
  constructor(
    declared: readonly Declared[],
    objects: readonly KubeObject[],
    cluster: string,
    l4: Layer4 = new CiliumModel(objects),
  ) {
    this.#declared = declared;
    this.#objects = objects;
    this.#cilium = l4;
    this.#istio = new IstioModel(objects, cluster);
  }

  /** Every caller, callee and offered port, judged. */
  judgeAll(): Judgement[] {
    return questions(this.#declared).map((question) => this.judge(question));
  }

  /**
   * One call, judged.
   *
   * @param question call
   */
  judge(question: Question): Judgement {
    const agreed = isAgreed(question.caller, question.callee, this.#declared);
    if (question.callee.kind === "LatticeExternalService") {
      return { question, agreed, ...this.#judgeExternal(question) };
    }
    return { question, agreed, ...this.#judgeService(question, question.callee) };
  }

  /**
   * Whether a pod that no service owns gets anywhere.
   *
   * @param namespace where it runs
   * @param labels labels that it gives itself
   * @param account its ServiceAccount
   * @param question call that it makes in place of the caller
   */
  strangerGetsThrough(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    account: string,
    question: Question,
  ): { l4: boolean; mesh: boolean } {
    const callee = question.callee as LatticeService;
    const pod = this.#pod(namespace, account, labels);
    const port = question.protocol === "UDP" ? question.target : TUNNEL;
    const l4 = this.#cilium.allows({
      from: pod,
      to: this.#servicePod(callee),
      port,
      protocol: question.protocol,
    });
    const identity = { namespace, account };
    const mesh = this.#istio.ztunnelAllows(workloadOf(callee), { identity, port: question.target });
    return { l4, mesh };
  }

  /**
   * Whether a pod that no service owns gets out to a host, by itself.
   *
   * @param namespace where it runs
   * @param labels labels that it gives itself
   * @param host DNS name or address
   * @param port port
   */
  strangerGetsOut(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    host: string,
    port: number,
  ): boolean {
    const from = this.#pod(namespace, "default", labels);
    return this.#cilium.allows({ from, to: { host }, port, protocol: "TCP" });
  }

  /**
   * Whether a request from outside of the cluster gets through the ingress of a service, to one of its ports.
   *
   * @param callee service
   * @param port port that was dialled
   * @param target port of the pod
   */
  outsiderGetsIn(callee: LatticeService, port: number, target: number): boolean {
    const { name, namespace = "" } = callee.metadata;
    const [gateway, account] = [`${name}-gateway`, `${name}-gateway-istio`];
    const pod = this.#pod(namespace, account, {
      "gateway.networking.k8s.io/gateway-name": gateway,
    });
    const to = this.#servicePod(callee);
    return this.#cilium.allows({
      from: { host: "198.51.100.77" },
      to: pod,
      port,
      protocol: "TCP",
    }) &&
      this.#istio.gatewayAllows({ namespace, name: gateway }, port, { method: "GET", path: "/" }) &&
      this.#cilium.allows({ from: pod, to, port: TUNNEL, protocol: "TCP" }) &&
      this.#istio.ztunnelAllows(workloadOf(callee), {
        identity: { namespace, account },
        port: target,
      });
  }

  /**
   * Whether a port that nobody offers can be reached, tunnelled or not.
   *
   * @param question a call; its port is replaced
   * @param port port of the pod
   */
  reachesOther(question: Question, port: number): { plain: boolean; tunnelled: boolean } {
    const callee = question.callee as LatticeService;
    const flow = { from: this.#servicePod(question.caller), to: this.#servicePod(callee) };
    const identity = identityOf(question.caller);
    return {
      plain: this.#cilium.allows({ ...flow, port, protocol: "TCP" }),
      tunnelled: this.#cilium.allows({ ...flow, port: TUNNEL, protocol: "TCP" }) &&
        this.#istio.ztunnelAllows(workloadOf(callee), { identity, port }),
    };
  }

  /**
   * Whether a request passes the waypoint of a service.
   *
   * @param question call
   * @param http the request
   */
  requestPasses(question: Question, http: { method: string; path: string }): boolean {
    const { name, namespace } = question.callee.metadata;
    return this.#istio.waypointAllows(`${namespace}/${name}-waypoint`, { kind: "Service", name }, {
      identity: identityOf(question.caller),
      port: question.port,
      http,
    });
  }

  #judgeService(
    question: Question,
    callee: LatticeService,
  ): { l4: boolean; mesh: boolean | undefined } {
    const from = this.#servicePod(question.caller);
    const to = this.#servicePod(callee);
    if (question.protocol === "UDP") {
      const flow = { from, to, port: question.target, protocol: "UDP" as const };
      return { l4: this.#cilium.allows(flow), mesh: undefined };
    }
    const { name, namespace = "" } = callee.metadata;
    const identity = identityOf(question.caller);
    if (!usesWaypoint(callee)) {
      return {
        l4: this.#cilium.allows({ from, to, port: TUNNEL, protocol: "TCP" }),
        mesh: this.#istio.ztunnelAllows(workloadOf(callee), { identity, port: question.target }),
      };
    }
    const gateway = `${name}-waypoint`;
    const waypoint = this.#gatewayPod(namespace, gateway);
    const passes = someRequest(callee).some((http) => this.requestPasses(question, http));
    return {
      l4: this.#cilium.allows({ from, to: waypoint, port: TUNNEL, protocol: "TCP" }) &&
        this.#cilium.allows({ from: waypoint, to, port: TUNNEL, protocol: "TCP" }),
      mesh: passes && this.#istio.ztunnelAllows(workloadOf(callee), {
        identity: { namespace, account: gateway },
        port: question.target,
      }),
    };
  }

  #judgeExternal({ caller, callee, host = "", port }: Question): { l4: boolean; mesh: boolean } {
    const { name, namespace = "" } = callee.metadata;
    const gateway = `${name}-waypoint-egress`;
    const from = this.#servicePod(caller);
    const waypoint = this.#gatewayPod(namespace, gateway);
    const flow = { port, protocol: "TCP" as const };
    const direct = this.#cilium.allows({ ...flow, from, to: { host } });
    const tunnelled = this.#cilium.allows({ from, to: waypoint, port: TUNNEL, protocol: "TCP" }) &&
      this.#cilium.allows({ ...flow, from: waypoint, to: { host } });
    // The caller may reach the host directly exactly when some external service with it is agreed.
    const mayDirect = questions(this.#declared).some((other) =>
      other.caller === caller && other.host === host && other.port === port &&
      isAgreed(caller, other.callee, this.#declared)
    );
    const entry = this.#entryOf(namespace, name, host, port);
    return {
      l4: direct === mayDirect ? tunnelled : !isAgreed(caller, callee, this.#declared),
      mesh: entry !== undefined && this.#istio.waypointAllows(
        `${namespace}/${gateway}`,
        { kind: "ServiceEntry", name: entry },
        { identity: identityOf(caller), port },
      ),
    };
  }

  #entryOf(namespace: string, external: string, host: string, port: number): string | undefined {
    return this.#objects.find(({ kind, metadata, spec }) => {
      if (kind !== "ServiceEntry" || metadata.namespace !== namespace) return false;
      if (metadata.labels?.["lattice.dev/external-service"] !== external) return false;
      const entry = spec as { hosts: string[]; addresses?: string[]; ports: { number: number }[] };
      return (entry.addresses ?? entry.hosts).includes(host) &&
        entry.ports.some(({ number }) => number === port);
    })?.metadata.name;
  }

  #servicePod({ metadata: { name, namespace = "" } }: LatticeService): Endpoint {
    return this.#pod(namespace, name, {
      "lattice.dev/service": name,
      "app.kubernetes.io/name": name,
      "app.kubernetes.io/managed-by": "lattice",
    });
  }

  #gatewayPod(namespace: string, gateway: string): Endpoint {
    return this.#pod(namespace, gateway, {
      "gateway.networking.k8s.io/gateway-name": gateway,
      "istio.io/waypoint-for": "service",
    });
  }

  // One object for one kind of pod: the model of Cilium remembers what selects it.
  #pod(
    namespace: string,
    account: string,
    labels: Readonly<Record<string, string>>,
  ): Endpoint {
    const id = JSON.stringify([namespace, account, labels]);
    const known = this.#pods.get(id);
    if (known) return known;
    const prefixed = Object.entries(labels).map(([key, value]) => [`k8s:${key}`, value]);
    const pod = {
      labels: {
        ...Object.fromEntries(prefixed),
        "k8s:io.kubernetes.pod.namespace": namespace,
        "k8s:io.cilium.k8s.policy.serviceaccount": account,
      },
    };
    this.#pods.set(id, pod);
    return pod;
  }
}

function identityOf({ metadata: { name, namespace = "" } }: LatticeService) {
  return { namespace, account: name };
}

function workloadOf(service: LatticeService): Workload {
  const { name } = service.metadata;
  return {
    ...identityOf(service),
    labels: { "lattice.dev/service": name, "app.kubernetes.io/name": name },
  };
}

function usesWaypoint(service: LatticeService): boolean {
  return Object.values(service.spec.resources).some(({ type, direction, inbound }) =>
    type === "service" && direction !== "outbound" &&
    (inbound?.methods !== undefined || inbound?.paths !== undefined)
  );
}

// Requests of which each declared limit lets at least one through.
function someRequest(service: LatticeService): { method: string; path: string }[] {
  const limits = Object.values(service.spec.resources).flatMap(({ inbound }) => inbound ?? []);
  return [{ method: "GET", path: "/" }].concat(
    limits.flatMap(({ methods, paths }) =>
      (methods ?? ["GET"]).flatMap((method) =>
        (paths ?? ["/"]).map((path) => ({ method, path: path.replace(/\*$/, "x") }))
      )
    ),
  );
}
