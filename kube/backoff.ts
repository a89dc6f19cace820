/**
 * Jittered exponential backoff and sleeps that a signal can end.
 *
 * @module
 */

import { randomFraction } from "./random.ts";

/** Shape of a backoff. */
export interface BackoffOptions {
  /** First delay in milliseconds. */
  readonly baseMs: number;
  /** Longest delay in milliseconds. */
  readonly maxMs: number;
  /** Source of numbers in [0, 1); default {@linkcode randomFraction}. */
  readonly random?: (() => number) | undefined;
}

/**
 * The delay before attempt `attempt + 1`: doubled each time up to the maximum, then spread over its
 * upper half, so that clients that failed together do not come back together.
 *
 * @param attempt How many attempts failed before, from 0.
 * @param options Base and maximum.
 * @returns Milliseconds, in [delay / 2, delay].
 */
export function backoffMs(attempt: number, options: BackoffOptions): number {
  const doubled = options.baseMs * 2 ** Math.min(attempt, 30);
  const delay = Math.min(doubled, options.maxMs);
  return delay / 2 + (options.random ?? randomFraction)() * delay / 2;
}

/**
 * Sleeps.
 *
 * @param ms Milliseconds.
 * @param signal Ends the sleep early: the promise then rejects with its reason.
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
