import assert from "node:assert/strict";
import { LatticeError } from "@lattice/api/errors";
import { pick } from "./select.ts";

Deno.test("pick() takes the only one, the named one, or the one that the context names", () => {
  assert.equal(pick(["a"], undefined, "ctx"), "a");
  assert.equal(pick(["a", "b"], "b", "ctx"), "b");
  assert.equal(pick(["a", "b"], undefined, "b"), "b");
});

const REFUSED = [
  { names: [], name: undefined, code: "not-found", says: /no LatticeCluster behind/ },
  { names: [], name: "a", code: "not-found", says: /no LatticeCluster behind/ },
  { names: ["b", "a", "b"], name: "c", code: "not-found", says: /no LatticeCluster 'c'/ },
  { names: ["b", "a"], name: undefined, code: "usage", says: /several LatticeClusters: a, b/ },
] as const;

for (const { names, name, code, says } of REFUSED) {
  Deno.test(`pick() refuses ${name ?? "no name"} among [${names.join(" ")}]`, () => {
    assert.throws(
      () => pick(names, name, "ctx"),
      (error: unknown) =>
        error instanceof LatticeError && error.code === code && says.test(error.message),
    );
  });
}
