/**
 * The journal of a run: `runs/RUNID.json`.
 *
 * It is a hint only: a run looks at what exists and converges without it. It is what makes messages
 * helpful (which run installs this name?) and benches possible (how long did each step take?).
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";

/** How far a run got. */
export type RunState = "running" | "failed" | "interrupted" | "done";

/** How long a step took. */
export interface StepTiming {
  /** Place of the step, from 1. */
  step: number;
  /** Its title. */
  title: string;
  /** Duration in milliseconds. */
  ms: number;
}

/** What is written down about a run. */
export interface Journal {
  /** Version of this file's format. */
  formatVersion: 1;
  /** What the run does. */
  kind: "install" | "uninstall";
  /** Identity of the run. */
  runId: string;
  /** Name of the LatticeCluster. */
  cluster: string;
  /** How far it got. */
  state: RunState;
  /** The step that runs or ran last, from 1; 0 before the first. */
  step: number;
  /** Steps that ended, over all invocations of the run. */
  timings: StepTiming[];
  /** File that the kubeconfig was merged into; absolute. */
  kubeconfigOut?: string | undefined;
  /** Requests of the move, as the fault hook counts them. */
  moveCalls?: number | undefined;
  /** How many of them changed something. */
  moveWrites?: number | undefined;
  /** When the run began, RFC 3339. */
  startedAt: string;
}

const journalSchema: z.ZodType<Journal> = z.object({
  formatVersion: z.literal(1),
  kind: z.enum(["install", "uninstall"]),
  runId: z.string().min(1),
  cluster: z.string().min(1),
  state: z.enum(["running", "failed", "interrupted", "done"]),
  step: z.int().nonnegative(),
  timings: z.array(z.object({ step: z.int(), title: z.string(), ms: z.number() })),
  kubeconfigOut: z.string().optional(),
  moveCalls: z.int().optional(),
  moveWrites: z.int().optional(),
  startedAt: z.string(),
});

function journalPath(home: string, runId: string): string {
  return join(home, "runs", `${runId}.json`);
}

/**
 * Reads the journal of a run.
 *
 * @param home The state directory.
 * @param runId Identity of the run.
 * @returns The journal; `undefined` when there is none or it cannot be read, since it is a hint.
 */
export async function readJournal(home: string, runId: string): Promise<Journal | undefined> {
  try {
    const text = await Deno.readTextFile(journalPath(home, runId));
    return journalSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Writes the journal of a run, whole or not at all. A journal that cannot be written is no reason to
 * stop, so this never throws.
 *
 * @param home The state directory.
 * @param journal What to write.
 */
export async function writeJournal(home: string, journal: Journal): Promise<void> {
  const path = journalPath(home, journal.runId);
  const draft = `${path}.${Deno.pid}.tmp`;
  try {
    await Deno.writeTextFile(draft, JSON.stringify(journal, null, 2) + "\n", { mode: 0o600 });
    await Deno.rename(draft, path);
  } catch {
    await Deno.remove(draft).catch(() => {});
  }
}

/**
 * Reads every journal.
 *
 * @param home The state directory.
 */
export async function listJournals(home: string): Promise<Journal[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(join(home, "runs"))) names.push(entry.name);
  } catch {
    return [];
  }
  const runIds = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
  const journals = await Promise.all(runIds.map((runId) => readJournal(home, runId)));
  return journals.filter((journal) => journal !== undefined);
}

/**
 * Deletes the journal of a run, if there is one.
 *
 * @param home The state directory.
 * @param runId Identity of the run.
 */
export async function removeJournal(home: string, runId: string): Promise<void> {
  await Deno.remove(journalPath(home, runId)).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
