/**
 * What callers of the mover hand in and get back.
 *
 * @module
 */
import type { KubeClient, KubeObject } from "@lattice/kube";

/** Phases of a move, in order. `Aborted` ends a move that was given up before hand-over. */
export const PHASES = [
  "Prepared",
  "Paused",
  "Created",
  "Verified",
  "HandedOver",
  "Unpaused",
  "Done",
] as const;

/** A phase that a move can be in. */
export type MovePhase = typeof PHASES[number];

/** Which of the two clusters a call goes to. */
export type Side = "source" | "target";

/** A call that the mover is about to make, or has just made. */
export interface CallInfo {
  /** Cluster that the call goes to. */
  readonly side: Side;
  /** `before`: the request was not sent yet; `after`: the server has answered, the mover has not seen it yet. */
  readonly when: "before" | "after";
}

/**
 * Fault hook: hears of every request of a move, twice (see {@linkcode CallInfo.when}). What it throws ends the
 * move as a crash at that point would.
 *
 * @param n Number of the call, from 1; both hearings of a call have the same number.
 * @param description Side, verb and object, such as `target create Machine/m-1`.
 * @param info Side and moment.
 */
export type CallHook = (n: number, description: string, info: CallInfo) => void | Promise<void>;

/** How far a move has come. */
export interface MoveProgress {
  /** Phase that is being worked towards. */
  readonly phase: MovePhase;
  /** Objects that are through, in this phase. */
  readonly done: number;
  /** Objects of this phase; 0 while it is not known yet. */
  readonly total: number;
}

/** Deadlines of a move, in milliseconds. */
export interface MoveTimeouts {
  /** Until nothing in the source is being deleted or blocks the move any more. Default 60,000. */
  readonly settleMs?: number;
  /** Until every controller has confirmed the pause. Default 60,000. */
  readonly pauseMs?: number;
  /** Until a server that does not answer, or is too busy, counts as unavailable. Default 20,000. */
  readonly unreachableMs?: number;
}

/** What {@linkcode move} needs. */
export interface MoveOptions {
  /** Cluster that owns the objects now. */
  readonly source: KubeClient;
  /** Cluster that shall own them. */
  readonly target: KubeClient;
  /** Namespace of the objects, the same on both sides: `capi-NAME`. It is made in the target when absent. */
  readonly namespace: string;
  /** Name of the CAPI Cluster. */
  readonly cluster: string;
  /** Identity of the run that moves, for the journals; a rerun may have another one. */
  readonly runId: string;
  /** Objects that the target needs beside the graph, applied before hand-over, e.g. the LatticeCluster. */
  readonly extras?: readonly KubeObject[];
  /**
   * Also move Machines that have no `spec.providerID` yet, and a Cluster whose infrastructure or control plane
   * is not provisioned yet. Default false: what a provider is making at this moment could be lost.
   */
  readonly allowUnprovisioned?: boolean;
  /** Requests to one side at a time. Default 32. */
  readonly concurrency?: number;
  /** Deadlines. */
  readonly timeouts?: MoveTimeouts;
  /** Ends the move early; a rerun goes on from there. */
  readonly signal?: AbortSignal;
  /** Hears how far the move is. */
  readonly onProgress?: (progress: MoveProgress) => void;
  /** Fault hook for tests and counters. */
  readonly onCall?: CallHook;
}

/** What a move did. */
export interface MoveReport {
  /** Run that did it, or that had done it before. */
  readonly runId: string;
  /** Number of hand-overs in the life of these objects, this one included. */
  readonly epoch: number;
  /** Phase in which this call found the move; absent when it started from nothing. */
  readonly resumedFrom?: MovePhase;
  /** Objects that the target got from the source, in this call or before. */
  readonly moved: number;
  /** Objects deleted from the source in this call. */
  readonly deleted: number;
  /** Objects that were copied but stay in the source because others there use them, as `Kind/name`. */
  readonly kept: readonly string[];
  /** Objects that appeared in the source after verification; they were left there, as `Kind/name`. */
  readonly stragglers: readonly string[];
  /** True when the source did not answer any more and the move was finished from the target's journal. */
  readonly sourceGone: boolean;
  /** Requests of this call. */
  readonly requests: { readonly source: number; readonly target: number };
  /** Milliseconds of this call by phase; phases that were over before are absent. */
  readonly durationsMs: Readonly<Partial<Record<MovePhase, number>>>;
  /** Milliseconds during which nobody reconciled the objects; absent when this call did not see both ends. */
  readonly pausedMs?: number;
}

/** What {@linkcode abort} needs: the two clusters and the place. */
export type AbortOptions = Pick<
  MoveOptions,
  "source" | "target" | "namespace" | "cluster" | "signal" | "onCall" | "concurrency" | "timeouts"
>;

/** What an abort did. */
export interface AbortReport {
  /** Whether there was a move to abort. */
  readonly aborted: boolean;
  /** Objects deleted from the target. */
  readonly deleted: number;
}
