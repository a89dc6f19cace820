/**
 * What goes into a workload and what comes out.
 *
 * @module
 */
import type { KubeObject, LatticeService, Problem } from "@lattice/api";

/** `spec` of a LatticeService. */
export type ServiceSpec = LatticeService["spec"];
/** One container of a service. */
export type Container = ServiceSpec["containers"][string];
/** One sidecar of a service. */
export type Sidecar = ServiceSpec["sidecars"][string];
/** One resource of a service. */
export type Resource = ServiceSpec["resources"][string];
/** Ingress of a service. */
export type Ingress = NonNullable<ServiceSpec["ingress"]>;

/** The service, or service outside of the cluster, that a resource points to. */
export interface ResourceTarget {
  /** Kind of the target. */
  readonly type: "service" | "external-service";
  /** Name of the target. */
  readonly name: string;
  /** Namespace of the target. */
  readonly namespace: string;
}

/** What `${resources.NAME.FIELD}` can read of a resource, by field. */
export type ResourceOutputs = Readonly<Record<string, string>>;

/** What a workload depends on beside its own LatticeService. */
export interface WorkloadContext {
  /**
   * Finds what a dependency offers; `serviceOutputs` and `externalOutputs` make it.
   * Undefined: there is no such target.
   */
  readonly resolve: (target: ResourceTarget) => ResourceOutputs | undefined;
  /** What `${cluster.KEY}` reads, e.g. `name`. Default: nothing. */
  readonly cluster?: Readonly<Record<string, string>>;
  /** What `${env.KEY}` reads. Default: nothing. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What `${config.KEY}` reads; `image.CONTAINER` and `image` also stand for images written as `.`. Default: nothing. */
  readonly config?: Readonly<Record<string, string>>;
  /** Node label over which the pods are spread. Default: `kubernetes.io/hostname`. */
  readonly topologyKey?: string;
  /**
   * Waypoint that requests to the service go through, which only services with rules for requests have.
   * Default: none; ztunnel enforces by itself.
   */
  readonly waypoint?: string;
}

/** The objects of a service's workload. */
export interface WorkloadResult {
  /** Objects, sorted by kind, name and namespace; none when {@linkcode WorkloadResult.blocked}. */
  readonly objects: KubeObject[];
  /** What is wrong, and what is not supported; paths start at the LatticeService. */
  readonly problems: Problem[];
  /**
   * Whether a problem stands in the way of the workload. What was applied before has to stay then: having no objects is
   * not a wish to delete them.
   */
  readonly blocked: boolean;
}

/** A problem and whether the workload can go on without what it is about. */
export interface Finding extends Problem {
  /** Whether the workload cannot be rendered. */
  readonly blocks: boolean;
}

/** Collects findings while a service is rendered. */
export class Findings {
  readonly #all: Finding[] = [];

  /**
   * Something stands in the way of the workload.
   *
   * @param field path of the field
   * @param reason what is wrong
   * @param remedy what to write instead
   */
  block(field: string, reason: string, remedy: string): void {
    this.#all.push({ field, reason, remedy, blocks: true });
  }

  /**
   * Something that was asked for has no effect.
   *
   * @param field path of the field
   * @param reason what is wrong
   * @param remedy what to write instead
   */
  warn(field: string, reason: string, remedy: string): void {
    this.#all.push({ field, reason, remedy, blocks: false });
  }

  /** Whether anything stands in the way. */
  get blocked(): boolean {
    return this.#all.some((finding) => finding.blocks);
  }

  /** All problems in the order of their fields. */
  problems(): Problem[] {
    return this.#all
      .map(({ blocks: _blocks, ...problem }): Problem => problem)
      .sort((a, b) => order(a, b));
  }
}

function order(a: Problem, b: Problem): number {
  const left = `${a.field}\n${a.reason}`;
  const right = `${b.field}\n${b.reason}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What every part of the rendering reads. */
export interface Rendering {
  /** Name of the service. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Its annotations. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Its spec. */
  readonly spec: ServiceSpec;
  /** The rest of the world. */
  readonly context: WorkloadContext;
  /** Where findings go. */
  readonly findings: Findings;
}
