/**
 * One pending identity per cluster: who may wait, who has to, and for how long.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type CryptoError, loadCrypto } from "../mod.ts";
import {
  admitRequest,
  type IdentityRequest,
  PENDING_MS,
  type PendingRequest,
  readIdentityRequest,
  settleRequest,
} from "./admission.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const after = (ms: number) => new Date(NOW.getTime() + ms);

/** A request of a made-up key. */
function ask(cluster: string, keyId: string): IdentityRequest {
  return { cluster, keyId, requestPem: `request of ${keyId}` };
}

/** What is stored after a request that must be admitted. */
function admitted(
  pending: readonly PendingRequest[],
  request: IdentityRequest,
  now = NOW,
): readonly PendingRequest[] {
  const admission = admitRequest(pending, request, now);
  assert.ok(admission.ok);
  return admission.pending;
}

Deno.test("the first key for a cluster waits for an hour", () => {
  const admission = admitRequest([], ask("prod", "a"), NOW);
  assert.ok(admission.ok);
  assert.deepEqual(admission.request, { ...ask("prod", "a"), expires: after(PENDING_MS) });
  assert.deepEqual(admission.pending, [admission.request]);
});

Deno.test("the same key again is the same request and gains no time", () => {
  const first = admitted([], ask("prod", "a"));
  const again = admitRequest(first, ask("prod", "a"), after(1000));
  assert.ok(again.ok);
  assert.deepEqual(again.pending, first);
  assert.deepEqual(again.request, first[0]);
});

Deno.test("another key for the same cluster is refused until the first is over", () => {
  const first = admitted([], ask("prod", "a"));
  const second = ask("prod", "b");
  const refused = admitRequest(first, second, after(PENDING_MS - 1));
  assert.deepEqual(refused, {
    ok: false,
    reason: 'another key is waiting to become the identity of cluster "prod"',
    retryAt: after(PENDING_MS),
  });
  const issuedOrWithdrawn = settleRequest(first, first[0]!);
  const cases: readonly [pending: readonly PendingRequest[], now: Date][] = [
    [issuedOrWithdrawn, after(1)],
    [first, after(PENDING_MS)],
  ];
  for (const [pending, now] of cases) {
    assert.deepEqual(admitted(pending, second, now).map(({ keyId }) => keyId), ["b"]);
  }
});

Deno.test("clusters do not wait for each other", () => {
  const both = admitted(admitted([], ask("prod", "a")), ask("stage", "b"));
  assert.deepEqual(both.map(({ cluster }) => cluster), ["prod", "stage"]);
});

Deno.test("settling an earlier key leaves its successor alone", () => {
  const successor = admitted([], ask("prod", "b"));
  assert.deepEqual(settleRequest(successor, { cluster: "prod", keyId: "a" }), successor);
});

Deno.test("whatever is asked and settled, a cluster never has two keys waiting", () => {
  const step = fc.record({
    what: fc.constantFrom("ask", "settle"),
    cluster: fc.constantFrom("a", "b"),
    keyId: fc.constantFrom("1", "2", "3"),
    wait: fc.integer({ min: 0, max: PENDING_MS }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    let [pending, now]: [readonly PendingRequest[], Date] = [[], NOW];
    for (const { what, cluster, keyId, wait } of steps) {
      now = new Date(now.getTime() + wait);
      if (what === "settle") {
        pending = settleRequest(pending, { cluster, keyId });
        continue;
      }
      const before = pending.find((r) => r.cluster === cluster && r.expires > now);
      const admission = admitRequest(pending, ask(cluster, keyId), now);
      assert.equal(admission.ok, before === undefined || before.keyId === keyId);
      if (admission.ok) pending = admission.pending;
      const clusters = pending.filter(({ expires }) => expires > now).map((r) => r.cluster);
      assert.equal(new Set(clusters).size, clusters.length);
    }
  }));
});

Deno.test("readIdentityRequest() knows a key again, whatever the request says beside it", async () => {
  const crypto = await loadCrypto();
  using key = crypto.generateKey("P-256");
  using other = crypto.generateKey("P-256");
  const read = (of: typeof key, commonName: string) =>
    readIdentityRequest("prod", crypto.createRequest(of, { subject: { commonName } }));
  const first = await read(key, "a");
  assert.match(first.keyId, /^[0-9a-f]{64}$/);
  assert.equal((await read(key, "b")).keyId, first.keyId);
  assert.notEqual((await read(other, "a")).keyId, first.keyId);
});

Deno.test("readIdentityRequest() refuses what is no request, and clusters that are no labels", async () => {
  const crypto = await loadCrypto();
  using key = crypto.generateKey("P-256");
  const pem = crypto.createRequest(key, { subject: { commonName: "a" } });
  const cases: readonly [cluster: string, pem: string, field: string][] = [
    ["Prod", pem, "cluster"],
    ["a/b", pem, "cluster"],
    ["prod", "nothing", "pem"],
  ];
  for (const [cluster, text, field] of cases) {
    await assert.rejects(
      readIdentityRequest(cluster, text),
      (error: CryptoError) => error.code === "validation" && error.field === field,
    );
  }
});
