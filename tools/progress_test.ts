import assert from "node:assert/strict";
import { elapsed, progressDisplay, stepLine } from "./progress.ts";

Deno.test("elapsed() writes durations the way people say them", () => {
  const cases: [number, string][] = [[0, "0s"], [1499, "1s"], [59_499, "59s"], [60_000, "1m00s"], [
    3_725_000,
    "62m05s",
  ]];
  for (const [ms, text] of cases) assert.equal(elapsed(ms), text);
});

Deno.test("stepLine() says what, which of how many, and how long", () => {
  const step = { index: 3, total: 9, what: "kube-apiserver" };
  assert.equal(stepLine(step, 65_000, 130_000), "[3/9] kube-apiserver 1m05s (2m10s in all)");
});

Deno.test("progressDisplay() writes plain lines without a terminal", () => {
  let text = "";
  const progress = progressDisplay({ terminal: false, write: (piece) => text += piece });
  progress.note("Building");
  progress.begin(1, 2, "etcd");
  progress.end("built in 2s");
  progress.begin(2, 2, "kwok");
  progress.close();
  assert.equal(text, "Building\n[1/2] etcd\n[1/2] etcd: built in 2s\n[2/2] kwok\n");
});

Deno.test("progressDisplay() redraws one line on a terminal", () => {
  let text = "";
  const progress = progressDisplay({
    terminal: true,
    write: (piece) => text += piece,
    now: () => 0,
  });
  progress.begin(1, 1, "etcd");
  progress.end("built in 2s");
  progress.close();
  assert.equal(text, "\r\x1b[2K[1/1] etcd 0s (0s in all)\r\x1b[2K[1/1] etcd: built in 2s\n");
});
