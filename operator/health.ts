/**
 * The health endpoint: `/healthz`, `/readyz` and `/metrics`.
 *
 * @module
 */

/** What the endpoint reports. */
export interface Health {
  /** Why the operator is not ready; undefined when it is. */
  notReady(): string | undefined;
  /** Metrics in Prometheus' text format. */
  metrics(): Promise<{ body: string; contentType: string }>;
}

/** A running health endpoint. */
export interface HealthServer extends AsyncDisposable {
  /** Port that it listens on. */
  readonly port: number;
}

/**
 * Serves health. It asks for no credentials and tells nothing but health and counts.
 *
 * @param address Where to listen.
 * @param address.hostname Loopback, or every address where a kubelet asks.
 * @param address.port Port; 0 for any.
 * @param health What to report.
 */
export function serveHealth(
  { hostname, port }: { readonly hostname: "127.0.0.1" | "0.0.0.0"; readonly port: number },
  health: Health,
): HealthServer {
  const server = Deno.serve(
    { hostname, port, onListen: () => undefined },
    (request) => answer(request, health),
  );
  return {
    port: server.addr.port,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/**
 * Answers one request.
 *
 * @param request The request.
 * @param health What to report.
 */
export async function answer(request: Request, health: Health): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "method not allowed", { allow: "GET, HEAD" });
  }
  switch (new URL(request.url).pathname) {
    case "/healthz":
      return plain(200, "ok");
    case "/readyz": {
      const reason = health.notReady();
      return reason === undefined ? plain(200, "ok") : plain(503, reason);
    }
    case "/metrics": {
      const { body, contentType } = await health.metrics();
      return new Response(body, { headers: { "content-type": contentType } });
    }
    default:
      return plain(404, "not found");
  }
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return new Response(`${text}\n`, { status, headers: { ...type, ...headers } });
}
