/**
 * Bilateral agreement, told as plainly as possible: the reference that the compiler is held against.
 *
 * It shares no code with `policy/`: no index, no cache, only the declarations as they are written.
 *
 * @module
 */
import type { LatticeExternalService, LatticeService } from "@lattice/api";

/** What the reference reads. */
export type Declared = LatticeService | LatticeExternalService;

/** One thing that may be called, or not. */
export interface Question {
  /** Who calls. */
  readonly caller: LatticeService;
  /** What is called. */
  readonly callee: Declared;
  /** Port that the caller dials. */
  readonly port: number;
  /** Port of the pod, or of the host outside. */
  readonly target: number;
  /** Transport. */
  readonly protocol: "TCP" | "UDP";
  /** Host outside of the cluster; absent for services. */
  readonly host?: string;
}

/**
 * Whether both sides declare a call.
 *
 * @param caller who calls
 * @param callee what is called
 * @param all everything that is declared
 */
export function isAgreed(
  caller: LatticeService,
  callee: Declared,
  all: readonly Declared[],
): boolean {
  if (caller.spec.hostNetwork || (callee.kind === "LatticeService" && callee.spec.hostNetwork)) {
    return false;
  }
  return doesCall(caller, callee, all) && doesAdmit(callee, caller);
}

/**
 * Every port that every callee offers, for every caller.
 *
 * @param all everything that is declared
 */
export function questions(all: readonly Declared[]): Question[] {
  return all.filter((object) => object.kind === "LatticeService").flatMap((caller) =>
    all.flatMap((callee) => offers(callee).map((offer) => ({ caller, callee, ...offer })))
  );
}

function doesCall(caller: LatticeService, callee: Declared, all: readonly Declared[]): boolean {
  return Object.entries(caller.spec.resources).some(([key, resource]) => {
    if (resource.direction === "inbound") return false;
    if ((resource.id ?? key) !== callee.metadata.name) return false;
    if ((resource.namespace ?? caller.metadata.namespace) !== callee.metadata.namespace) {
      return false;
    }
    if (resource.type !== "service" && resource.type !== "external-service") return false;
    const declared = resource.type === "service" ? "LatticeService" : "LatticeExternalService";
    if (callee.kind === declared) return true;
    // The other kind is meant when the declared one is not there.
    return !all.some((other) =>
      other.kind === declared && other.metadata.name === callee.metadata.name &&
      other.metadata.namespace === callee.metadata.namespace
    );
  });
}

function doesAdmit(callee: Declared, { metadata: caller }: LatticeService): boolean {
  const home = callee.metadata.namespace;
  if (callee.kind === "LatticeExternalService") {
    return callee.spec.allowedRequesters.some((requester) =>
      requester === "*" || requester === `${caller.namespace}/*` ||
      requester === `${caller.namespace}/${caller.name}` ||
      (requester === caller.name && caller.namespace === home)
    );
  }
  return Object.entries(callee.spec.resources).some(([key, resource]) => {
    if (resource.direction === "outbound" || resource.type !== "service") return false;
    const name = resource.id ?? key;
    const namespace = resource.namespace ?? home;
    if (name === "*") return namespace === "*" || namespace === caller.namespace;
    return name === caller.name && namespace === caller.namespace;
  });
}

function offers(callee: Declared): Omit<Question, "caller" | "callee">[] {
  if (callee.kind === "LatticeService") {
    return Object.values(callee.spec.service?.ports ?? {}).map((
      { port, targetPort, protocol },
    ) => ({
      port,
      target: targetPort ?? port,
      protocol,
    }));
  }
  return Object.values(callee.spec.endpoints).map((url) => {
    const [, host = "", port = ""] = /^(?:[a-z]+:\/\/)?([^:/]+):([0-9]+)\/*$/.exec(url) ?? [];
    return { host, port: Number(port), target: Number(port), protocol: "TCP" };
  });
}
