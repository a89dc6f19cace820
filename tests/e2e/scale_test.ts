/**
 * The benchmark of many clusters, with few: it ends, and measures what it says.
 *
 * @module
 */
import { equal, ok } from "node:assert/strict";
import { benchScale } from "../bench/scale.ts";

const CLUSTERS = 5;

Deno.test("the scale benchmark brings all clusters up and prints CAPI's costs beside ours", async () => {
  const lines: string[] = [];
  const rows = await benchScale({
    clusters: CLUSTERS,
    calmMs: 1_000,
    steadyMs: 5_000,
    say: (line) => lines.push(line),
  });
  equal(rows.length, 4);
  for (const row of rows) {
    ok(row.name.startsWith(`${CLUSTERS} clusters: `), row.name);
    // Five clusters at rest may cost less than the system's clock can tell.
    const least = row.name.includes("steady state") ? 0 : Number.MIN_VALUE;
    ok(row.ours >= least && row.peer >= least, `${row.name}: ${row.ours} beside ${row.peer}`);
  }
  ok(lines.some((line) => line.startsWith("operator ")), lines.join("\n"));
});
