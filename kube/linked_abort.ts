/**
 * One abort signal out of several and a deadline, which lets go of all of them when it is disposed. (The
 * platform's `AbortSignal.any` and `AbortSignal.timeout` keep listeners and timers until they are collected.)
 *
 * @module
 */

/** A controller that follows other signals until it is disposed. */
export class LinkedAbort implements Disposable {
  readonly #controller = new AbortController();
  readonly #parents: readonly AbortSignal[];
  readonly #follow: (event: Event) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Follows every given signal; absent ones are skipped. */
  constructor(...parents: (AbortSignal | undefined)[]) {
    this.#follow = (event) => this.abort((event.target as AbortSignal).reason);
    this.#parents = parents.filter((parent) => parent !== undefined);
    for (const parent of this.#parents) {
      if (parent.aborted) this.abort(parent.reason);
      else parent.addEventListener("abort", this.#follow, { once: true });
    }
  }

  /** The signal to pass on. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts with a reason; later calls change nothing. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Sets, or moves, the deadline: after `ms` milliseconds the signal aborts with what `reason` makes. */
  deadline(ms: number, reason: () => unknown): void {
    this.clearDeadline();
    this.#timer = setTimeout(() => this.abort(reason()), ms);
  }

  /** Takes the deadline away. */
  clearDeadline(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Lets go of timer and parents; the signal itself stays as it is. */
  [Symbol.dispose](): void {
    this.clearDeadline();
    for (const parent of this.#parents) parent.removeEventListener("abort", this.#follow);
  }
}

/**
 * Waits for a promise, but no longer than until a signal aborts; what the promise stands for goes on.
 *
 * @param promise What to wait for.
 * @param signal Ends the waiting.
 * @throws The signal's reason, once it has aborted.
 */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
