import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { Connection } from "./connection.ts";
import type { CredentialSource } from "./credentials.ts";
import { requestJson } from "./rest.ts";
import { retryAfterMs, Transport } from "./transport.ts";

type Handler = (request: Request, count: number) => Response | Promise<Response>;

/** Credentials that get a new token each time the old one is refused. */
class Tokens implements CredentialSource {
  issued = 1;
  current(): Promise<{ headers: Record<string, string> }> {
    return Promise.resolve({ headers: { Authorization: `Bearer t${this.issued}` } });
  }
  invalidate(): boolean {
    this.issued++;
    return true;
  }
}

/** Runs a test against a small HTTP server that counts its requests. */
async function against(
  handle: Handler,
  run: (transport: Transport, count: () => number) => Promise<void>,
  timeoutMs = 5_000,
): Promise<void> {
  let count = 0;
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => undefined };
  const server = Deno.serve(options, (request) => handle(request, ++count));
  const connection: Connection = {
    server: `http://127.0.0.1:${server.addr.port}`,
    contextName: "test",
    namespace: undefined,
    caPem: undefined,
    proxyUrl: undefined,
    credentials: new Tokens(),
  };
  try {
    using transport = new Transport(connection, { userAgent: "test", requestTimeoutMs: timeoutMs });
    await run(transport, () => count);
  } finally {
    await server.shutdown();
  }
}

const busy = (headers: Record<string, string>, status = 429) =>
  new Response("{}", { status, headers });
const fine = () => Response.json({ fine: true });

const retries: readonly [string, string, Handler, number, number][] = [
  ["a read after 503 without Retry-After", "GET", (_, n) => n < 3 ? busy({}, 503) : fine(), 200, 3],
  [
    "a write after 429 with Retry-After",
    "POST",
    (_, n) => n < 2 ? busy({ "retry-after": "0" }) : fine(),
    200,
    2,
  ],
  ["no write after 503 without Retry-After", "POST", () => busy({}, 503), 503, 1],
  ["nothing after 500", "GET", () => busy({}, 500), 500, 1],
  ["five times at most", "GET", () => busy({ "retry-after": "0" }), 429, 5],
  [
    "a call whose credentials ran out, once",
    "POST",
    (request) => request.headers.get("authorization") === "Bearer t2" ? fine() : busy({}, 401),
    200,
    2,
  ],
  ["no call whose new credentials are refused, too", "GET", () => busy({}, 401), 401, 2],
];
for (const [what, method, handle, status, requests] of retries) {
  Deno.test(`Transport repeats ${what}`, async () => {
    await against(handle, async (transport, count) => {
      const reply = await transport.call({
        method,
        path: "/",
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      deepEqual([reply.status, count()], [status, requests]);
      equal(transport.metrics.requests, requests);
    });
  });
}

Deno.test("Transport waits as long as the server asks, and a signal ends the wait", async () => {
  await against(() => busy({ "retry-after": "30" }), async (transport, count) => {
    const stop = new AbortController();
    const call = transport.call({ method: "GET", path: "/", signal: stop.signal });
    while (count() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    setTimeout(() => stop.abort(new Error("enough")), 10);
    await rejects(call, /enough/);
    equal(count(), 1);
  });
});

Deno.test("Transport gives up a server that does not answer, and does not ask it again", async () => {
  const pending = Promise.withResolvers<void>();
  await against(async () => {
    await pending.promise;
    return fine();
  }, async (transport, count) => {
    await rejects(transport.call({ method: "GET", path: "/" }), {
      code: "unavailable",
      message: /no answer within 50 ms/,
    });
    equal(count(), 1);
    pending.resolve();
  }, 50);
});

Deno.test("Transport breaks off calls and streams when it is disposed", async () => {
  const pending = Promise.withResolvers<void>();
  await against(async (request) => {
    if (request.url.endsWith("/stream")) return new Response(new ReadableStream());
    await pending.promise;
    return fine();
  }, async (transport) => {
    using stream = await transport.open({ method: "GET", path: "/stream" });
    const reading = stream.response.text();
    const call = transport.call({ method: "GET", path: "/" });
    transport[Symbol.dispose]();
    await rejects(call, { code: "unavailable", message: /closed/ });
    await rejects(reading);
    pending.resolve();
  });
});

Deno.test("Transport sends who it is and who asks", async () => {
  let seen: Headers | undefined;
  await against((request) => {
    seen = request.headers;
    return fine();
  }, async (transport) => {
    await transport.call({ method: "GET", path: "/", headers: { Accept: "text/plain" } });
  });
  ok(seen);
  deepEqual(["user-agent", "accept", "authorization"].map((name) => seen?.get(name)), [
    "test",
    "text/plain",
    "Bearer t1",
  ]);
});

Deno.test("requestJson makes an ApiError out of whatever a refusal says", async () => {
  await against(() => new Response("<html>go away</html>", { status: 502 }), async (transport) => {
    await rejects(requestJson(transport, { method: "GET", path: "/a?b=c" }), {
      name: "ApiError",
      code: "unavailable",
      httpStatus: 502,
      message: "API server refused GET /a: 502: <html>go away</html>",
    });
  });
  const status = {
    kind: "Status",
    status: "Failure",
    reason: "Odd",
    message: "because",
    code: 418,
  };
  await against(() => Response.json(status, { status: 418 }), async (transport) => {
    await rejects(requestJson(transport, { method: "GET", path: "/" }), {
      status,
      code: "internal",
    });
  });
});

Deno.test("retryAfterMs reads seconds and nothing else", () => {
  const cases: [Record<string, string>, number | undefined][] = [
    [{}, undefined],
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, undefined],
    [{ "retry-after": "-1" }, undefined],
  ];
  for (const [headers, expected] of cases) equal(retryAfterMs(new Headers(headers)), expected);
});
