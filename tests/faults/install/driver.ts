/**
 * Strikes one install at one point, runs the same command again, and judges the end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clusterYaml, NOTHING, Sandbox } from "../../e2e/sandbox.ts";
import { type EndState, endState, machineNames } from "./end_state.ts";
import type { Fault } from "./faults.ts";

const CLUSTER = "faulty";
const RUN = "f1";

/** What a clean install does. */
export interface Reference {
  /** The end that every install has to reach. */
  readonly end: EndState;
  /** Requests of its move that change something. */
  readonly moveWrites: number;
}

/** Installs once without any fault. */
export async function referenceInstall(): Promise<Reference> {
  await using sandbox = await Sandbox.create();
  const outcome = await sandbox.lattice(await command(sandbox));
  assert.equal(outcome.code, 0, outcome.stderr);
  const journal = JSON.parse(await Deno.readTextFile(`${sandbox.home}/runs/${RUN}.json`)) as {
    moveWrites: number;
  };
  return { end: await endState(sandbox, CLUSTER), moveWrites: journal.moveWrites };
}

/**
 * Strikes an install.
 *
 * @param fault Where and what.
 * @param reference What the end must be equal to: objects, processes, ports, directories.
 * @param options Whether to take the cluster apart by `lattice uninstall`, too. Default: yes.
 * @throws {AssertionError} When the end is another, a Machine was recreated, or something is left.
 */
export async function strike(
  fault: Fault,
  reference: Reference,
  { uninstall = true }: { readonly uninstall?: boolean } = {},
): Promise<void> {
  await using sandbox = await Sandbox.create();
  const args = await command(sandbox);
  const struck = await sandbox.lattice(args, { env: { LATTICE_FAULT: fault.id } });
  assertStruck(fault, struck.code, struck.stderr);
  const machines = await knownMachines(sandbox);
  if (fault.victim !== "operator") {
    const resumed = await sandbox.lattice(args);
    assert.equal(resumed.code, 0, `resuming after ${fault.id}: ${resumed.stderr}`);
  }
  const now = await machineNames(sandbox.home, CLUSTER, CLUSTER);
  const lost = machines.filter((name) => !now.includes(name));
  assert.deepEqual(lost, [], `Machines that ${fault.id} lost`);
  assert.deepEqual(await endState(sandbox, CLUSTER), reference.end, `end state after ${fault.id}`);
  if (!uninstall) return;
  const kubeconfig = `${sandbox.home}/clusters/${CLUSTER}/kubeconfig`;
  const gone = await sandbox.lattice(["uninstall", "-k", kubeconfig, "-y"]);
  assert.equal(gone.code, 0, gone.stderr);
  assert.deepEqual(await sandbox.leftovers(), NOTHING);
}

/**
 * Installs once, then kills the uninstall at one point after the other, each time going on with the same run.
 *
 * @param points Where `kill -9` strikes, in this order; a point that lies behind already ends the uninstall.
 * @throws {AssertionError} When something is left.
 */
export async function strikeUninstall(points: readonly string[]): Promise<void> {
  await using sandbox = await Sandbox.create();
  const installed = await sandbox.lattice(await command(sandbox));
  assert.equal(installed.code, 0, installed.stderr);
  const args = ["uninstall", "-k", installed.stdout.trim(), "-y", "--run-id", "g1"];
  for (const point of points) {
    const struck = await sandbox.lattice(args, { env: { LATTICE_FAULT: `${point},self` } });
    assert.equal(struck.code, 137, `uninstall struck by ${point}: ${struck.stderr}`);
  }
  const gone = await sandbox.lattice(args);
  assert.equal(gone.code, 0, gone.stderr);
  assert.deepEqual(await sandbox.leftovers(), NOTHING);
}

async function command(sandbox: Sandbox): Promise<string[]> {
  const file = await sandbox.write("cluster.yaml", clusterYaml(CLUSTER));
  return ["install", "-f", file, "--run-id", RUN];
}

function assertStruck({ id, victim }: Fault, code: number, stderr: string): void {
  const expected = { self: 137, interrupt: 130, operator: 0 }[victim];
  assert.equal(code, expected, `install struck by ${id}: ${stderr}`);
  if (victim !== "interrupt") return;
  // Before anything was started there is nothing to resume.
  const told = /--run-id f1|Nothing is left behind/;
  assert.match(stderr, told, "an interrupted install names the command that resumes");
}

async function knownMachines(sandbox: Sandbox): Promise<string[]> {
  const holders = [CLUSTER, `lattice-bootstrap-${RUN}`];
  const names = await Promise.all(
    holders.map((holder) => machineNames(sandbox.home, CLUSTER, holder)),
  );
  return [...new Set(names.flat())];
}
