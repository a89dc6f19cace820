/**
 * HTTP clients and how many streams each of them carries.
 *
 * An API server lets a connection have 100 streams, and Deno keeps one HTTP/2 connection a client and host: the
 * 101st stream waits for one of the others to end, without an error. So every client here is
 * counted. Calls that end soon wait for their turn; watches, which do not, get a further client.
 *
 * @module
 */

/** Limits of a pool. */
export interface PoolLimits {
  /** Streams that one client carries at once. Keep it under the server's 100. */
  readonly streams: number;
  /** Clients at once; when all are full, callers wait in order of arrival. */
  readonly clients: number;
}

/** The least that a pool asks of an HTTP client. */
export interface Closable {
  /** Closes its connections. */
  close(): void;
}

interface Entry<C extends Closable> {
  readonly client: C;
  streams: number;
  retired: boolean;
}

/** The right to one stream of a client, until it is disposed. */
export interface StreamLease<C extends Closable> extends Disposable {
  /** The client to use. */
  readonly client: C;
  /** Says that the client's connection is dead: nobody gets it any more, and it closes with its last stream. */
  retire(): void;
}

/** A pool of HTTP clients. */
export class HttpPool<C extends Closable> implements Disposable {
  readonly #make: () => C;
  readonly #limits: PoolLimits;
  readonly #waiting: (() => void)[] = [];
  #entries: Entry<C>[] = [];
  #disposed = false;

  /** Makes an empty pool; clients are made when they are needed. */
  constructor(make: () => C, limits: PoolLimits) {
    this.#make = make;
    this.#limits = limits;
  }

  /** How many clients there are, and how many streams they carry. */
  get load(): { clients: number; streams: number; waiting: number } {
    const streams = this.#entries.reduce((sum, entry) => sum + entry.streams, 0);
    return { clients: this.#entries.length, streams, waiting: this.#waiting.length };
  }

  /**
   * Takes a stream, waiting for one if every client is full.
   *
   * @param signal Ends the wait; the promise then rejects with its reason.
   */
  async take(signal: AbortSignal): Promise<StreamLease<C>> {
    signal.throwIfAborted();
    while (true) {
      const entry = this.#free();
      if (entry) return this.#lease(entry);
      await this.#turn(signal);
    }
  }

  /** Closes every client; streams that are open break off. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const entry of this.#entries) entry.client.close();
    this.#entries = [];
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #free(): Entry<C> | undefined {
    if (this.#disposed) throw new Error("Cannot take a stream: the client is disposed");
    const usable = this.#entries.filter((entry) => !entry.retired);
    const free = usable.find((entry) => entry.streams < this.#limits.streams);
    if (free) return free;
    if (usable.length >= this.#limits.clients) return undefined;
    const made: Entry<C> = { client: this.#make(), streams: 0, retired: false };
    this.#entries.push(made);
    return made;
  }

  #lease(entry: Entry<C>): StreamLease<C> {
    entry.streams++;
    let held = true;
    return {
      client: entry.client,
      retire: () => {
        entry.retired = true;
      },
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        entry.streams--;
        this.#settle(entry);
        this.#waiting.shift()?.();
      },
    };
  }

  /** Closes a client that nobody uses, unless it is the last one fit for use. */
  #settle(entry: Entry<C>): void {
    if (entry.streams > 0 || this.#disposed) return;
    const spare = this.#entries.some((other) => other !== entry && !other.retired);
    if (!entry.retired && !spare) return;
    this.#entries = this.#entries.filter((other) => other !== entry);
    entry.client.close();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = () => {
        const at = this.#waiting.indexOf(wake);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      this.#waiting.push(wake);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
