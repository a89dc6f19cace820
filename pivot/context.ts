/**
 * What the steps of one call of the mover share.
 *
 * @module
 */
import { randomFraction } from "@lattice/kube";
import { all, Calls } from "./calls.ts";
import type { Journal } from "./journal.ts";
import { JournalStore } from "./journal_store.ts";
import { movableKinds } from "./kinds.ts";
import type { Crd, MovableKind } from "./kinds.ts";
import { readCrds } from "./survey.ts";
import type { AbortOptions, MoveOptions, MovePhase, MoveReport } from "./types.ts";

/** The shared part of a call. */
export interface Context {
  /** What the caller asked for. */
  readonly options: MoveOptions;
  /** The clusters. */
  readonly calls: Calls;
  /** Journal of the source. */
  readonly source: JournalStore;
  /** Journal of the target. */
  readonly target: JournalStore;
  /** Mark of this call in the journals. */
  readonly attempt: string;
  /** What is measured. */
  readonly stopwatch: Stopwatch;
}

/** Measures phases. */
export class Stopwatch {
  /** Milliseconds by phase. */
  readonly durationsMs: Partial<Record<MovePhase, number>> = {};
  /** When the source was paused, in milliseconds of this process. */
  pausedAt: number | undefined;
  /** When the target was unpaused. */
  unpausedAt: number | undefined;
  #last: number = performance.now();

  /** Ends a phase: what passed since the last one ended was spent on it. */
  lap(phase: MovePhase): void {
    const now = performance.now();
    this.durationsMs[phase] = (this.durationsMs[phase] ?? 0) + Math.round(now - this.#last);
    this.#last = now;
  }

  /** Milliseconds between pause and unpause; undefined when this call did not see both. */
  get pausedMs(): number | undefined {
    if (this.pausedAt === undefined || this.unpausedAt === undefined) return undefined;
    return Math.round(this.unpausedAt - this.pausedAt);
  }
}

/** Kinds of both sides. */
export interface Kinds {
  /** Kinds that may move. */
  readonly movable: readonly MovableKind[];
  /** CRDs of the target. */
  readonly target: readonly Crd[];
}

/**
 * Makes the context of a call. Nothing is sent.
 *
 * @param options What the caller asked for.
 */
export function makeContext(options: MoveOptions | AbortOptions & { runId: string }): Context {
  const { source, target, namespace } = options;
  const calls = new Calls({ source, target }, options);
  return {
    options,
    calls,
    source: new JournalStore(calls, "source", namespace),
    target: new JournalStore(calls, "target", namespace),
    attempt: `${Date.now().toString(36)}-${randomFraction().toString(36).slice(2)}`,
    stopwatch: new Stopwatch(),
  };
}

/**
 * Reads the kinds of both sides.
 *
 * @param context The call.
 */
export async function readKinds(context: Context): Promise<Kinds> {
  const [source, target] = await all([
    readCrds(context.calls, "source"),
    readCrds(context.calls, "target"),
  ]);
  return { movable: movableKinds(source, target), target };
}

/**
 * Writes both journals at the same time. Not for hand-over, where the source comes first.
 *
 * @param context The call.
 * @param change What changes; fields of one side only go into `only`.
 * @param only Changes of one side.
 */
export async function writeBoth(
  context: Context,
  change: Partial<Journal>,
  only: { readonly source?: Partial<Journal>; readonly target?: Partial<Journal> } = {},
): Promise<void> {
  await all([
    update(context.source, { ...change, ...only.source }),
    update(context.target, { ...change, ...only.target }),
  ]);
}

/**
 * Changes fields of a journal.
 *
 * @param store The journal, which was read before.
 * @param change The fields.
 * @param reason What for, in the descriptions of calls.
 */
export async function update(
  store: JournalStore,
  change: Partial<Journal>,
  reason?: string,
): Promise<void> {
  const journal = store.journal;
  if (!journal) throw new Error("A journal must exist before it is changed");
  await store.write({ ...journal, ...change }, reason);
}

/**
 * Ends a phase: measures it and tells the caller.
 *
 * @param context The call.
 * @param phase The phase.
 * @param total Objects of the move.
 */
export function lap(context: Context, phase: MovePhase, total: number): void {
  context.stopwatch.lap(phase);
  context.options.onProgress?.({ phase, done: total, total });
}

/**
 * Makes the report of a call.
 *
 * @param context The call.
 * @param facts What is not measured.
 */
export function report(
  context: Context,
  facts: Pick<MoveReport, "runId" | "epoch" | "moved"> & Partial<MoveReport>,
): MoveReport {
  const { pausedMs, durationsMs } = context.stopwatch;
  return {
    deleted: 0,
    kept: [],
    stragglers: [],
    sourceGone: false,
    ...facts,
    requests: context.calls.requests,
    durationsMs,
    ...(pausedMs === undefined ? {} : { pausedMs }),
  };
}
