/**
 * Takes keys from a queue and reconciles them, some at a time.
 *
 * @module
 */
import type { ControllerLog, WorkQueue } from "@lattice/kube";

/** Milliseconds that one reconcile may take. */
const RECONCILE_MS = 120_000;

/** What workers do. */
export interface WorkersOptions {
  /** Name, in metrics and logs. */
  readonly controller: string;
  /** Where keys come from; closed when the signal aborts. */
  readonly queue: WorkQueue;
  /** Keys at a time. */
  readonly count: number;
  /** Brings one key nearer to what is wanted; when it throws, the key comes again later. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<void>;
  /** Wraps every reconcile, for metrics. */
  readonly observe: <T>(controller: string, run: () => Promise<T>) => Promise<T>;
  /** Log. */
  readonly log: ControllerLog;
  /** Ends reconciles early. */
  readonly signal: AbortSignal;
}

/**
 * Works until the queue is closed.
 *
 * @param options What to do.
 */
export async function runWorkers(options: WorkersOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.count }, () => work(options)));
}

async function work(options: WorkersOptions): Promise<void> {
  const { queue } = options;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    try {
      await once(options, key);
      queue.forget(key);
    } catch (error) {
      onFailure(options, key, error);
    } finally {
      queue.done(key);
    }
  }
}

async function once(
  { controller, reconcile, observe, signal }: WorkersOptions,
  key: string,
): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(RECONCILE_MS)]);
  await observe(controller, () => reconcile(key, limited));
}

function onFailure(
  { controller, queue, log, signal }: WorkersOptions,
  key: string,
  error: unknown,
): void {
  if (signal.aborted) return;
  const retryInMs = Math.round(queue.addFailed(key));
  log.warn("Reconcile failed", { controller, key, error, retryInMs });
}
