/**
 * The work queue of a controller: keys, never objects or events.
 *
 * ### Guarantees
 * - A key waits at most once, however often it is added; so the queue is bounded by the number of keys.
 * - A key is with at most one worker at a time. Added meanwhile, it comes again afterwards: nothing is lost.
 * - Keys come in the order in which they were added; failed ones come later each time (exponential, jittered).
 *
 * @module
 */
import { backoffMs } from "./backoff.ts";

/** Time, so that tests can make it pass. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls back once after so many milliseconds; returns how to prevent it. */
  after(ms: number, run: () => void): () => void;
}

/** The real time. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    // Timers beyond 2^31 - 1 ms fire at once; a queue looks again when one fires early.
    const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Options of a queue. */
export interface WorkQueueOptions {
  /** First delay after a failure in milliseconds; default 50. */
  readonly backoffBaseMs?: number | undefined;
  /** Longest delay after failures in milliseconds; default 60,000. */
  readonly backoffMaxMs?: number | undefined;
  /** Default {@linkcode SYSTEM_CLOCK}. */
  readonly clock?: Clock | undefined;
  /** Source of jitter in [0, 1); default `randomFraction`. */
  readonly random?: (() => number) | undefined;
}

/** A rate-limited queue of keys without duplicates. */
export class WorkQueue implements Disposable {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  /** Keys that are ready, in order. */
  readonly #ready = new Set<string>();
  /** Keys that workers hold; true: added meanwhile, so it has to come again. */
  readonly #working = new Map<string, boolean>();
  /** Keys that become ready later, and when. */
  readonly #delayed = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;
  #alarm: { readonly at: number; readonly cancel: () => void } | undefined;

  /** Makes an empty queue. */
  constructor(options: WorkQueueOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** Keys that wait: ready ones and delayed ones. */
  get size(): number {
    return this.#ready.size + this.#delayed.size;
  }

  /** Adds a key; at once, even if it was delayed. */
  add(key: string): void {
    if (this.#closed) return;
    this.#delayed.delete(key);
    if (this.#working.has(key)) {
      this.#working.set(key, true);
      return;
    }
    const taker = this.#ready.has(key) ? undefined : this.#takers.shift();
    if (taker) {
      this.#working.set(key, false);
      taker(key);
    } else {
      this.#ready.add(key);
    }
  }

  /** Adds a key after a delay; an earlier time that was set before stays. */
  addAfter(key: string, ms: number): void {
    if (this.#closed || this.#ready.has(key)) return;
    if (ms <= 0) return this.add(key);
    const at = this.#clock.now() + ms;
    const before = this.#delayed.get(key);
    if (before !== undefined && before <= at) return;
    this.#delayed.set(key, at);
    this.#setAlarm(at);
  }

  /**
   * Adds a key after a failure.
   *
   * @returns The delay in milliseconds, which grows with each failure until {@linkcode WorkQueue.forget}.
   */
  addFailed(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delay = backoffMs(failures, {
      baseMs: this.#options.backoffBaseMs ?? 50,
      maxMs: this.#options.backoffMaxMs ?? 60_000,
      random: this.#options.random,
    });
    this.addAfter(key, delay);
    return delay;
  }

  /** Forgets the failures of a key, since it succeeded. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /**
   * Takes the next key, waiting for one; {@linkcode WorkQueue.done} must follow.
   *
   * @returns The key, or undefined once the queue is closed.
   */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const [key] = this.#ready;
    if (key === undefined) {
      return new Promise((resolve) => this.#takers.push(resolve));
    }
    this.#ready.delete(key);
    this.#working.set(key, false);
    return Promise.resolve(key);
  }

  /** Gives a key back; it comes again if it was added meanwhile. */
  done(key: string): void {
    const again = this.#working.get(key);
    this.#working.delete(key);
    if (again) this.add(key);
  }

  /** Closes the queue: takers get undefined, later additions are dropped. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#ready.clear();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Keeps one timer, which rings no later than `at`. */
  #setAlarm(at: number): void {
    if (this.#alarm && this.#alarm.at <= at) return;
    this.#alarm?.cancel();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#ring());
    this.#alarm = { at, cancel };
  }

  #ring(): void {
    this.#alarm = undefined;
    const now = this.#clock.now();
    let next: number | undefined;
    for (const [key, at] of [...this.#delayed]) {
      if (at <= now) this.add(key);
      else next = Math.min(next ?? at, at);
    }
    if (next !== undefined) this.#setAlarm(next);
  }
}
