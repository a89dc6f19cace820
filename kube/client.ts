/**
 * The client of one API server: typed by its callers, generic in kinds.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { Collection } from "./collection.ts";
import { resolveConnection } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { Discovery } from "./discovery.ts";
import { isApiError } from "./errors.ts";
import { rawCall } from "./raw.ts";
import {
  collectionPath,
  needNamespace,
  objectPath,
  type Query,
  withQuery,
} from "./resource_path.ts";
import { requestJson } from "./rest.ts";
import { Transport } from "./transport.ts";
import type * as t from "./types.ts";
import { waitFor } from "./wait.ts";
import { runWatch, type WatchTiming } from "./watch.ts";

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

/**
 * Connects to the API server that a kubeconfig names. Nothing is sent: a server that is down shows at the
 * first call.
 *
 * @param options Which kubeconfig and context; default what kubectl would use.
 * @returns A client; dispose it (`using client = await connect()`).
 * @throws {LatticeError} `not-found`, `validation` or `forbidden` for a kubeconfig that cannot be used.
 */
export async function connect(options: t.ConnectOptions = {}): Promise<KubeClient> {
  return new KubeClient(await resolveConnection(options), options);
}

/** Client of one API server. Every call rejects with an {@linkcode ApiError}, or `unavailable` without a connection. */
export class KubeClient implements Disposable {
  /** URL of the server. */
  readonly server: string;
  /** Name of the kubeconfig context. */
  readonly contextName: string;
  /** Default namespace of the context, if it names one. */
  readonly defaultNamespace: string | undefined;
  /** Requests sent so far: retries, pages and watches included. */
  readonly metrics: { requests: number };
  readonly #transport: Transport;
  readonly #discovery: Discovery;
  readonly #timing: WatchTiming | undefined;

  /**
   * Makes a client for a connection; most callers want {@linkcode connect}.
   *
   * @param connection Where to, and as whom.
   * @param options User-Agent, request timeout, and for tests the timing of watches.
   */
  constructor(
    connection: Connection,
    options: Pick<t.ConnectOptions, "userAgent" | "requestTimeoutMs"> & {
      readonly watchTiming?: WatchTiming | undefined;
    } = {},
  ) {
    this.server = connection.server;
    this.contextName = connection.contextName;
    this.defaultNamespace = connection.namespace;
    this.#transport = new Transport(connection, {
      userAgent: options.userAgent ?? "lattice",
      requestTimeoutMs: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    });
    this.metrics = this.#transport.metrics;
    this.#timing = options.watchTiming;
    this.#discovery = new Discovery((path, accept) =>
      requestJson(this.#transport, {
        method: "GET",
        path,
        ...(accept === undefined ? {} : { headers: { Accept: accept } }),
      })
    );
  }

  /**
   * Reads an object.
   *
   * @throws {ApiError} `not-found` when there is none.
   */
  async get<T = t.KubeObject>(ref: t.Ref, options: t.CallOptions = {}): Promise<T> {
    const path = await this.#path(ref);
    return await this.#send<T>("GET", path, {}, undefined, options);
  }

  /** Reads an object, or undefined when there is none; a kind that the server does not serve is still an error. */
  async find<T = t.KubeObject>(ref: t.Ref, options: t.CallOptions = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(ref, options);
    } catch (error) {
      if (isApiError(error, 404)) return undefined;
      throw error;
    }
  }

  /** Reads every object of a kind, page by page; starts over once if the pages run out of date (410). */
  async list<T = t.KubeObject>(
    kind: t.Kind,
    options: t.ListOptions = {},
  ): Promise<t.ListResult<T>> {
    return await this.#collection(kind, options).listAll(options) as t.ListResult<
      unknown
    > as t.ListResult<T>;
  }

  /**
   * Watches the objects of a kind. Without a version it starts with `SYNC`, which holds everything that exists. It
   * resumes after a lost connection, lists again (and yields `SYNC`) after a 410, and ends only on its signal
   * or when the consumer leaves the loop. Failures go to `onError` and are retried with growing, jittered delays.
   */
  watch<T = t.KubeObject>(
    kind: t.Kind,
    options: t.WatchOptions,
  ): AsyncGenerator<t.WatchEvent<T>, void, void> {
    const events = runWatch(this.#collection(kind, options), { ...options, timing: this.#timing });
    return events as AsyncGenerator<t.WatchEvent<T>, void, void>;
  }

  /** Creates an object; 409 (`conflict`) when it exists. Returns it as stored. */
  async create<T = t.KubeObject>(object: t.ObjectLike, options: t.WriteOptions = {}): Promise<T> {
    const resource = await this.resourceFor(object);
    const path = options.subresource === undefined
      ? collectionPath(resource, needNamespace(resource, object.metadata.namespace))
      : await this.#path(refOf(object), options.subresource);
    return await this.#send<T>("POST", path, writeQuery(options), object, options);
  }

  /** Replaces an object. With a `resourceVersion` in it, 409 (`conflict`) when it changed meanwhile. */
  async replace<T = t.KubeObject>(object: t.ObjectLike, options: t.WriteOptions = {}): Promise<T> {
    const path = await this.#path(refOf(object), options.subresource);
    return await this.#send<T>("PUT", path, writeQuery(options), object, options);
  }

  /** Applies an object server-side: creates it, or changes exactly the fields that it names. */
  async apply<T = t.KubeObject>(object: t.ObjectLike, options: t.ApplyOptions): Promise<T> {
    const path = await this.#path(refOf(object), options.subresource);
    const query = {
      ...writeQuery({ ...options, fieldManager: options.manager }),
      force: options.force === true ? true : undefined,
    };
    const type = "application/apply-patch+yaml";
    return await this.#send<T>("PATCH", path, query, object, options, type);
  }

  /** Patches an object. */
  async patch<T = t.KubeObject>(ref: t.Ref, options: t.PatchOptions): Promise<T> {
    const path = await this.#path(ref, options.subresource);
    const query = writeQuery({ ...options, fieldManager: options.manager });
    return await this.#send<T>(
      "PATCH",
      path,
      query,
      options.body,
      options,
      PATCH_TYPES[options.type],
    );
  }

  /**
   * Asks for the deletion of an object; finalizers may keep it for a while ({@linkcode KubeClient.wait}).
   *
   * @returns false when there was none.
   * @throws {ApiError} `conflict` when a precondition (`uid`, `resourceVersion`) does not hold.
   */
  async delete(ref: t.Ref, options: t.DeleteOptions = {}): Promise<boolean> {
    const path = await this.#path(ref);
    const { uid, resourceVersion } = options;
    const body = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      propagationPolicy: options.propagation,
      gracePeriodSeconds: options.gracePeriodSeconds,
      ...(uid === undefined && resourceVersion === undefined
        ? {}
        : { preconditions: { uid, resourceVersion } }),
      ...(options.dryRun ? { dryRun: ["All"] } : {}),
    };
    try {
      await this.#send("DELETE", path, {}, body, options);
      return true;
    } catch (error) {
      if (isApiError(error, 404)) return false;
      throw error;
    }
  }

  /**
   * Waits until an object, or its absence (`undefined`), satisfies a predicate.
   *
   * @returns The object; undefined when the predicate accepted its absence.
   * @throws {DeadlineError} when it did not in time.
   */
  async wait<T = t.KubeObject>(
    ref: t.Ref,
    predicate: (object: T | undefined) => boolean,
    options: t.WaitOptions,
  ): Promise<T | undefined> {
    const open = (watch: t.WatchOptions) => this.watch(ref, watch);
    const accepts = (object: t.KubeObject | undefined) => predicate(object as T | undefined);
    return await waitFor(open, ref, accepts, options) as T | undefined;
  }

  /** Every resource that the server serves, in every version, freshly read. */
  resources(): Promise<readonly t.ApiResource[]> {
    return this.#discovery.resources();
  }

  /**
   * The resource of a kind; from the cache, which a miss refreshes.
   *
   * @throws {LatticeError} `not-found` when the server does not serve it.
   */
  resourceFor(kind: t.Kind): Promise<t.ApiResource> {
    return this.#discovery.resourceFor(kind);
  }

  /**
   * Sends any request, such as `/readyz` or a log. The response comes whatever its status is.
   *
   * @param path Path with query, beginning with a slash.
   * @param options See {@linkcode RawOptions}; a response with `stream` must be read to its end or cancelled.
   */
  raw(path: string, options: t.RawOptions = {}): Promise<Response> {
    return rawCall(this.#transport, path, options);
  }

  /** Ends every call and watch and closes the connections. */
  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  async #path(ref: t.Ref, subresource?: string): Promise<string> {
    return objectPath(await this.resourceFor(ref), ref.name, ref.namespace, subresource);
  }

  async #send<T>(
    method: string,
    path: string,
    query: Query,
    body: unknown,
    options: t.CallOptions,
    contentType = "application/json",
  ): Promise<T> {
    const document = await requestJson(this.#transport, {
      method,
      path: withQuery(path, query),
      ...(body === undefined ? {} : {
        body: JSON.stringify(body),
        headers: { "Content-Type": contentType },
      }),
      // An apply that happens twice changes nothing more than one that happens once.
      ...(contentType === "application/apply-patch+yaml" ? { idempotent: true } : {}),
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
    return document as T;
  }

  #collection(
    kind: t.Kind,
    selection: t.Selection & { readonly pageSize?: number | undefined },
  ): Collection {
    return new Collection({
      ...selection,
      transport: this.#transport,
      resourceFor: (wanted) => this.resourceFor(wanted),
      kind,
    });
  }
}

function refOf(object: t.ObjectLike): t.Ref {
  const { name, namespace } = object.metadata;
  if (!name) {
    throw new LatticeError("usage", `Cannot write a ${object.kind} without a name`, {
      field: "metadata.name",
      remedy: "set metadata.name",
    });
  }
  return { apiVersion: object.apiVersion, kind: object.kind, name, namespace };
}

function writeQuery(options: t.WriteOptions): Query {
  return {
    dryRun: options.dryRun ? "All" : undefined,
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
  };
}
