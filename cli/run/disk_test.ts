import assert from "node:assert/strict";
import { join } from "node:path";
import { ValidationError } from "@lattice/api/errors";
import { takeBallast, watchDisk } from "./disk.ts";

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

Deno.test("watchDisk() aborts when the disk runs full, and says so", async () => {
  const free = [100, 50, 10].map((mebibytes) => mebibytes * 1024 ** 2);
  using watch = watchDisk("/home", () => Promise.resolve(free.shift() ?? 0), 1);
  const reason = await aborted(watch.signal);
  assert.ok(reason instanceof ValidationError);
  assert.match(reason.message, /has 10 MiB free, 16 are needed; free some space/);
});

Deno.test("watchDisk() does not mind a file system that cannot be asked", async () => {
  let asked = 0;
  const ask = (): Promise<number> =>
    asked++ === 0 ? Promise.reject(new Error("no")) : Promise.resolve(0);
  using watch = watchDisk("/home", ask, 1);
  await aborted(watch.signal);
  assert.ok(asked >= 2);
});

Deno.test("takeBallast() occupies real space and gives it back once", async () => {
  const home = await Deno.makeTempDir({ prefix: "lattice-ballast-" });
  try {
    await Deno.mkdir(join(home, "runs"));
    const ballast = await takeBallast(home, "r1");
    const info = await Deno.stat(join(home, "runs", "r1.ballast"));
    assert.equal(info.size, 4 * 1024 * 1024);
    assert.ok((info.blocks ?? 0) * 512 >= info.size);
    ballast[Symbol.dispose]();
    ballast[Symbol.dispose]();
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(home, "runs"))), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
