import assert from "node:assert/strict";
import { CLUSTER_REFUSALS } from "./cluster_refusals_fixtures_test.ts";
import { PROVIDER_REFUSALS } from "./provider_refusals_fixtures_test.ts";
import { RULE_REFUSALS } from "./rule_refusals_fixtures_test.ts";
import { testRefusals } from "./testing.ts";

const TABLES = [CLUSTER_REFUSALS, PROVIDER_REFUSALS, RULE_REFUSALS];

TABLES.forEach(testRefusals);

Deno.test("parseCluster() refuses at least 110 different files, each with a line of the file and a remedy", () => {
  const names = TABLES.flatMap((table) => Object.keys(table));
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.length >= 110, `there are ${names.length}`);
  for (const { line } of TABLES.flatMap((table) => Object.values(table))) {
    assert.match(line, /^c\.yaml:[0-9]+: .+; .+$/);
  }
});
