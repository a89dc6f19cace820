/**
 * What every step of an install or uninstall works with, and the loop that runs the steps.
 *
 * @module
 */

import type { Tools } from "../../tools/locate.ts";
import type { Io } from "../io.ts";
import type { Reporter, Step } from "../output/reporter.ts";
import type { FaultHook } from "./fault.ts";
import { type Journal, writeJournal } from "./journal.ts";

/** The context of one run. */
export interface Session {
  /** The world. */
  readonly io: Io;
  /** Shows steps. */
  readonly reporter: Reporter;
  /** State directory, absolute. */
  readonly home: string;
  /** Components of local clusters. */
  readonly tools: Tools;
  /** Identity of the run. */
  readonly runId: string;
  /** Name of the LatticeCluster. */
  readonly cluster: string;
  /** Name of the temporary cluster of this run. */
  readonly temporary: string;
  /** Aborts when the user interrupts, or when the run cannot go on (a full disk). */
  readonly signal: AbortSignal;
  /** Space that a clean-up may give back. */
  readonly ballast: Disposable;
  /** Strikes where a fault test wants it to. */
  readonly fault: FaultHook;
  /** What is written down; changed in place. */
  readonly journal: Journal;
}

/** One step of a run. */
export interface StepDefinition {
  /** What it does, in the imperative. */
  readonly title: string;
  /**
   * Does it, or finds that it is done already.
   *
   * @returns `"skipped"` when there was nothing to do.
   */
  readonly run: (step: Step) => Promise<"skipped" | void>;
}

/**
 * Runs steps in order, shows each, and notes in the journal how far the run got.
 *
 * @param session The run.
 * @param steps What to do.
 * @throws Whatever a step throws; the journal then says `failed` or `interrupted`.
 */
export async function runSteps(
  session: Session,
  steps: readonly StepDefinition[],
): Promise<void> {
  for (const [index, definition] of steps.entries()) {
    await runStep(session, index + 1, steps.length, definition);
  }
}

async function runStep(
  session: Session,
  position: number,
  total: number,
  { title, run }: StepDefinition,
): Promise<void> {
  const { journal, home, reporter, signal, fault } = session;
  journal.step = position;
  journal.state = "running";
  await writeJournal(home, journal);
  const step = reporter.step(position, total, title);
  const start = performance.now();
  try {
    await fault(`step:${position}`);
    signal.throwIfAborted();
    const outcome = await run(step);
    await fault(`after:${position}`);
    signal.throwIfAborted();
    if (outcome === "skipped") step.end("skipped", "nothing left to do");
    else step.end("done");
    journal.timings.push({ step: position, title, ms: Math.round(performance.now() - start) });
  } catch (error) {
    const outcome = session.io.signal.aborted ? "interrupted" : "failed";
    step.end(outcome);
    journal.state = outcome;
    await writeJournal(home, journal);
    throw error;
  }
}
