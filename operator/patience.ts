/**
 * Waiting that ends with a signal.
 *
 * @module
 */
import { randomFraction, sleep } from "@lattice/kube";

/**
 * Waits; resolves early, without an error, when the signal aborts.
 *
 * @param ms Milliseconds.
 * @param signal Ends the wait.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, signal).catch(() => undefined);
}

/**
 * Tries until something is done or the signal aborts.
 *
 * @param signal Ends the tries.
 * @param everyMs Milliseconds between two tries; spread by a fifth, so that replicas do not try in step.
 * @param attempt Tells whether it is done.
 */
export async function untilDone(
  signal: AbortSignal,
  everyMs: number,
  attempt: () => Promise<boolean>,
): Promise<void> {
  while (!signal.aborted && !await attempt()) {
    await pause(everyMs * (0.9 + 0.2 * randomFraction()), signal);
  }
}
