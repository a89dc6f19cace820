import assert from "node:assert/strict";
import {
  DeadlineError,
  type ErrorCode,
  exitCode,
  formatError,
  formatProblem,
  InterruptedError,
  LatticeError,
  NotFoundError,
  PrerequisiteError,
  UsageError,
  ValidationError,
} from "./errors.ts";

const EXIT_CODES: Record<ErrorCode, number> = {
  usage: 2,
  validation: 3,
  "not-found": 4,
  timeout: 5,
  interrupted: 130,
  conflict: 1,
  forbidden: 1,
  unavailable: 1,
  prerequisite: 1,
  internal: 1,
};

for (const [code, expected] of Object.entries(EXIT_CODES)) {
  Deno.test(`exitCode() of ${code} is ${expected}`, () => {
    assert.equal(exitCode(new LatticeError(code as ErrorCode, "x")), expected);
  });
}

Deno.test("exitCode() of any other error is 1", () => {
  assert.equal(exitCode(new TypeError("x")), 1);
  assert.equal(exitCode("thrown text"), 1);
});

Deno.test("every class has its code, its name and its cause", () => {
  const cause = new Error("why");
  const made = [
    [new NotFoundError("x", { cause }), "not-found"],
    [new DeadlineError("x", { cause }), "timeout"],
    [new InterruptedError("x", { cause }), "interrupted"],
    [new PrerequisiteError("x", { cause }), "prerequisite"],
    [new UsageError("x", { cause }), "usage"],
    [new ValidationError([{ field: "a", reason: "b" }], cause), "validation"],
  ] as const;
  for (const [error, code] of made) {
    assert.equal(error.code, code);
    assert.equal(error.name, error.constructor.name);
    assert.equal(error.cause, cause);
    assert.ok(error instanceof LatticeError);
  }
});

Deno.test("formatProblem() leaves out what is not known", () => {
  const problem = { field: "spec.a", reason: "is bad", remedy: "make it good" };
  assert.equal(formatProblem(problem), "spec.a: is bad; make it good");
  assert.equal(
    formatProblem({ ...problem, file: "c.yaml", line: 3 }),
    "c.yaml:3: spec.a: is bad; make it good",
  );
  assert.equal(formatProblem({ field: "", reason: "is bad", file: "c.yaml" }), "c.yaml: is bad");
  assert.equal(formatProblem({ field: "", reason: "is bad", line: 2 }), "line 2: is bad");
});

Deno.test("formatError() writes one line a problem, and any thrown thing", () => {
  const error = new ValidationError([{ field: "a", reason: "b" }, { field: "c", reason: "d" }]);
  assert.equal(formatError(error), "a: b\nc: d");
  assert.equal(
    formatError(new PrerequisiteError("Go is missing", { remedy: "install Go" })),
    "Go is missing; install Go",
  );
  assert.equal(formatError(new Error("plain")), "plain");
  assert.equal(formatError(42), "42");
});

Deno.test("a ValidationError shows its first problem as its own fields", () => {
  const error = new ValidationError([{ field: "a", reason: "b", line: 7, file: "f" }]);
  assert.deepEqual([error.field, error.line, error.file, error.remedy], ["a", 7, "f", undefined]);
});
