import { equal, match } from "node:assert/strict";
import { answer, serveHealth } from "./health.ts";
import { Metrics } from "./metrics.ts";

async function ask(path: string, notReady?: string, method = "GET"): Promise<[number, string]> {
  const metrics = new Metrics();
  await metrics.observe("c", () => Promise.resolve());
  await metrics.observe("c", () => Promise.reject(new Error("no"))).catch(() => undefined);
  metrics.setLeader(true);
  const health = { notReady: () => notReady, metrics: () => metrics.text() };
  const response = await answer(new Request(`http://127.0.0.1${path}`, { method }), health);
  return [response.status, await response.text()];
}

Deno.test("answer() is healthy as soon as it can answer, and ready when nothing is missing", async () => {
  equal((await ask("/healthz", "not yet"))[0], 200);
  equal((await ask("/readyz"))[0], 200);
  const [status, text] = await ask("/readyz", "not yet");
  equal(status, 503);
  equal(text, "not yet\n");
});

Deno.test("answer() counts reconciles by result", async () => {
  const [status, text] = await ask("/metrics");
  equal(status, 200);
  match(text, /lattice_reconcile_total\{controller="c",result="success"\} 1/);
  match(text, /lattice_reconcile_total\{controller="c",result="error"\} 1/);
  match(text, /lattice_reconcile_active\{controller="c"\} 0/);
  match(text, /lattice_leader 1/);
});

Deno.test("answer() knows no other paths and methods", async () => {
  equal((await ask("/secrets"))[0], 404);
  equal((await ask("/healthz", undefined, "POST"))[0], 405);
});

Deno.test("serveHealth() listens where it is told only and stops listening", async () => {
  const health = { notReady: () => undefined, metrics: () => new Metrics().text() };
  let port = 0;
  {
    await using server = serveHealth({ hostname: "127.0.0.1", port: 0 }, health);
    port = server.port;
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    equal(await response.text(), "ok\n");
  }
  const again = Deno.listen({ hostname: "127.0.0.1", port });
  again.close();
});
