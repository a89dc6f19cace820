/**
 * A watch as a state machine: state and input in, new state and perhaps an event out. Nothing here touches the
 * network or the clock; {@linkcode runWatch} in `watch.ts` drives it.
 *
 * ### Expected flow
 * 1. `listing`: pages of the collection are read; the last one yields `SYNC` and leads to `watching`.
 * 2. `watching`: a stream is open from a version. Changes are yielded and move the version, bookmarks only move it.
 * 3. The stream ends or breaks: `watching` again from the last version, nothing is missed.
 * 4. The server has forgotten that version (410): `listing` again, which yields the next `SYNC`.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { isApiError } from "./errors.ts";
import type { KubeObject, Status, WatchEvent } from "./types.ts";

/** Where a watch stands. */
export type WatchState =
  | {
    readonly name: "listing";
    /** Token of the next page; undefined for the first. */
    readonly next: string | undefined;
    /** What the pages so far held. */
    readonly items: readonly KubeObject[];
  }
  | {
    readonly name: "watching";
    /** Version after which the stream starts. */
    readonly resourceVersion: string;
  };

/** A line of a watch stream. */
export interface RawWatchEvent {
  /** `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`. */
  readonly type: string;
  /** The object, or a `Status` for `ERROR`. */
  readonly object: unknown;
}

/** What happened to a watch. */
export type WatchInput =
  | {
    readonly type: "page";
    readonly items: readonly KubeObject[];
    readonly resourceVersion: string;
    readonly next: string | undefined;
  }
  | { readonly type: "line"; readonly line: RawWatchEvent }
  | { readonly type: "failed"; readonly error: unknown };

/** Outcome of a step. */
export interface WatchStep {
  /** The new state. */
  readonly state: WatchState;
  /** What the consumer gets. */
  readonly emit?: WatchEvent;
  /** A failure that will be retried: the stream, if open, is given up. */
  readonly failure?: unknown;
}

/** The state in which a watch without a version starts. */
export const LISTING: WatchState = { name: "listing", next: undefined, items: [] };

/**
 * Makes one step.
 *
 * @param state The state.
 * @param input What happened.
 */
export function step(state: WatchState, input: WatchInput): WatchStep {
  switch (input.type) {
    case "page":
      return onPage(state, input);
    case "line":
      return onLine(state, input.line);
    case "failed":
      return onFailure(state, input.error);
  }
}

function onPage(state: WatchState, page: WatchInput & { type: "page" }): WatchStep {
  const before = state.name === "listing" ? state.items : [];
  const items = [...before, ...page.items];
  if (page.next) return { state: { name: "listing", next: page.next, items } };
  return {
    state: { name: "watching", resourceVersion: page.resourceVersion },
    emit: { type: "SYNC", objects: items, resourceVersion: page.resourceVersion },
  };
}

function onLine(state: WatchState, line: RawWatchEvent): WatchStep {
  if (line.type === "ERROR") return onFailure(state, new WatchError(line.object as Status));
  const object = line.object as KubeObject;
  const resourceVersion = object?.metadata?.resourceVersion;
  if (!resourceVersion) {
    // Without a version we could not resume: better to hear it all again.
    return { state: LISTING, failure: malformed(`a ${line.type} event without a version`) };
  }
  const next: WatchState = { name: "watching", resourceVersion };
  switch (line.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { state: next, emit: { type: line.type, object } };
    case "BOOKMARK":
      return { state: next };
    default:
      return { state, failure: malformed(`an event of type '${line.type}'`) };
  }
}

function onFailure(state: WatchState, error: unknown): WatchStep {
  const expired = isApiError(error, 410) || (error instanceof WatchError && error.expired);
  // Half a list is worth nothing: its token may be what the server objects to.
  if (expired || state.name === "listing") return { state: LISTING, failure: error };
  return { state, failure: error };
}

/** An `ERROR` event of a watch stream. */
export class WatchError extends LatticeError {
  override readonly name: string = "WatchError";
  /** The server's explanation. */
  readonly status: Status;

  /** Makes the error from the event's `Status`. */
  constructor(status: Status) {
    super("unavailable", `API server ended the watch: ${status?.message ?? "no explanation"}`);
    this.status = status ?? {};
  }

  /** Whether the server has forgotten the version that the watch stands at. */
  get expired(): boolean {
    return this.status.code === 410 || this.status.reason === "Expired" ||
      this.status.reason === "Gone";
  }
}

function malformed(what: string): LatticeError {
  return new LatticeError("internal", `API server sent ${what}`);
}
