import assert from "node:assert/strict";
import { testIo } from "../testing/io.ts";
import { renderPlainEnd, renderStep, stepReporter } from "./reporter.ts";

const VIEW = { position: 2, total: 7, title: "Install the operator", milliseconds: 4_200 };

Deno.test("renderStep() shows a spinner, the place, the time and the note", () => {
  assert.equal(
    renderStep({ ...VIEW, note: "waiting" }, 0, 80, true),
    "⠋ [2/7] Install the operator  4.2s  waiting",
  );
});

Deno.test("renderStep() turns the spinner with each frame", () => {
  const frames = [0, 1, 9, 10].map((frame) => renderStep(VIEW, frame, 80, false)[0]);
  assert.deepEqual(frames, ["⠋", "⠙", "⠏", "⠋"]);
});

Deno.test("renderStep() never fills the terminal's width", () => {
  for (const width of [10, 20, 40]) {
    const line = renderStep({ ...VIEW, note: "x".repeat(100) }, 0, width, false);
    assert.ok([...line].length < width, line);
    assert.ok(line.endsWith("…"));
  }
});

Deno.test("renderStep() colours only the mark of a finished step", () => {
  const done = { ...VIEW, outcome: "done" } as const;
  assert.equal(renderStep(done, 0, 80, true), "\x1b[32m✓\x1b[39m [2/7] Install the operator  4.2s");
  assert.equal(renderStep(done, 0, 80, false), "✓ [2/7] Install the operator  4.2s");
});

Deno.test("renderPlainEnd() says how the step ended and how long it took", () => {
  assert.equal(
    renderPlainEnd({ ...VIEW, outcome: "skipped", note: "nothing left to do" }),
    "[2/7] Install the operator: skipped in 4.2s: nothing left to do",
  );
});

Deno.test("stepReporter() writes plain lines without a terminal, each note once", () => {
  const io = testIo();
  using reporter = stepReporter(io);
  const step = reporter.step(1, 7, "Start");
  step.note("waiting");
  step.note("waiting");
  step.end("failed");
  assert.equal(io.out(), "");
  const lines = io.err().replace(/\d+\.\ds/g, "0.0s").split("\n");
  assert.deepEqual(lines, ["[1/7] Start", "      waiting", "[1/7] Start: failed in 0.0s", ""]);
  assert.ok(!io.err().includes("\x1b"));
});

Deno.test("stepReporter() redraws one line on a terminal and honours NO_COLOR", () => {
  const io = testIo({ isTerminal: true, env: { NO_COLOR: "1" } });
  using reporter = stepReporter(io);
  reporter.step(1, 7, "Start").end("done");
  const text = io.err().replace(/\d+\.\ds/g, "0.0s");
  const redrawn = "\r\x1b[2K";
  assert.equal(text, `${redrawn}⠋ [1/7] Start  0.0s${redrawn}✓ [1/7] Start  0.0s\n`);
});
