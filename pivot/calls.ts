/**
 * Every request of a move goes through here: counted, announced to the fault hook, retried when it is safe.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { backoffMs, isApiError, type KubeClient, sleep } from "@lattice/kube";
import type { CallHook, MoveTimeouts, Side } from "./types.ts";

/** A request: what to do with which client. */
export type Request<T> = (client: KubeClient, options: { signal: AbortSignal }) => Promise<T>;

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
/** A local API server that died is back within 15 seconds. */
const DEFAULT_PATIENCE_MS = 20_000;

/** The two clusters of a move. */
export class Calls {
  #signal: AbortSignal;
  /** Requests to one side at a time. */
  readonly concurrency: number;
  readonly #clients: Readonly<Record<Side, KubeClient>>;
  readonly #hook: CallHook | undefined;
  readonly #start: Readonly<Record<Side, number>>;
  readonly #patienceMs: number;
  readonly #once = new Map<string, Promise<unknown>>();
  #number = 0;

  /**
   * @param clients The two clusters.
   * @param options Signal (default: none), hook (default: none), concurrency (default 32) and for how many
   * milliseconds a server may not answer (default 20,000).
   */
  constructor(
    clients: Readonly<Record<Side, KubeClient>>,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly onCall?: CallHook | undefined;
      readonly concurrency?: number | undefined;
      readonly timeouts?: MoveTimeouts | undefined;
    } = {},
  ) {
    this.#clients = clients;
    this.#hook = options.onCall;
    this.#signal = options.signal ?? new AbortController().signal;
    this.concurrency = options.concurrency ?? 32;
    this.#patienceMs = options.timeouts?.unreachableMs ?? DEFAULT_PATIENCE_MS;
    this.#start = requestsOf(clients);
  }

  /** Ends every call. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /**
   * Lets the calls that clean up after a failure through, although the caller may have ended the move.
   *
   * @param ms Milliseconds that they may take together.
   */
  grantGrace(ms: number): void {
    this.#signal = AbortSignal.timeout(ms);
  }

  /**
   * Makes a request. It must be safe to repeat: it is retried with growing, jittered delays while the server is busy or
   * does not answer, until patience ends.
   *
   * @param side Which cluster.
   * @param what Verb and object, for the hook: `create Machine/m-1`.
   * @param request The request.
   */
  async call<T>(side: Side, what: string, request: Request<T>): Promise<T> {
    const deadline = performance.now() + this.#patienceMs;
    for (let attempt = 0;; attempt++) {
      try {
        return await this.#attempt(side, what, request);
      } catch (error) {
        this.signal.throwIfAborted();
        if (performance.now() >= deadline || !isTransient(error)) throw error;
        const delays = { baseMs: FIRST_DELAY_MS, maxMs: LONGEST_DELAY_MS };
        await sleep(backoffMs(attempt, delays), this.signal);
      }
    }
  }

  /**
   * Makes a request whose answer does not change during a move, once a side.
   *
   * @param side Which cluster.
   * @param what Verb and object; also the name under which the answer is kept.
   * @param request The request.
   */
  once<T>(side: Side, what: string, request: Request<T>): Promise<T> {
    const key = `${side} ${what}`;
    const known = this.#once.get(key);
    if (known) return known as Promise<T>;
    const answer = this.call(side, what, request);
    this.#once.set(key, answer);
    answer.catch(() => this.#once.delete(key));
    return answer;
  }

  /**
   * Does something with every item, `concurrency` of them at a time. After a failure nothing new is begun; what runs
   * is waited for.
   *
   * @param items The items.
   * @param work What to do.
   * @throws The first failure.
   */
  async forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    let next = 0;
    const worker = async () => {
      while (next < items.length && failures.length === 0) {
        const item = items[next++] as T;
        try {
          await work(item);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const workers = Math.min(this.concurrency, items.length);
    await Promise.all(Array.from({ length: workers }, worker));
    if (failures.length > 0) throw failures[0];
  }

  /** Requests sent since this was made, retries, pages and discovery included. */
  get requests(): { source: number; target: number } {
    const now = requestsOf(this.#clients);
    return { source: now.source - this.#start.source, target: now.target - this.#start.target };
  }

  async #attempt<T>(side: Side, what: string, request: Request<T>): Promise<T> {
    this.signal.throwIfAborted();
    const number = ++this.#number;
    const description = `${side} ${what}`;
    await this.#hook?.(number, description, { side, when: "before" });
    const result = await request(this.#clients[side], { signal: this.signal });
    await this.#hook?.(number, description, { side, when: "after" });
    return result;
  }
}

/**
 * Waits for all of several things, also when one fails: nothing goes on behind the caller's back.
 *
 * @param promises The things.
 * @returns Their results.
 * @throws The first failure in their order.
 */
export async function all<T extends readonly unknown[]>(
  promises: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  await Promise.allSettled(promises);
  return await Promise.all(promises) as unknown as T;
}

/**
 * Whether a server that refused or did not answer may accept the same request a moment later.
 *
 * @param error What was thrown.
 */
export function isTransient(error: unknown): boolean {
  if (isApiError(error)) return error.httpStatus === 429 || error.httpStatus >= 500;
  return error instanceof LatticeError && error.code === "unavailable";
}

function requestsOf(
  clients: Readonly<Record<Side, KubeClient>>,
): { source: number; target: number } {
  return {
    source: clients.source.metrics.requests,
    target: clients.target.metrics.requests,
  };
}
