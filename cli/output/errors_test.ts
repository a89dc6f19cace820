import assert from "node:assert/strict";
import { LatticeError, ValidationError } from "@lattice/api/errors";
import { describeError } from "./errors.ts";

Deno.test("describeError() gives one line a problem, with file, line, field, reason, remedy", () => {
  const error = new ValidationError([
    { file: "c.yaml", line: 3, field: "spec.a", reason: "is wrong", remedy: "write b" },
    { field: "--run-id", reason: "is wrong" },
  ]);
  assert.deepEqual(describeError(error), [
    "c.yaml:3: spec.a: is wrong; write b",
    "error: --run-id: is wrong",
  ]);
});

Deno.test("describeError() keeps any error on one line", () => {
  const error = new LatticeError("internal", "first\n  second\n", { remedy: "try\nagain" });
  assert.deepEqual(describeError(error), ["error: first second ; try again"]);
  assert.equal(describeError(new Error("a\nb")).length, 1);
});

Deno.test("describeError() appends the stack only when debugging", () => {
  const error = new LatticeError("internal", "it broke");
  assert.equal(describeError(error).length, 1);
  assert.match(describeError(error, true)[1] ?? "", /errors_test\.ts/);
});
