/**
 * HTTP to one API server: pooled connections over Deno's `fetch`, credentials, deadlines and bounded retries.
 *
 * Reads and streams share HTTP/2 connections. Requests with a body go over a few HTTP/1.1 connections: Deno
 * sends head and body of an HTTP/2 request in two small packets without TCP_NODELAY, so that each lone write waits 40 ms
 * for the server's delayed acknowledgement (measured: 20 applies a second instead of 450; with 50 at once both do 900).
 *
 * ### Guarantees
 * Calls that end and streams that do not never share an HTTP client. A call never outlives its deadline, its signal or
 * the transport. What is retried was either refused by the server before it did anything (429, 503 with
 * `Retry-After`, 401 with outdated credentials) or changes nothing when it happens twice (`idempotent`).
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { backoffMs, sleep } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import type { Credential } from "./credentials.ts";
import { rootWords, unreachable } from "./errors.ts";
import { HttpPool, type StreamLease } from "./http_pool.ts";
import { LinkedAbort } from "./linked_abort.ts";
import { bypassProxiesForLoopback } from "./loopback.ts";

/** A request, relative to the server. */
export interface TransportRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** Headers besides those of the credentials. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Body. */
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  /** Whether a repetition after a broken connection does no harm; default: the method is GET. */
  readonly idempotent?: boolean | undefined;
  /** Ends the request. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds an attempt; for a stream: until its head is there. */
  readonly timeoutMs?: number | undefined;
}

/** A response that was read to its end. */
export interface Reply {
  /** HTTP status. */
  readonly status: number;
  /** Headers. */
  readonly headers: Headers;
  /** Body. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A response whose body is still coming. Dispose it to hang up. */
export interface OpenStream extends Disposable {
  /** The response. */
  readonly response: Response;
  /** Says that the connection is dead, so that nobody gets it again. */
  retire(): void;
}

/** Settings of a transport. */
export interface TransportOptions {
  /** User-Agent. */
  readonly userAgent: string;
  /** Milliseconds an attempt, unless the request says otherwise. */
  readonly requestTimeoutMs: number;
}

/** Attempts of one call, the first included. */
const ATTEMPTS = 5;
/** Longest time that a server's `Retry-After` is obeyed. */
const RETRY_AFTER_MAX_MS = 10_000;
const RETRY_BACKOFF = { baseMs: 100, maxMs: 5_000 };
const READ_LIMITS = { streams: 90, clients: 2 };
/** Over HTTP/1.1 a stream is a connection; more of them do not make an API server any faster. */
const WRITE_LIMITS = { streams: 24, clients: 1 };
const STREAM_LIMITS = { streams: 50, clients: Number.POSITIVE_INFINITY };

interface Pools extends Disposable {
  readonly credential: Credential;
  readonly reads: HttpPool<Deno.HttpClient>;
  readonly writes: HttpPool<Deno.HttpClient>;
  readonly streams: HttpPool<Deno.HttpClient>;
}

/** Transport to one API server. */
export class Transport implements Disposable {
  /** Requests sent, retries and streams included. */
  readonly metrics: { requests: number } = { requests: 0 };
  readonly #connection: Connection;
  readonly #options: TransportOptions;
  readonly #closed = new AbortController();
  #pools: Pools | undefined;

  /** Makes a transport; nothing is sent before the first call. */
  constructor(connection: Connection, options: TransportOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * Sends a request and reads the whole response, whatever its status; retries as the module says.
   *
   * @throws {LatticeError} `unavailable` when the server cannot be reached or does not answer in time.
   */
  async call(request: TransportRequest): Promise<Reply> {
    for (let attempt = 0;; attempt++) {
      const outcome = await this.#attempt(request);
      const delay = attempt + 1 < ATTEMPTS
        ? this.#retryDelay(request, outcome, attempt)
        : undefined;
      if (delay === undefined) {
        if (outcome.reply) return outcome.reply;
        throw outcome.error;
      }
      await this.#pause(delay, request.signal);
    }
  }

  /**
   * Sends a request and returns as soon as the head of the response is there. The body travels over connections that
   * only streams use. Not retried.
   *
   * @throws {LatticeError} `unavailable` when the server cannot be reached or does not answer in time.
   */
  async open(request: TransportRequest): Promise<OpenStream> {
    const pools = await this.#current();
    const link = new LinkedAbort(request.signal, this.#closed.signal);
    let lease: StreamLease<Deno.HttpClient> | undefined;
    const close = () => {
      link.abort(new DOMException("The stream was closed", "AbortError"));
      link[Symbol.dispose]();
      lease?.[Symbol.dispose]();
    };
    try {
      lease = await pools.streams.take(link.signal);
      const response = await this.#fetch(request, pools.credential, lease, link);
      link.clearDeadline();
      if (response.status === 401) this.#connection.credentials.invalidate();
      const held = lease;
      return { response, retire: () => held.retire(), [Symbol.dispose]: close };
    } catch (error) {
      close();
      throw error;
    }
  }

  /** Breaks off everything that runs and closes the connections. */
  [Symbol.dispose](): void {
    this.#closed.abort(new LatticeError("unavailable", "The client was closed"));
    this.#pools?.[Symbol.dispose]();
    this.#pools = undefined;
  }

  async #attempt(request: TransportRequest): Promise<Outcome> {
    const pools = await this.#current();
    using link = new LinkedAbort(request.signal, this.#closed.signal);
    const pool = request.body === undefined ? pools.reads : pools.writes;
    using lease = await pool.take(link.signal);
    try {
      const response = await this.#fetch(request, pools.credential, lease, link);
      const bytes = await response.bytes();
      return { reply: { status: response.status, headers: response.headers, bytes } };
    } catch (error) {
      request.signal?.throwIfAborted();
      this.#closed.signal.throwIfAborted();
      return {
        error: error instanceof LatticeError ? error : unreachable(this.#connection.server, error),
      };
    }
  }

  async #fetch(
    request: TransportRequest,
    credential: Credential,
    lease: StreamLease<Deno.HttpClient>,
    link: LinkedAbort,
  ): Promise<Response> {
    const timeoutMs = request.timeoutMs ?? this.#options.requestTimeoutMs;
    link.deadline(timeoutMs, () => {
      // A connection that went silent stays in its client for good: let the next call open another.
      lease.retire();
      return silent(this.#connection.server, timeoutMs);
    });
    this.metrics.requests++;
    try {
      return await fetch(this.#connection.server + request.path, {
        method: request.method,
        headers: {
          "User-Agent": this.#options.userAgent,
          Accept: "application/json",
          ...request.headers,
          ...credential.headers,
        },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: "manual",
        client: lease.client,
        signal: link.signal,
      });
    } catch (error) {
      if (link.signal.aborted) throw link.signal.reason;
      throw unreachable(this.#connection.server, error);
    }
  }

  #retryDelay(request: TransportRequest, outcome: Outcome, attempt: number): number | undefined {
    const idempotent = request.idempotent ?? request.method === "GET";
    if (!outcome.reply) {
      return idempotent && isTransient(outcome.error)
        ? backoffMs(attempt, RETRY_BACKOFF)
        : undefined;
    }
    const { status, headers } = outcome.reply;
    if (status === 401 && attempt === 0) {
      return this.#connection.credentials.invalidate() ? 0 : undefined;
    }
    if (status !== 429 && status !== 503) return undefined;
    const asked = retryAfterMs(headers);
    if (asked === undefined && !idempotent) return undefined;
    const own = backoffMs(attempt, RETRY_BACKOFF);
    return asked === undefined ? own : Math.min(asked, RETRY_AFTER_MAX_MS) + own;
  }

  async #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (ms === 0) return;
    using link = new LinkedAbort(signal, this.#closed.signal);
    await sleep(ms, link.signal);
  }

  /** The pools of the present credential; a new client certificate needs new connections. */
  async #current(): Promise<Pools> {
    this.#closed.signal.throwIfAborted();
    const credential = await this.#connection.credentials.current();
    this.#closed.signal.throwIfAborted();
    const present = this.#pools;
    if (present?.credential === credential) return present;
    if (present && sameCertificate(present.credential, credential)) {
      this.#pools = { ...present, credential };
      return this.#pools;
    }
    present?.[Symbol.dispose]();
    this.#pools = makePools(this.#connection, credential);
    return this.#pools;
  }
}

/**
 * Reads a `Retry-After` header in seconds.
 *
 * @param headers Headers of a response.
 * @returns Milliseconds, or undefined without a usable header.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

interface Outcome {
  readonly reply?: Reply;
  readonly error?: LatticeError;
}

function makePools(connection: Connection, credential: Credential): Pools {
  const make = (http2: boolean) => () => httpClient(connection, credential, http2);
  const reads = new HttpPool(make(true), READ_LIMITS);
  const writes = new HttpPool(make(false), WRITE_LIMITS);
  const streams = new HttpPool(make(true), STREAM_LIMITS);
  return {
    credential,
    reads,
    writes,
    streams,
    [Symbol.dispose]: () => {
      for (const pool of [reads, writes, streams]) pool[Symbol.dispose]();
    },
  };
}

function httpClient(
  connection: Connection,
  credential: Credential,
  http2: boolean,
): Deno.HttpClient {
  const { cert, key } = credential;
  if (connection.proxyUrl === undefined) bypassProxiesForLoopback(connection.server);
  const base: Deno.CreateHttpClientOptions = {
    http2,
    poolIdleTimeout: 90_000,
    ...(connection.caPem === undefined ? {} : { caCerts: [connection.caPem] }),
    ...(connection.proxyUrl === undefined ? {} : { proxy: { url: connection.proxyUrl } }),
  };
  return cert !== undefined && key !== undefined
    ? Deno.createHttpClient({ ...base, cert, key })
    : Deno.createHttpClient(base);
}

function sameCertificate(a: Credential, b: Credential): boolean {
  return a.cert === b.cert && a.key === b.key;
}

function silent(server: string, timeoutMs: number): LatticeError {
  return new LatticeError(
    "unavailable",
    `Cannot reach API server '${server}': no answer within ${timeoutMs} ms`,
    { remedy: "check that the cluster runs and is not overloaded" },
  );
}

/** A refused connection will be refused again at once, and a silent server has had its time: neither is retried. */
function isTransient(error: LatticeError | undefined): boolean {
  if (!(error?.cause instanceof Error)) return false;
  return !/connection refused|dns error|certificate/i.test(rootWords(error.cause));
}
