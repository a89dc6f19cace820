/**
 * Every LatticeCluster that the documentation shows is rendered as it stands there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseCluster } from "@lattice/api";
import awsExample from "../examples/aws.yaml" with { type: "text" };
import readme from "../README.md" with { type: "text" };
import seed from "./testdata/seed_readme_cluster.yaml" with { type: "text" };
import { renderCluster } from "./mod.ts";

/** The LatticeClusters among the YAML blocks of a Markdown text. */
function clustersOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)]
    .map(([, block = ""]) => block)
    .filter((block) => /^kind: LatticeCluster$/m.test(block));
}

const CLUSTERS = [
  { from: "the project's first README", text: seed },
  ...clustersOf(readme).map((text) => ({ from: "README.md", text })),
];

Deno.test("README.md shows a LatticeCluster", () => {
  assert.ok(clustersOf(readme).length >= 1);
});

for (const { from, text } of CLUSTERS) {
  const cluster = parseCluster(text);
  Deno.test(`the cluster "${cluster.metadata.name}" of ${from} is rendered as it stands there`, () => {
    const pools = Object.keys(cluster.spec.nodes.workerPools).length;
    assert.ok(renderCluster(cluster).length >= 4 + 2 * pools);
    // The same in both distributions.
    const other = parseCluster(text, { bootstrap: "rke2" });
    assert.equal(renderCluster(other).length, renderCluster(cluster).length);
  });
}

Deno.test("the cluster of the project's first README is examples/aws.yaml", () => {
  assert.deepEqual(renderCluster(parseCluster(seed)), renderCluster(parseCluster(awsExample)));
});
