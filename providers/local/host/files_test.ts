/**
 * Files that are whole or not there, and locks.
 * @module
 */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import {
  isLocked,
  LockTimeoutError,
  namesIn,
  openLock,
  pause,
  readIfExists,
  removeIfExists,
  uniqueId,
  withLock,
  writeAtomically,
} from "./files.ts";
import { temporaryHome } from "./testing.ts";

Deno.test("writeAtomically() shows readers a whole file at any time", async () => {
  await using home = await temporaryHome();
  const path = join(home.path, "file");
  const texts = ["a", "b", "c"].map((letter) => letter.repeat(100_000));
  await writeAtomically(path, texts[0]!);
  let writing = true;
  const writer = (async () => {
    for (let count = 0; count < 60; count++) await writeAtomically(path, texts[count % 3]!, true);
    writing = false;
  })();
  while (writing) ok(texts.includes(await Deno.readTextFile(path)));
  await writer;
  deepEqual(await namesIn(home.path), ["file"]);
  equal((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("writeAtomically() leaves nothing behind when it fails", async () => {
  await using home = await temporaryHome();
  const path = join(home.path, "directory");
  await Deno.mkdir(join(path, "full"), { recursive: true });
  await rejects(writeAtomically(path, "text"));
  deepEqual(await namesIn(home.path), ["directory"]);
});

Deno.test("absence is a value, not an error", async () => {
  await using home = await temporaryHome();
  const absent = join(home.path, "absent", "deeper");
  equal(await readIfExists(absent), undefined);
  deepEqual(await namesIn(absent), []);
  equal(await removeIfExists(absent), false);
  equal(await isLocked(absent), false);
});

Deno.test("withLock() lets one in at a time", async () => {
  await using home = await temporaryHome();
  const path = join(home.path, "lock");
  let inside = 0;
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3, 4].map((turn) =>
      withLock(path, 10_000, async () => {
        equal(++inside, 1);
        await pause(5);
        inside--;
        order.push(turn);
      })
    ),
  );
  deepEqual(order.sort(), [1, 2, 3, 4]);
});

Deno.test("withLock() gives up at its deadline and lets go after an error", async () => {
  await using home = await temporaryHome();
  const path = join(home.path, "lock");
  {
    using held = await openLock(path);
    ok(await held.tryLock(true));
    equal(await isLocked(path), true);
    await rejects(withLock(path, 60, () => Promise.resolve()), LockTimeoutError);
  }
  await rejects(withLock(path, 60, () => Promise.reject(new Error("inner"))), /inner/);
  equal(await isLocked(path), false);
});

Deno.test("any number of lookers at a lock do not see one another", async () => {
  await using home = await temporaryHome();
  const path = join(home.path, "lock");
  await Deno.writeTextFile(path, "");
  const looks = await Promise.all(Array.from({ length: 50 }, () => isLocked(path)));
  ok(looks.every((locked) => !locked));
});

Deno.test("uniqueId() never returns the same text twice", () => {
  equal(new Set(Array.from({ length: 10_000 }, uniqueId)).size, 10_000);
});
