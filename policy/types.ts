/**
 * What the mesh speaks in: keys, edges, agreements, explanations.
 *
 * @module
 */

/** What a node of the graph is. */
export type NodeKind = "service" | "external";

/** An edge that both sides declare. Keys are `namespace/name`. */
export interface Edge {
  /** Who calls. */
  readonly caller: string;
  /** Who is called. */
  readonly callee: string;
  /** What is called. */
  readonly calleeKind: NodeKind;
}

/** How far two sides agree. */
export type AgreementVerdict =
  | "agreed"
  | "waiting-for-callee"
  | "waiting-for-caller"
  | "unknown-target";

/** What one side would have to add. */
export interface MissingDeclaration {
  /** Whose file lacks it. */
  readonly side: "caller" | "callee";
  /** The object to change: `KIND namespace/name`. */
  readonly resource: string;
  /** YAML lines to add under `spec`, with their indentation; no line end at the end. */
  readonly add: string;
}

/** Whether a call is agreed, and what is missing. */
export interface Agreement {
  /** How far the sides agree. */
  readonly verdict: AgreementVerdict;
  /** Sentences for people, the deciding one first; never empty. */
  readonly reasons: readonly string[];
  /** What to add to come to an agreement; empty when agreed, or when nothing that is added would help. */
  readonly missing: readonly MissingDeclaration[];
}

/** Where a call is decided. */
export type DecidingLayer =
  /** A declaration is missing. */
  | "agreement"
  /** A side does not exist. */
  | "target"
  /** The callee does not offer the port. */
  | "port"
  /** Cilium alone: what is not TCP does not go through the mesh. */
  | "l4"
  /** Cilium and the callee's ztunnel. */
  | "mesh"
  /** Cilium and a waypoint. */
  | "waypoint";

/** Points at an object. */
export interface ObjectRef {
  /** `group/version`. */
  readonly apiVersion: string;
  /** Kind. */
  readonly kind: string;
  /** Namespace; absent for cluster-scoped kinds. */
  readonly namespace?: string;
  /** Name. */
  readonly name: string;
}

/** Why a call is allowed or denied. */
export interface Explanation {
  /** Whether traffic flows. */
  readonly verdict: "allowed" | "denied";
  /** `namespace/name`. */
  readonly caller: string;
  /** `namespace/name`. */
  readonly callee: string;
  /** The port that was asked about, as a number or a name; null for any. */
  readonly port: number | string | null;
  /** Where it is decided. */
  readonly layer: DecidingLayer;
  /** What to add to allow it. */
  readonly missing: readonly MissingDeclaration[];
  /** The objects that allow it; when it is denied, those that would have to change and exist. */
  readonly objects: readonly ObjectRef[];
  /** One sentence. */
  readonly reason: string;
  /** The agreement behind it. */
  readonly agreement: AgreementVerdict;
  /** Ports that the caller may use: `NUMBER/PROTOCOL`, sorted. */
  readonly ports: readonly string[];
  /** Names that were perhaps meant: of the caller, then of the callee. Empty when both exist. */
  readonly suggestions: readonly string[];
}

/** What a change does. */
export interface Simulation {
  /** Agreed edges. */
  readonly edges: { readonly gained: readonly Edge[]; readonly lost: readonly Edge[] };
  /** Objects of the mesh. */
  readonly objects: {
    readonly created: readonly ObjectRef[];
    readonly changed: readonly ObjectRef[];
    readonly deleted: readonly ObjectRef[];
  };
}

/** What every compilation needs to know. */
export interface CompileOptions {
  /** Name of the cluster; the trust domain is `lattice.NAME.local`. */
  readonly cluster: string;
  /** What the operator itself needs. Default: no parent. */
  readonly operator?: {
    /** The parent cluster, to which the operator connects. */
    readonly parent?: {
      /** DNS name or address. */
      readonly host: string;
      /** Which kind of address the host is; absent: a DNS name. */
      readonly address?: "ipv4" | "ipv6";
      /** Ports of the parent. */
      readonly ports: readonly number[];
    };
  };
}
