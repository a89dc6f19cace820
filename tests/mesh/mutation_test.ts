/**
 * The reference would notice: a compiler that is broken on purpose, in each of many ways, is caught.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CiliumModel } from "../support/mesh_cilium.ts";
import { type Decide, MUTATIONS, seedThatCatches } from "./mutations.ts";

const CLUSTER = "prod";
const byModel: Decide = (objects, judge) => judge(new CiliumModel(objects));

Deno.test("an unbroken compiler passes the same check", async () => {
  assert.equal(await seedThatCatches({}, CLUSTER, byModel), undefined);
});

for (const mutation of MUTATIONS) {
  Deno.test(`caught: a compiler that ${mutation.name}`, async () => {
    assert.notEqual(await seedThatCatches(mutation, CLUSTER, byModel), undefined);
  });
}
