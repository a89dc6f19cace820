/**
 * What is left after an install that failed, and how to get rid of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readRecord } from "@lattice/providers/local/host";
import { clusterYaml, NOTHING, Sandbox } from "./sandbox.ts";

const NAME = "half";
const BOOTSTRAP = "lattice-bootstrap-h1";

async function failingInstall(
  sandbox: Sandbox,
  point: string,
  ...flags: readonly string[]
): Promise<string> {
  const file = await sandbox.write("cluster.yaml", clusterYaml(NAME, 1));
  const { code, stdout, stderr } = await sandbox.lattice(
    ["install", "-f", file, "--run-id", "h1", ...flags],
    { env: { LATTICE_FAULT: `${point},error` } },
  );
  assert.equal(code, 1, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^error: A fault was asked for; unset LATTICE_FAULT$/m);
  return stderr;
}

async function discard(sandbox: Sandbox): Promise<void> {
  const bootstrap = await readRecord(sandbox.home, BOOTSTRAP);
  assert.ok(bootstrap, "the bootstrap cluster was not kept");
  const args = ["uninstall", "-k", bootstrap.kubeconfig, "-n", NAME, "-y"];
  const { code, stderr } = await sandbox.lattice(args);
  assert.equal(code, 0, stderr);
}

Deno.test("a failure before any machine exists leaves nothing", async () => {
  await using sandbox = await Sandbox.create();
  for (const point of ["step:1", "after:2"]) {
    const stderr = await failingInstall(sandbox, point);
    assert.doesNotMatch(stderr, /resume/);
    assert.deepEqual(await sandbox.leftovers(), NOTHING);
  }
});

Deno.test("--keep-bootstrap-on-failure keeps it and says how to go on", async () => {
  await using sandbox = await Sandbox.create();
  const stderr = await failingInstall(sandbox, "after:2", "--keep-bootstrap-on-failure");
  assert.match(stderr, /resume: {2}lattice install -f .*cluster\.yaml --run-id h1/);
  assert.match(stderr, /discard: lattice uninstall -k .*lattice-bootstrap-h1.* -n half/);
  const { clusters } = await sandbox.leftovers();
  assert.deepEqual(clusters, [BOOTSTRAP]);
  const rival = await sandbox.lattice(["install", "-f", `${sandbox.folder}/cluster.yaml`]);
  assert.equal(rival.code, 3, rival.stderr);
  assert.match(rival.stderr, /metadata\.name: .*run 'h1'; resume it with/);
});

Deno.test("machines that exist keep their bootstrap, which can then be discarded", async () => {
  await using sandbox = await Sandbox.create();
  const stderr = await failingInstall(sandbox, "step:5");
  assert.match(stderr, /Failed in step 5 of 7\. Left as it is: bootstrap cluster/);
  await discard(sandbox);
  assert.deepEqual(await sandbox.leftovers(), NOTHING);
});

Deno.test("two processes never work on one run or one name at the same time", async () => {
  await using sandbox = await Sandbox.create();
  const file = await sandbox.write("cluster.yaml", clusterYaml(NAME, 1));
  const install = (run: string): ReturnType<Sandbox["lattice"]> =>
    // Both stop at the end of step 2, so that the losers have to be told apart while the winner works.
    sandbox.lattice(["install", "-f", file, "--run-id", run], {
      env: { LATTICE_FAULT: "after:2,error" },
    });
  const outcomes = await Promise.all([install("h1"), install("h1"), install("h2")]);
  const winners = outcomes.filter(({ stderr }) => stderr.includes("A fault was asked for"));
  assert.equal(winners.length, 1, outcomes.map(({ stderr }) => stderr).join("\n"));
  for (const { code, stderr } of outcomes.filter((outcome) => !winners.includes(outcome))) {
    assert.ok(code === 1 || code === 3, stderr);
    assert.match(stderr, /^\S.*(is in progress|being installed).*; .*\n$/);
  }
  assert.deepEqual(await sandbox.leftovers(), NOTHING);
});
