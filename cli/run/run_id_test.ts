import assert from "node:assert/strict";
import { ValidationError } from "@lattice/api/errors";
import { testIo } from "../testing/io.ts";
import { chooseRunId, MAX_RUN_ID, newRunId } from "./run_id.ts";

Deno.test("newRunId() gives commands that start together different runs", () => {
  const ids = Array.from({ length: 5 }, newRunId);
  for (const id of ids) assert.match(id, /^[0-9a-f]{6}$/);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("chooseRunId() prefers the flag, then the variable, then makes one", () => {
  const io = testIo({ env: { LATTICE_RUN_ID: "from-env" } });
  assert.equal(chooseRunId("from-flag", io), "from-flag");
  assert.equal(chooseRunId(undefined, io), "from-env");
  assert.match(chooseRunId(undefined, testIo()), /^[0-9a-f]{6}$/);
});

for (const id of ["../up", "Upper", "a b", "-a", "a-", "", "a/b", "x".repeat(MAX_RUN_ID + 1)]) {
  Deno.test(`chooseRunId() refuses '${id}'`, () => {
    assert.throws(() => chooseRunId(id, testIo()), ValidationError);
  });
}
