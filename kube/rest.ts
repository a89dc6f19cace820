/**
 * JSON over the transport: requests in, documents or an {@linkcode ApiError} out.
 *
 * @module
 */
import { z } from "zod";
import { ApiError } from "./errors.ts";
import {
  type OpenStream,
  type Reply,
  retryAfterMs,
  type Transport,
  type TransportRequest,
} from "./transport.ts";
import type { Status } from "./types.ts";

const statusSchema = z.looseObject({
  kind: z.literal("Status"),
  status: z.string().optional(),
  message: z.string().optional(),
  reason: z.string().optional(),
  code: z.number().optional(),
  details: z.looseObject({
    name: z.string().optional(),
    group: z.string().optional(),
    kind: z.string().optional(),
    uid: z.string().optional(),
    causes: z.array(z.looseObject({
      reason: z.string().optional(),
      message: z.string().optional(),
      field: z.string().optional(),
    })).optional(),
    retryAfterSeconds: z.number().optional(),
  }).nullish().transform((details) => details ?? undefined),
});

/** A document that is certainly an object; what else it is the caller knows. */
export type JsonObject = Record<string, unknown>;

/**
 * Sends a request and parses the answer.
 *
 * @param transport Where to send it.
 * @param request The request.
 * @returns The JSON document.
 * @throws {ApiError} when the status is not 2xx.
 */
export async function requestJson(
  transport: Transport,
  request: TransportRequest,
): Promise<JsonObject> {
  const reply = await transport.call(request);
  const text = new TextDecoder().decode(reply.bytes);
  if (!isSuccess(reply.status)) throw toApiError(request, reply, text);
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || document === null) {
    throw toApiError(request, reply, "the server sent something that is no object");
  }
  return document as JsonObject;
}

/**
 * Opens a stream.
 *
 * @param transport Where to open it.
 * @param request The request.
 * @returns The stream; the caller disposes it.
 * @throws {ApiError} when the status is not 2xx.
 */
export async function openStream(
  transport: Transport,
  request: TransportRequest,
): Promise<OpenStream> {
  const stream = await transport.open(request);
  const { status, headers } = stream.response;
  if (isSuccess(status)) return stream;
  using _closed = stream;
  const text = await stream.response.text();
  throw toApiError(request, { status, headers }, text);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function toApiError(
  request: TransportRequest,
  reply: Pick<Reply, "status" | "headers">,
  text: string,
): ApiError {
  return new ApiError({
    httpStatus: reply.status,
    status: readStatus(text, reply.status),
    method: request.method,
    path: request.path.split("?")[0] ?? request.path,
    retryAfterMs: retryAfterMs(reply.headers),
  });
}

/** The server's `Status`, or one around whatever text it sent (a proxy on the way, an unknown path). */
function readStatus(text: string, httpStatus: number): Status {
  try {
    const parsed = statusSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: below, the text itself is the explanation.
  }
  return { status: "Failure", code: httpStatus, message: text.trim().slice(0, 500) };
}
