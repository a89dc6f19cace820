/**
 * Runs a controller: watches feed a queue of names, workers reconcile one name at a time.
 *
 * ### The laws
 * A request is a name, never an event or an object. A reconcile reads the world, compares and writes; creation, change
 * and deletion take the same path. Waiting for the outside is a delay that it names (`requeueAfterMs`), a failure is an
 * error that it throws: failures come again later each time, a {@linkcode TerminalError} does not come again until
 * something changes.
 *
 * @module
 */
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { getLogger } from "@logtape/logtape";
import { sleep } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { type Change, Informer, keyOf, objectKey, type Store } from "./informer.ts";
import { LinkedAbort, orAborted } from "./linked_abort.ts";
import { WorkQueue } from "./queue.ts";
import { randomFraction } from "./random.ts";
import type { Kind, KubeObject } from "./types.ts";

/** Names what is to be reconciled, never how it changed. */
export interface Request {
  /** Name. */
  readonly name: string;
  /** Namespace; absent for a cluster-scoped kind. */
  readonly namespace?: string | undefined;
}

/** What a reconcile asks for. */
export interface Result {
  /** Come again after so many milliseconds, even if nothing changes. */
  readonly requeueAfterMs?: number | undefined;
}

/** Objects as the controller's watches know them; they may lag behind the server, and must not be changed. */
export interface ControllerCache {
  /** The object, or undefined. */
  get<T = KubeObject>(kind: Kind, name: string, namespace?: string): T | undefined;
  /** Objects of a kind, perhaps of one namespace only. */
  list<T = KubeObject>(kind: Kind, options?: { readonly namespace?: string | undefined }): T[];
}

/** One level of a {@linkcode ControllerLog}. */
export type LogMethod = (message: string, properties?: Record<string, unknown>) => void;

/** A log with constant messages and named values. */
export interface ControllerLog {
  /** For those who debug the controller. */
  readonly debug: LogMethod;
  /** What was done. */
  readonly info: LogMethod;
  /** What will be tried again. */
  readonly warn: LogMethod;
  /** What needs somebody. */
  readonly error: LogMethod;
}

/** What a reconcile gets beside the request. */
export interface ReconcileContext {
  /** Aborts when the controller stops or this reconcile takes too long. */
  readonly signal: AbortSignal;
  /** Objects of the kinds in `for`, `owns` and `watches`. */
  readonly cache: ControllerCache;
  /** Log with controller, namespace and name. */
  readonly log: ControllerLog;
  /**
   * Follows a further kind, from the first call until the controller ends; later calls with the same kind and selection
   * return the same objects. For kinds that are known only once an object has been read.
   *
   * @returns The objects, all of them there; they may lag behind the server, and must not be changed.
   * @throws {LatticeError} `not-found` when the server has no such kind.
   * @throws {DeadlineError} when they are not all there before this reconcile has to end.
   */
  follow(spec: WatchSpec): Promise<Store>;
}

/** Another kind whose changes concern this controller. */
export interface WatchSpec extends Kind {
  /** Only objects with these labels. */
  readonly labelSelector?: string | undefined;
  /** Only objects with these fields, such as `metadata.name=web`. */
  readonly fieldSelector?: string | undefined;
  /** Only this namespace; default the controller's. */
  readonly namespace?: string | undefined;
  /** Which requests a changed (or deleted) object means. */
  map(object: KubeObject): readonly Request[];
}

/** Options of a controller. */
export interface ControllerOptions {
  /** Name, for logs. */
  readonly name: string;
  /** Client; it stays the caller's. */
  readonly client: KubeClient;
  /** The kind that is reconciled. */
  readonly for: Kind;
  /** Only this namespace; default all. */
  readonly namespace?: string | undefined;
  /** Further kinds, mapped to requests. */
  readonly watches?: readonly WatchSpec[] | undefined;
  /** Kinds whose objects have an owner reference (of a controller) to an object of `for`. */
  readonly owns?: readonly Kind[] | undefined;
  /** Brings the world nearer to what one object asks for. */
  reconcile(request: Request, context: ReconcileContext): Promise<Result | void>;
  /** Reconciles at a time; default 4. */
  readonly concurrency?: number | undefined;
  /** Milliseconds after which everything is reconciled again, unasked; default ten minutes, 0 never. */
  readonly resyncMs?: number | undefined;
  /** Milliseconds that one reconcile may take; default five minutes. */
  readonly reconcileTimeoutMs?: number | undefined;
  /** Stops the controller. */
  readonly signal: AbortSignal;
}

/** A failure that repetition cannot cure: it is logged, and not retried until something changes. */
export class TerminalError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "TerminalError";
}

const DEFAULTS = { concurrency: 4, resyncMs: 600_000, reconcileTimeoutMs: 300_000 };

/**
 * Runs a controller until its signal aborts.
 *
 * @param options See {@linkcode ControllerOptions}.
 * @returns Resolves when every worker has stopped and every watch is closed.
 */
export async function runController(options: ControllerOptions): Promise<void> {
  const log = controllerLog(options.name);
  using link = new LinkedAbort(options.signal);
  using queue = new WorkQueue();
  const informers = startInformers(options, queue, link.signal, log);
  const stop = () => queue[Symbol.dispose]();
  if (link.signal.aborted) stop();
  else link.signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.all([...informers.byKey.values()].map((informer) => informer.synced));
    const count = options.concurrency ?? DEFAULTS.concurrency;
    const shared = {
      cache: cacheOver(informers.byKey),
      follow: (spec: WatchSpec) => followLate(options.client, informers, spec),
      signal: link.signal,
    };
    const workers = Array.from({ length: count }, () => work(options, queue, shared));
    const primary = informers.byKey.get(kindKey(options.for));
    await Promise.all([...workers, resync(options, queue, primary, link.signal)]);
  } finally {
    link.abort(new Error("The controller ended"));
    await Promise.all([...informers.byKey.values()].map((informer) => informer.done));
  }
}

/** The informers of a controller, and how to start a further one. */
interface Informers {
  readonly byKey: Map<string, Informer>;
  follow(
    spec: Kind & Partial<WatchSpec>,
    map: (object: KubeObject) => readonly Request[],
    suffix?: string,
  ): void;
}

/** Starts the informer of a kind that turned out to matter while the controller was running, once. */
async function followLate(
  client: KubeClient,
  { byKey, follow }: Informers,
  spec: WatchSpec,
): Promise<Store> {
  const suffix = `#late ${spec.namespace ?? ""} ${spec.labelSelector ?? ""} ${
    spec.fieldSelector ?? ""
  }`;
  const key = kindKey(spec) + suffix;
  // An informer waits for a kind that may still come; who asks here wants an answer.
  if (!byKey.has(key)) await client.resourceFor(spec);
  if (!byKey.has(key)) follow(spec, (object) => spec.map(object), suffix);
  const informer = byKey.get(key) as Informer;
  await informer.synced;
  return informer.store;
}

function startInformers(
  options: ControllerOptions,
  queue: WorkQueue,
  signal: AbortSignal,
  log: ControllerLog,
): Informers {
  const informers = new Map<string, Informer>();
  const { client, namespace } = options;
  const follow: Informers["follow"] = (spec, map, suffix = "") => {
    const mapped = (object: KubeObject) => {
      try {
        return map(object);
      } catch (error) {
        // One odd object must not blind the controller to all others.
        log.error("Cannot map object to requests", { kind: spec.kind, key: keyOf(object), error });
        return [];
      }
    };
    const onChange = ({ object, previous }: Change) => {
      // The object before may point at somebody else than the one after: both must know, but each once.
      const sides = [previous, object].filter((side) => side !== undefined);
      const keys = sides.flatMap(mapped).map(({ name, namespace }) => objectKey(name, namespace));
      for (const key of new Set(keys)) queue.add(key);
    };
    const informer = new Informer({
      client,
      kind: { apiVersion: spec.apiVersion, kind: spec.kind },
      namespace: spec.namespace ?? namespace,
      labelSelector: spec.labelSelector,
      fieldSelector: spec.fieldSelector,
      onChange,
      onError: (error) => log.warn("Watch failed", { kind: spec.kind, error }),
      signal,
    });
    informers.set(kindKey(spec) + suffix, informer);
  };
  follow(options.for, (object) => [requestFor(object)]);
  const owners = informers.get(kindKey(options.for))?.store;
  for (const kind of options.owns ?? []) {
    const suffix = informers.has(kindKey(kind)) ? "#owns" : "";
    follow(kind, (object) => ownerRequests(object, options.for, owners), suffix);
  }
  for (const [index, spec] of (options.watches ?? []).entries()) {
    follow(spec, (object) => spec.map(object), informers.has(kindKey(spec)) ? `#${index}` : "");
  }
  return { byKey: informers, follow };
}

async function work(
  options: ControllerOptions,
  queue: WorkQueue,
  shared: Omit<ReconcileContext, "log">,
): Promise<void> {
  const { signal } = shared;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    const request = requestOf(key);
    const own = controllerLog(options.name, request);
    try {
      const result = await reconcileOnce(options, request, { ...shared, log: own });
      queue.forget(key);
      if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      onFailure(queue, key, error, signal, own);
    } finally {
      queue.done(key);
    }
  }
}

/**
 * The log of a controller.
 *
 * @param controller Name of the controller.
 * @param values What every line carries beside it; default nothing.
 */
export function controllerLog(
  controller: string,
  values: Request | Record<string, never> = {},
): ControllerLog {
  const logger = getLogger(["lattice", "controller", controller]).with({ ...values });
  return {
    debug: (message, properties = {}) => logger.debug(message, properties),
    info: (message, properties = {}) => logger.info(message, properties),
    warn: (message, properties = {}) => logger.warn(message, properties),
    error: (message, properties = {}) => logger.error(message, properties),
  };
}

async function reconcileOnce(
  options: ControllerOptions,
  request: Request,
  context: ReconcileContext,
): Promise<Result | void> {
  using link = new LinkedAbort(context.signal);
  const limit = options.reconcileTimeoutMs ?? DEFAULTS.reconcileTimeoutMs;
  link.deadline(limit, () => new DeadlineError(`Reconcile did not end within ${limit} ms`));
  // A kind that may not be listed, say, never gets to be complete: nobody waits for it longer than for anything else.
  const follow = (spec: WatchSpec) => orAborted(context.follow(spec), link.signal);
  return await options.reconcile(request, { ...context, follow, signal: link.signal });
}

function onFailure(
  queue: WorkQueue,
  key: string,
  error: unknown,
  signal: AbortSignal,
  log: ControllerLog,
): void {
  if (signal.aborted) return;
  if (error instanceof TerminalError) {
    queue.forget(key);
    log.error("Reconcile failed for good", { error });
    return;
  }
  const retryInMs = Math.round(queue.addFailed(key));
  // A conflict says that the cache was behind: it settles by itself and is nobody's concern.
  const level = error instanceof LatticeError && error.code === "conflict" ? "debug" : "warn";
  log[level]("Reconcile failed", { error, retryInMs });
}

async function resync(
  options: ControllerOptions,
  queue: WorkQueue,
  informer: Informer | undefined,
  signal: AbortSignal,
): Promise<void> {
  const every = options.resyncMs ?? DEFAULTS.resyncMs;
  while (every > 0 && !signal.aborted) {
    await sleep(every * (0.9 + 0.2 * randomFraction()), signal).catch(() => undefined);
    if (!signal.aborted) { for (const key of informer?.store.keys() ?? []) queue.add(key); }
  }
}

function cacheOver(informers: ReadonlyMap<string, Informer>): ControllerCache {
  const storeOf = (kind: Kind) => {
    const informer = informers.get(kindKey(kind));
    if (informer) return informer.store;
    throw new RangeError(`Cannot read kind '${kind.kind}' from the cache: it is not watched`);
  };
  return {
    get: <T>(kind: Kind, name: string, namespace?: string) =>
      storeOf(kind).get(objectKey(name, namespace)) as T | undefined,
    list: <T>(kind: Kind, options: { readonly namespace?: string | undefined } = {}) =>
      storeOf(kind).list(options.namespace) as T[],
  };
}

/**
 * The request of an object's controlling owner, if that is of the reconciled kind (in whatever version). An owner that is
 * not in the cache is left out: its own appearance will bring it.
 */
function ownerRequests(object: KubeObject, owner: Kind, owners: Store | undefined): Request[] {
  const reference = object.metadata.ownerReferences?.find((candidate) =>
    candidate.controller === true && candidate.kind === owner.kind &&
    groupOf(candidate.apiVersion) === groupOf(owner.apiVersion)
  );
  if (!reference) return [];
  const keys = [objectKey(reference.name, object.metadata.namespace), reference.name];
  const key = keys.find((candidate) => owners?.get(candidate)?.metadata.uid === reference.uid);
  return key === undefined ? [] : [requestOf(key)];
}

/**
 * The request that names an object.
 *
 * @param object The object.
 */
export function requestFor(object: KubeObject): Request {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

function requestOf(key: string): Request {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

function kindKey(kind: Kind): string {
  return `${kind.apiVersion}/${kind.kind}`;
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.split("/")[0] ?? "" : "";
}
