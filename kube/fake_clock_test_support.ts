/**
 * Time that passes when a test says so.
 *
 * @module
 */
import type { Clock } from "./queue.ts";

/** A clock with timers that only {@linkcode FakeClock.advance} moves. */
export class FakeClock implements Clock {
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  #now = 0;
  #next = 0;

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Milliseconds since the start. */
  now(): number {
    return this.#now;
  }

  /** Sets a timer; returns how to prevent it. */
  after(ms: number, run: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + ms, run });
    return () => this.#timers.delete(id);
  }

  /** Lets time pass and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (true) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end)
        .sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [id, timer] = due;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
    }
    this.#now = end;
  }
}
