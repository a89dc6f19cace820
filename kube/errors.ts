/**
 * Errors of the client: what the API server answered, or that it did not answer.
 *
 * @module
 */
import { type ErrorCode, LatticeError } from "@lattice/api/errors";
import type { Status } from "./types.ts";

/** What went wrong: a call that the API server refused. */
export interface ApiErrorInit {
  /** HTTP status of the response. */
  readonly httpStatus: number;
  /** The server's `Status`, or one made from the response when its body was none. */
  readonly status: Status;
  /** HTTP method of the request. */
  readonly method: string;
  /** Path of the request, without host and query. */
  readonly path: string;
  /** Milliseconds after which the server asked to try again. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * A call that the API server refused. `code` is `not-found` for 404 and 410, `conflict` for 409, `forbidden` for
 * 401 and 403, `validation` for 400 and 422, `timeout` for 408 and 504, `unavailable` for 429, 502 and 503, else
 * `internal`.
 */
export class ApiError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "ApiError";
  /** HTTP status. */
  readonly httpStatus: number;
  /** The server's explanation. */
  readonly status: Status;
  /** Milliseconds after which the server asked to try again. */
  readonly retryAfterMs: number | undefined;

  /** Makes the error of a refused call; the message names method, path and the server's words. */
  constructor(init: ApiErrorInit) {
    const words = init.status.message ?? init.status.reason ?? "no explanation";
    super(
      // An apply with a field that the schema lacks is answered with 500 instead of 422.
      /^failed to create typed patch object/.test(words) ? "validation" : codeOf(init.httpStatus),
      `API server refused ${init.method} ${init.path}: ${init.httpStatus}: ${words}`,
      { remedy: remedyOf(init.httpStatus) },
    );
    this.httpStatus = init.httpStatus;
    this.status = init.status;
    this.retryAfterMs = init.retryAfterMs;
  }

  /** The server's word for programs: `NotFound`, `AlreadyExists`, `Conflict`, `Expired`, ... */
  get reason(): string | undefined {
    return this.status.reason;
  }
}

/**
 * Tells whether an error is the API server's, and optionally which.
 *
 * @param error Anything that was thrown.
 * @param httpStatus The HTTP status to look for; default any.
 */
export function isApiError(error: unknown, httpStatus?: number): error is ApiError {
  return error instanceof ApiError && (httpStatus === undefined || error.httpStatus === httpStatus);
}

/**
 * Makes the error of a server that could not be reached.
 *
 * @param server URL of the server.
 * @param cause What the transport said.
 */
export function unreachable(server: string, cause: unknown): LatticeError {
  return new LatticeError(
    "unavailable",
    `Cannot reach API server '${server}': ${rootWords(cause)}`,
    {
      remedy: "check that the cluster runs and that the kubeconfig names its address",
      cause,
    },
  );
}

/**
 * What the innermost error of a failed `fetch` says, without the request's URL: fetch's own message is always
 * the same.
 *
 * @param error What `fetch` threw.
 */
export function rootWords(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const words = inner instanceof Error ? inner.message : String(inner);
  return words.replace(/^error sending request .*?client error \(\w+\): /, "");
}

function codeOf(httpStatus: number): ErrorCode {
  switch (httpStatus) {
    case 404:
    case 410:
      return "not-found";
    case 409:
      return "conflict";
    case 401:
    case 403:
      return "forbidden";
    case 400:
    case 422:
      return "validation";
    case 408:
    case 504:
      return "timeout";
    case 429:
    case 502:
    case 503:
      return "unavailable";
    default:
      return "internal";
  }
}

function remedyOf(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return "renew the credentials in the kubeconfig";
    case 403:
      return "grant the user of the kubeconfig this access";
    case 404:
      return "check the name and the namespace";
    case 409:
      return "read the object again and repeat the change";
    case 400:
    case 422:
      return "correct the fields that the server names";
    default:
      return "try again; if it persists, look at the API server's log";
  }
}
