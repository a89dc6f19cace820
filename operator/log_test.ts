import { deepEqual, equal } from "node:assert/strict";
import { LatticeError } from "@lattice/api/errors";
import { formatRecord } from "./log.ts";
import { pause, untilDone } from "./patience.ts";

Deno.test("formatRecord() writes one JSON object a line, errors without their stacks", () => {
  const line = formatRecord({
    timestamp: 0,
    level: "info",
    category: ["lattice", "operator"],
    message: ["Told ", 3, " times"],
    properties: { error: new LatticeError("conflict", "Cannot write"), n: 1 },
  }, { cluster: "demo" });
  equal(line.endsWith("}\n"), true);
  deepEqual(JSON.parse(line), {
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    logger: "lattice.operator",
    message: "Told 3 times",
    cluster: "demo",
    error: { name: "LatticeError", code: "conflict", message: "Cannot write" },
    n: 1,
  });
});

Deno.test("pause() ends at once when its signal aborts", async () => {
  const stop = new AbortController();
  const waiting = pause(60_000, stop.signal);
  stop.abort();
  await waiting;
  await pause(60_000, stop.signal);
});

Deno.test("untilDone() tries until it is done, or until its signal aborts", async () => {
  const stop = new AbortController();
  let tries = 0;
  await untilDone(stop.signal, 1, () => Promise.resolve(++tries === 3));
  equal(tries, 3);
  await untilDone(stop.signal, 1, () => {
    stop.abort();
    return Promise.resolve(false);
  });
});
