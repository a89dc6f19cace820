import assert from "node:assert/strict";
import { join } from "node:path";
import { tryLock } from "./lock.ts";

async function withHome(body: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "lattice-lock-" });
  try {
    await Deno.mkdir(join(home, "runs"));
    await body(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("tryLock() is held by one at a time and leaves no file behind", () =>
  withHome(async (home) => {
    const first = await tryLock(home, "a");
    assert.ok(first);
    assert.equal(await tryLock(home, "a"), undefined);
    const other = await tryLock(home, "b");
    assert.ok(other);
    first[Symbol.dispose]();
    const again = await tryLock(home, "a");
    assert.ok(again);
    again[Symbol.dispose]();
    other[Symbol.dispose]();
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(home, "runs"))), []);
  }));

Deno.test("tryLock() takes over the file of a holder that was killed", () =>
  withHome(async (home) => {
    await Deno.writeTextFile(join(home, "runs", "a.lock"), "");
    using lock = await tryLock(home, "a");
    assert.ok(lock);
  }));
