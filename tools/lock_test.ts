import assert from "node:assert/strict";
import { join } from "node:path";
import { takeLock } from "./lock.ts";
import { temporaryFolder } from "./testing.ts";

Deno.test("takeLock() lets one in at a time, and tells the second who is in", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const first = await takeLock(path);
  const told = Promise.withResolvers<string>();
  const second = takeLock(path, { onWait: told.resolve });
  assert.equal(await told.promise, `process ${Deno.pid}`);
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
});

Deno.test("takeLock() gives up at its deadline and on its signal", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  await using _held = await takeLock(path);
  await assert.rejects(takeLock(path, { timeoutMs: 1 }), { name: "TimeoutError" });
  const reason = new Error("enough");
  await assert.rejects(takeLock(path, { signal: AbortSignal.abort(reason) }), reason);
});
