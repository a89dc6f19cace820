/**
 * Drives the watch state machine over the network: opens streams, notices silence, waits between attempts.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { backoffMs, sleep } from "./backoff.ts";
import { JsonLines } from "./json_lines.ts";
import { LinkedAbort } from "./linked_abort.ts";
import type { OpenStream } from "./transport.ts";
import type { KubeObject, WatchEvent } from "./types.ts";
import {
  LISTING,
  type RawWatchEvent,
  step,
  type WatchInput,
  type WatchState,
} from "./watch_state.ts";

/** One page of a list. */
export interface Page {
  /** Objects of the page. */
  readonly items: readonly KubeObject[];
  /** Version of the collection. */
  readonly resourceVersion: string;
  /** Token of the next page. */
  readonly next: string | undefined;
}

/** What the driver needs of a client. */
export interface WatchSource {
  /** Reads a page. */
  list(next: string | undefined, signal: AbortSignal): Promise<Page>;
  /** Opens a stream after a version; rejects unless the server answers 200. */
  open(resourceVersion: string, signal: AbortSignal): Promise<OpenStream>;
}

/** Timing of a watch, in milliseconds. */
export interface WatchTiming {
  /**
   * Silence after which a connection counts as dead. The server sends a bookmark about every minute where it
   * can, so that a longer silence means either a dead connection or a resource without bookmarks; both are
   * served by opening a new stream.
   */
  readonly idleMs: number;
  /** First delay after a failure. */
  readonly backoffBaseMs: number;
  /** Longest delay after failures. */
  readonly backoffMaxMs: number;
}

/** The timing that suits API servers. */
export const WATCH_TIMING: WatchTiming = {
  idleMs: 150_000,
  backoffBaseMs: 250,
  backoffMaxMs: 10_000,
};

/** Options of a watch run. */
export interface WatchRun {
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Start after this version; default: list first. */
  readonly resourceVersion?: string | undefined;
  /** Hears of failures. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Default {@linkcode WATCH_TIMING}. */
  readonly timing?: WatchTiming | undefined;
}

/**
 * Runs a watch until its signal aborts; never throws for what the server or the network does.
 *
 * @param source Where pages and streams come from.
 * @param run Options.
 */
export async function* runWatch(
  source: WatchSource,
  run: WatchRun,
): AsyncGenerator<WatchEvent, void, void> {
  const { signal } = run;
  const timing = run.timing ?? WATCH_TIMING;
  let state: WatchState = run.resourceVersion === undefined
    ? LISTING
    : { name: "watching", resourceVersion: run.resourceVersion };
  let failures = 0;
  while (!signal.aborted) {
    const inputs: AsyncGenerator<WatchInput[]> = state.name === "listing"
      ? readPage(source, state.next, signal)
      : readStream(source, state.resourceVersion, signal, timing.idleMs);
    let fine = false;
    let failure: unknown;
    for await (const batch of inputs) {
      for (const input of batch) {
        const outcome = step(state, input);
        state = outcome.state;
        failure = outcome.failure;
        if (failure !== undefined) break;
        fine = true;
        if (outcome.emit) yield outcome.emit;
        if (signal.aborted) return;
      }
      if (failure !== undefined) break;
    }
    failures = fine ? 0 : failures + 1;
    if (failure !== undefined && !signal.aborted) run.onError?.(failure);
    if (failure === undefined && fine) continue;
    // A stream that ended at once, without a word, waits like one that failed: else it would spin.
    const delay = backoffMs(Math.max(failures - 1, 0), {
      baseMs: timing.backoffBaseMs,
      maxMs: timing.backoffMaxMs,
    });
    await sleep(delay, signal).catch(() => undefined);
  }
}

/** One page as inputs of the machine; a failure is an input, too. */
async function* readPage(
  source: WatchSource,
  next: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchInput[]> {
  let input: WatchInput;
  try {
    input = { type: "page", ...await source.list(next, signal) };
  } catch (error) {
    input = { type: "failed", error };
  }
  yield [input];
}

/** The lines of one stream, as they come, until it ends. */
async function* readStream(
  source: WatchSource,
  resourceVersion: string,
  signal: AbortSignal,
  idleMs: number,
): AsyncGenerator<WatchInput[]> {
  using link = new LinkedAbort(signal);
  let stream: OpenStream | undefined;
  try {
    stream = await source.open(resourceVersion, link.signal);
    if (!stream.response.body) return;
    const lines = new JsonLines(stream.response.body);
    const held = stream;
    while (true) {
      // The consumer's own slowness does not count: the clock runs only while we read.
      link.deadline(idleMs, () => {
        held.retire();
        return new LatticeError("unavailable", `Watch was silent for ${idleMs} ms`);
      });
      const values = await lines.next();
      link.clearDeadline();
      if (values === undefined) return;
      if (values.length > 0) {
        yield values.map((value) => ({ type: "line", line: rawEvent(value) }));
      }
    }
  } catch (error) {
    yield [{ type: "failed", error }];
  } finally {
    stream?.[Symbol.dispose]();
  }
}

/** Checks the frame of a line only: objects are the consumers' business, and there are many. */
function rawEvent(value: unknown): RawWatchEvent {
  if (typeof value === "object" && value !== null && "type" in value && "object" in value) {
    return { type: String(value.type), object: value.object };
  }
  throw new LatticeError("internal", "API server sent a watch line that is no event");
}
