/**
 * Waiting for one object, by watching it.
 *
 * @module
 */
import { DeadlineError } from "@lattice/api/errors";
import { isApiError } from "./errors.ts";
import { LinkedAbort } from "./linked_abort.ts";
import type { KubeObject, Ref, WaitOptions, WatchEvent, WatchOptions } from "./types.ts";

/** HTTP statuses that mend themselves only by what somebody changes elsewhere. */
const PERMANENT = new Set([400, 401, 403, 405, 422]);
/** Milliseconds for which even those are retried: access rules and webhooks settle after they were written. */
const PERMANENT_GRACE_MS = 5_000;

/** Opens the watch on which a wait stands. */
export type OpenWatch = (options: WatchOptions) => AsyncIterable<WatchEvent>;

/**
 * Waits until an object satisfies a predicate.
 *
 * @param open Opens a watch of the object's kind and namespace.
 * @param ref The object.
 * @param predicate Called with the object, or undefined while there is none, at the start and after each change.
 * @param options Deadline and what is waited for.
 * @returns The object that satisfied the predicate; undefined when its absence did.
 * @throws {DeadlineError} at the deadline, with the last failure as its cause.
 * @throws {ApiError} when the server keeps refusing the watch.
 */
export async function waitFor(
  open: OpenWatch,
  ref: Ref,
  predicate: (object: KubeObject | undefined) => boolean,
  options: WaitOptions,
): Promise<KubeObject | undefined> {
  using link = new LinkedAbort(options.signal);
  let lastError: unknown;
  let refusedSince: number | undefined;
  link.deadline(options.timeoutMs, () => deadline(ref, options, lastError));
  const onError = (error: unknown) => {
    lastError = error;
    if (!isApiError(error) || !PERMANENT.has(error.httpStatus)) {
      refusedSince = undefined;
      return;
    }
    refusedSince ??= performance.now();
    if (performance.now() - refusedSince > PERMANENT_GRACE_MS) link.abort(error);
  };
  const events = open({
    namespace: ref.namespace,
    fieldSelector: `metadata.name=${ref.name}`,
    signal: link.signal,
    onError,
  });
  for await (const event of events) {
    lastError = undefined;
    refusedSince = undefined;
    const object = objectOf(event, ref);
    if (predicate(object)) return object;
  }
  throw link.signal.reason;
}

function objectOf(event: WatchEvent, ref: Ref): KubeObject | undefined {
  if (event.type === "SYNC") {
    return event.objects.find((object) => object.metadata.name === ref.name);
  }
  return event.type === "DELETED" ? undefined : event.object;
}

function deadline(ref: Ref, options: WaitOptions, lastError: unknown): DeadlineError {
  const seconds = Math.round(options.timeoutMs / 100) / 10;
  const last = lastError instanceof Error ? `: ${lastError.message}` : "";
  return new DeadlineError(`Gave up waiting for ${options.what} after ${seconds} s${last}`, {
    remedy: `look at ${ref.kind} '${ref.namespace ? `${ref.namespace}/` : ""}${ref.name}'`,
    ...(lastError === undefined ? {} : { cause: lastError }),
  });
}
