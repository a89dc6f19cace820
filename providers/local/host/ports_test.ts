/**
 * Port blocks: distinct, free, given back, reclaimed.
 * @module
 */

import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import fc from "fast-check";
import { namesIn } from "./files.ts";
import { PORTS_PER_BLOCK, portsDirectory } from "./layout.ts";
import { releaseBlock, reservationFile, withHomeLock } from "./port_release.ts";
import {
  ABANDONED_AFTER_MS,
  isBindable,
  releasePorts,
  reserveLocked,
  reservePorts,
} from "./ports.ts";
import { temporaryHome, withVariable } from "./testing.ts";

const AGO = (ms: number): string => new Date(Date.now() - ms).toISOString();

async function writeReservation(home: string, base: number, owner: string, age: number) {
  await Deno.mkdir(portsDirectory(home), { recursive: true });
  const content = { owner, token: `token-of-${owner}`, reservedAt: AGO(age) };
  await Deno.writeTextFile(reservationFile(home, base), JSON.stringify(content));
}

async function ownerOf(home: string, base: number): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(reservationFile(home, base))).owner;
}

Deno.test("reservePorts() gives every name a block of its own, and the same one again", async () => {
  await using home = await temporaryHome();
  const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
  const bases = await Promise.all(names.map((name) => reservePorts(home.path, name)));
  equal(new Set(bases).size, names.length);
  ok(bases.every((base) => base >= 20_000 && base + PORTS_PER_BLOCK - 1 <= 29_999));
  const again = await Promise.all(names.map((name) => reservePorts(home.path, name)));
  deepEqual(again, bases);
});

Deno.test("blocks never overlap, in whatever order they are reserved and released", async () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5 })), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      await using home = await temporaryHome();
      const held = new Map<string, number>();
      for (const [reserve, index] of history) {
        const name = `c${index}`;
        if (reserve) {
          const base = await reservePorts(home.path, name);
          equal(held.get(name) ?? base, base, "a name keeps its block");
          held.set(name, base);
        } else {
          equal(await releasePorts(home.path, name), held.delete(name));
        }
        const bases = [...held.values()].sort((a, b) => a - b);
        ok(bases.every((base, at) => at === 0 || base - bases[at - 1]! >= PORTS_PER_BLOCK));
        deepEqual(await namesIn(portsDirectory(home.path)), bases.map(String).sort());
      }
    }),
    { numRuns: 25 },
  );
});

Deno.test("reservePorts() passes over a block of which one port is in use", async () => {
  await using home = await temporaryHome();
  const first = await reservePorts(home.path, "a");
  await releasePorts(home.path, "a");
  using _listener = Deno.listen({ hostname: "127.0.0.1", port: first + PORTS_PER_BLOCK - 1 });
  equal(isBindable(first), false);
  notEqual(await reservePorts(home.path, "a"), first);
});

Deno.test("reservePorts() refuses a full range and names the variable", async () => {
  await using home = await temporaryHome();
  const base = await reservePorts(home.path, "probe");
  await releasePorts(home.path, "probe");
  await withVariable("LATTICE_PORT_RANGE", `${base}-${base + 31}`, async () => {
    await reservePorts(home.path, "a");
    await reservePorts(home.path, "b");
    await rejects(reservePorts(home.path, "c"), (error) => {
      ok(error instanceof LatticeError);
      equal(error.code, "validation");
      equal(error.field, "LATTICE_PORT_RANGE");
      ok(error.remedy);
      return true;
    });
  });
});

for (const range of ["x", "30000-20000", "20000-20010", "0-99", "65000-70000"]) {
  Deno.test(`reservePorts() refuses the range ${range}`, async () => {
    await using home = await temporaryHome();
    await withVariable("LATTICE_PORT_RANGE", range, async () => {
      await rejects(reservePorts(home.path, "a"), { code: "validation" });
    });
  });
}

Deno.test("an abandoned reservation is reclaimed by exactly one of many", async () => {
  await using home = await temporaryHome();
  const base = await reservePorts(home.path, "gone");
  await withVariable("LATTICE_PORT_RANGE", `${base}-${base + 31}`, async () => {
    await writeReservation(home.path, base, "gone", ABANDONED_AFTER_MS + 1);
    await writeReservation(home.path, base + 16, "gone-too", ABANDONED_AFTER_MS + 1);
    const outcomes = await Promise.allSettled(
      ["a", "b", "c", "d"].map((name) => reservePorts(home.path, name)),
    );
    const given = outcomes.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    deepEqual(given.sort(), [base, base + 16]);
    equal(new Set([await ownerOf(home.path, base), await ownerOf(home.path, base + 16)]).size, 2);
  });
});

const AGES: [string, number, boolean][] = [
  ["is left alone while its maker may be planning", 1_000, false],
  ["is reclaimed early when nothing else is free", 60_000, true],
];
for (const [what, age, reclaimed] of AGES) {
  Deno.test(`a reservation without a cluster ${what}`, async () => {
    await using home = await temporaryHome();
    const base = await reservePorts(home.path, "gone");
    await writeReservation(home.path, base, "gone", age);
    await withVariable("LATTICE_PORT_RANGE", `${base}-${base + 15}`, async () => {
      const outcome = reservePorts(home.path, "a");
      if (reclaimed) equal(await outcome, base);
      else await rejects(outcome, { code: "validation" });
    });
  });
}

Deno.test("half a reservation file does not block its block", async () => {
  await using home = await temporaryHome();
  const base = await reservePorts(home.path, "a");
  await releasePorts(home.path, "a");
  await Deno.writeTextFile(reservationFile(home.path, base), '{"owner":');
  equal(await reservePorts(home.path, "a"), base);
});

Deno.test("reserveLocked() refuses a wanted block that another name holds", async () => {
  await using home = await temporaryHome();
  const base = await reservePorts(home.path, "a");
  await rejects(
    withHomeLock(home.path, () => reserveLocked(home.path, "b", base)),
    { code: "conflict" },
  );
});

Deno.test("releaseBlock() leaves the block of another holder", async () => {
  await using home = await temporaryHome();
  const base = await reservePorts(home.path, "a");
  equal(await releaseBlock(home.path, base, "not the token"), false);
  equal(await ownerOf(home.path, base), "a");
});

Deno.test("reservePorts() says that the state directory is not writable", async () => {
  await using home = await temporaryHome();
  const file = join(home.path, "file");
  await Deno.writeTextFile(file, "");
  await rejects(reservePorts(join(file, "home"), "a"), (error) => {
    ok(error instanceof LatticeError);
    equal(error.code, "validation");
    equal(error.field, "LATTICE_HOME");
    return true;
  });
});
