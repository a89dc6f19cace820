/**
 * Waiting for a cloud with open eyes: an obstacle that patience does not cure ends the wait early, and a
 * wait that ends at its deadline says what the provider complained about.
 *
 * @module
 */

import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { type KubeClient, sleep } from "@lattice/kube";
import { blameFor, type Obstacle, obstacleIn } from "@lattice/providers";
import type { CloudSession } from "../run/cloud_session.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { type Finding, findingsOf } from "./findings.ts";

/** What a wait needs of its run. */
export interface WatchfulSession
  extends Pick<CloudSession, "account" | "wanted" | "bootstrap" | "hide" | "signal" | "runId"> {
  /** Milliseconds after which an obstacle ends the wait. Default: {@linkcode DEADLINES.obstacle}. */
  readonly obstacleMs?: number;
  /** Milliseconds between two looks. Default: 2,000. */
  readonly lookMs?: number;
}

/** Default of {@linkcode WatchfulSession.lookMs}. */
const LOOK_MS = 2_000;

/**
 * Waits for something while looking at what the provider says.
 *
 * @param session The install.
 * @param client The bootstrap cluster.
 * @param wait The wait; has to end when its signal aborts.
 * @returns What the wait returned.
 * @throws {LatticeError} `unavailable` or `forbidden` when the provider cannot be reached, or refuses, for
 *   {@linkcode DEADLINES.obstacle}; `timeout` with the provider's words; whatever else the wait throws.
 */
export async function watchful<T>(
  session: WatchfulSession,
  client: KubeClient,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const signal = AbortSignal.any([session.signal, stop.signal]);
  const waiting = wait(signal);
  const looking = lookOut(session, client, signal);
  try {
    return await Promise.race([waiting, looking]);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw late(session, error, (await look(session, client))[0]);
  } finally {
    stop.abort(new Error("the wait has ended"));
    await Promise.allSettled([waiting, looking]);
  }
}

/** Never returns: throws when an obstacle has been in the way for too long, or at the end of the wait. */
async function lookOut(
  session: WatchfulSession,
  client: KubeClient,
  signal: AbortSignal,
): Promise<never> {
  const { lookMs = LOOK_MS, obstacleMs = DEADLINES.obstacle } = session;
  let since: number | undefined;
  for (;;) {
    await sleep(lookMs, signal);
    const found = await look(session, client);
    const blocking = found.map((finding) => ({ finding, obstacle: obstacleIn(finding.message) }))
      .find(({ obstacle }) => obstacle !== undefined);
    if (blocking?.obstacle === undefined) {
      since = undefined;
      continue;
    }
    since ??= performance.now();
    if (performance.now() - since >= obstacleMs) {
      throw blocked(session, blocking.finding, blocking.obstacle);
    }
  }
}

/** A look that fails shows nothing: the wait itself is told when the bootstrap cluster is in trouble. */
async function look({ wanted, bootstrap, hide }: WatchfulSession, client: KubeClient) {
  const found = await findingsOf(client, wanted, () => bootstrap.complaints()).catch(() => []);
  return found.map(({ source, message }) => ({ source: hide(source), message: hide(message) }));
}

function blocked(
  { account: { type }, runId }: WatchfulSession,
  { source, message }: Finding,
  obstacle: Obstacle,
): LatticeError {
  const { field, remedy } = blameFor(type, obstacle);
  const code = obstacle === "refused" ? "forbidden" : "unavailable";
  const what = obstacle === "refused" ? "refuses" : "cannot be reached";
  return new LatticeError(code, `provider ${type} ${what}; ${source} says: ${short(message)}`, {
    field,
    remedy: `${remedy}; then install again (--run-id ${runId} resumes what was kept)`,
  });
}

function late({ account, runId }: WatchfulSession, error: DeadlineError, finding?: Finding) {
  if (finding === undefined) return error;
  const { source, message } = finding;
  const obstacle = obstacleIn(message);
  const blame = obstacle && blameFor(account.type, obstacle);
  return new DeadlineError(`${error.message}; ${source} says: ${short(message)}`, {
    field: blame?.field ?? source,
    remedy: `${blame?.remedy ?? "correct that"}; the same command with --run-id ${runId} resumes`,
    cause: error,
  });
}

/** Managers wrap errors in errors; the cause stands at the end. */
function short(message: string): string {
  return message.length <= 400 ? message : `…${message.slice(-400)}`;
}
