/**
 * What people declared: the service graph, kept up to date by what the watches tell.
 *
 * An object that breaks a rule takes no part in the graph, so that its neighbours stop counting on it; what was applied
 * for it stays as it is. An object that is being deleted counts as gone.
 *
 * @module
 */
import {
  EXTERNAL_SERVICE_KIND,
  type LatticeExternalService,
  type LatticeService,
  type LatticeServicePolicy,
  type Problem,
  readObject,
  SERVICE_KIND,
  SERVICE_POLICY_KIND,
} from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { ServiceGraph } from "@lattice/policy";

/** Kinds that people write. */
export type DeclaredKind =
  | typeof SERVICE_KIND
  | typeof EXTERNAL_SERVICE_KIND
  | typeof SERVICE_POLICY_KIND;

/** Every kind that people write. */
export const DECLARED_KINDS: readonly DeclaredKind[] = [
  SERVICE_KIND,
  EXTERNAL_SERVICE_KIND,
  SERVICE_POLICY_KIND,
];

/** One object that somebody declared. */
export interface Declared<T> {
  /** As the cluster has it, with status. */
  readonly raw: KubeObject;
  /** With its defaults; undefined when it breaks a rule. */
  readonly object: T | undefined;
  /** What is wrong with it. */
  readonly problems: readonly Problem[];
}

/** What may be declared under one key. */
interface Types {
  readonly [SERVICE_KIND]: LatticeService;
  readonly [EXTERNAL_SERVICE_KIND]: LatticeExternalService;
  readonly [SERVICE_POLICY_KIND]: LatticeServicePolicy;
}

/** Declared objects by kind and key, and the graph of the valid ones. */
export class MeshModel {
  /** The graph. */
  readonly graph: ServiceGraph = new ServiceGraph();
  readonly #declared: { readonly [K in DeclaredKind]: Map<string, Declared<Types[K]>> } = {
    [SERVICE_KIND]: new Map(),
    [EXTERNAL_SERVICE_KIND]: new Map(),
    [SERVICE_POLICY_KIND]: new Map(),
  };

  /**
   * Takes note of an object, or of its end.
   *
   * @param kind Its kind.
   * @param key `namespace/name`.
   * @param raw As the cluster has it; undefined: it is gone.
   * @returns Whether anything but its status changed.
   */
  put(kind: DeclaredKind, key: string, raw: KubeObject | undefined): boolean {
    const before = this.#declared[kind].get(key);
    if (raw === undefined || raw.metadata.deletionTimestamp !== undefined) {
      if (before === undefined) return false;
      this.#declared[kind].delete(key);
      this.#leave(kind, key);
      return true;
    }
    if (before && isSame(before.raw, raw)) {
      this.#declared[kind].set(key, { ...before, raw } as Declared<never>);
      return false;
    }
    // A status that another version wrote is no reason to refuse the object.
    const { status: _status, ...rest } = raw;
    const { object, problems } = readObject(rest);
    this.#declared[kind].set(key, { raw, object, problems } as Declared<never>);
    if (object?.kind === SERVICE_KIND || object?.kind === EXTERNAL_SERVICE_KIND) {
      this.graph.put(object);
    } else {
      this.#leave(kind, key);
    }
    return true;
  }

  /**
   * A declared object.
   *
   * @param kind Kind.
   * @param key `namespace/name`.
   */
  get<K extends DeclaredKind>(kind: K, key: string): Declared<Types[K]> | undefined {
    return this.#declared[kind].get(key);
  }

  /**
   * Every declared object of a kind.
   *
   * @param kind Kind.
   */
  list<K extends DeclaredKind>(kind: K): Declared<Types[K]>[] {
    return [...this.#declared[kind].values()];
  }

  /**
   * `namespace/name` of every declared object of a kind.
   *
   * @param kind Kind.
   */
  keysOf(kind: DeclaredKind): string[] {
    return [...this.#declared[kind].keys()];
  }

  /**
   * Whether a service or external service is declared, valid or not.
   *
   * @param key `namespace/name`.
   */
  has(key: string): boolean {
    return this.#declared[SERVICE_KIND].has(key) || this.#declared[EXTERNAL_SERVICE_KIND].has(key);
  }

  /** `namespace/name` of every service and external service, valid or not. */
  keys(): Set<string> {
    return new Set([
      ...this.#declared[SERVICE_KIND].keys(),
      ...this.#declared[EXTERNAL_SERVICE_KIND].keys(),
    ]);
  }

  #leave(kind: DeclaredKind, key: string): void {
    if (kind === SERVICE_POLICY_KIND) return;
    this.graph.delete(key, kind === SERVICE_KIND ? "service" : "external");
  }
}

/** Whether only the status differs. */
function isSame({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.uid === b.uid && a.generation === b.generation &&
    JSON.stringify([a.labels, a.annotations]) === JSON.stringify([b.labels, b.annotations]);
}
