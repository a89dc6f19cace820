/**
 * Requests that are not about objects: health, logs, and whatever else a path leads to.
 *
 * @module
 */
import type { OpenStream, Transport, TransportRequest } from "./transport.ts";
import type { RawOptions } from "./types.ts";

/** Statuses with which a response may have no body. */
const BODYLESS = new Set([101, 204, 205, 304]);

/**
 * Sends a raw request.
 *
 * @param transport Where to send it.
 * @param path Path with query.
 * @param options See {@linkcode RawOptions}.
 * @returns A response that holds no connection, unless `stream` was asked for.
 */
export async function rawCall(
  transport: Transport,
  path: string,
  options: RawOptions,
): Promise<Response> {
  const request: TransportRequest = {
    method: options.method ?? "GET",
    path,
    headers: options.headers,
    body: options.body,
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  };
  if (options.stream) return streamed(await transport.open(request));
  const { status, headers, bytes } = await transport.call(request);
  return new Response(BODYLESS.has(status) ? null : bytes, { status, headers });
}

/** The same response, whose end or cancellation gives the connection back. */
function streamed(stream: OpenStream): Response {
  const { body, status, headers } = stream.response;
  if (!body) {
    stream[Symbol.dispose]();
    return new Response(null, { status, headers });
  }
  const reader = body.getReader();
  const wrapped = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      stream[Symbol.dispose]();
    },
    cancel: () => stream[Symbol.dispose](),
  });
  return new Response(wrapped, { status, headers });
}
