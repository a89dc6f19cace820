/**
 * One trial of the fault enumeration: kill the mover at a given call, look, start it again, compare.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeClient, KubeObject } from "@lattice/kube";
import { type CallInfo, isFenced, move, type MoveReport } from "@lattice/pivot";
import { makeFleet } from "./fleet.ts";
import type { Pair } from "./pair.ts";
import { fleetOf, readState, type State } from "./state.ts";

/** A place to kill the mover: before or after a call. */
export interface KillPoint {
  readonly n: number;
  readonly when: CallInfo["when"];
  readonly description: string;
}

/** Thrown by the hook from the kill on, so that nothing more is sent, as if the process were gone. */
class Killed extends Error {
  override readonly name = "Killed";
}

const CLUSTER = "prod";

/**
 * Every place at which a mover can die, in order. One call at a time, so that numbers mean the same in every run.
 *
 * @param pair The clusters.
 */
export async function killPoints(pair: Pair): Promise<KillPoint[]> {
  const namespace = "capi-rehearsal";
  await makeFleet(pair.source.client, { namespace, name: CLUSTER });
  const points: KillPoint[] = [];
  await runMove(pair, namespace, 1, (n, description, { when }) => {
    points.push({ n, when, description });
  });
  return points;
}

/**
 * A sample: after every journal write, around hand-over and around the first and last call of every other kind of write,
 * and after the last read of each side.
 *
 * @param points All of them.
 */
export function sampleOf(points: readonly KillPoint[]): KillPoint[] {
  const kind = ({ description }: KillPoint) => {
    const [side, verb, what] = description.split(" ");
    return what === "journal" ? description : `${side} ${verb}`;
  };
  return [...Map.groupBy(points, kind)].flatMap(([name, group]) => {
    const reading = /(get|list)( journal)?$/.test(name);
    const between = / journal /.test(name) && !name.endsWith("HandedOver");
    const first = reading || between ? undefined : group.find((point) => point.when === "before");
    const last = group.findLast((point) => point.when === "after");
    return [first, last].filter((point) => point !== undefined);
  });
}

/**
 * Kills a move at a point, checks that at most one side may act, moves again and checks the end.
 *
 * @param pair The clusters.
 * @param point Where to kill.
 */
export async function trial(pair: Pair, point: KillPoint): Promise<void> {
  const namespace = `capi-kill-${point.n}-${point.when}`;
  const objects = await makeFleet(pair.source.client, { namespace, name: CLUSTER });
  const before = await readState(pair.source.client, namespace);
  let dead = false;
  await assert.rejects(
    runMove(pair, namespace, 1, (n, _description, { when }) => {
      dead ||= n === point.n && when === point.when;
      if (dead) throw new Killed(`at ${point.description}`);
    }),
    Killed,
  );
  await assertOneOwner(pair, namespace);
  const report = await runMove(pair, namespace, 32);
  assert.equal(report.moved, objects);
  await assertMoved(pair, namespace, before);
}

/**
 * Checks the end of a move: equal objects in the target, none in the source, fences and journals.
 *
 * @param pair The clusters.
 * @param namespace Namespace of the fleet.
 * @param before State of the source before the move.
 */
export async function assertMoved(pair: Pair, namespace: string, before: State): Promise<void> {
  const [source, target] = [pair.source.client, pair.target.client];
  const [left, arrived] = await Promise.all([
    readState(source, namespace),
    readState(target, namespace),
  ]);
  assert.deepEqual(fleetOf(arrived), fleetOf(before));
  assert.deepEqual(fleetOf(left), {});
  assert.ok("Secret/somebody-elses" in left);
  assert.ok(!("Secret/somebody-elses" in arrived));
  assert.equal(await isFenced(source, namespace), true);
  assert.equal(await isFenced(target, namespace), false);
  assert.equal(await phaseOf(source, namespace), "Done");
  assert.equal(await phaseOf(target, namespace), "Done");
}

/** Whoever is not fenced and not paused acts: that must never be both. */
async function assertOneOwner(pair: Pair, namespace: string): Promise<void> {
  const acting = await Promise.all([pair.source, pair.target].map(async ({ client }) => {
    const [fenced, cluster] = await Promise.all([
      isFenced(client, namespace),
      readCluster(client, namespace),
    ]);
    return cluster !== undefined && !fenced && !isPaused(cluster);
  }));
  assert.ok(!(acting[0] && acting[1]), "both clusters act on the objects");
}

async function readCluster(client: KubeClient, namespace: string): Promise<KubeObject | undefined> {
  const ref = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster", name: CLUSTER, namespace };
  return await client.find(ref);
}

function isPaused(cluster: KubeObject): boolean {
  return (cluster["spec"] as { paused?: boolean }).paused === true;
}

/**
 * Phase in a journal.
 *
 * @param client The cluster.
 * @param namespace Namespace of the fleet.
 */
export async function phaseOf(client: KubeClient, namespace: string): Promise<string | undefined> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", name: "lattice-move", namespace };
  const found = await client.find<{ data?: Record<string, string> }>(ref);
  return found?.data?.["phase"];
}

async function runMove(
  pair: Pair,
  namespace: string,
  concurrency: number,
  onCall: (n: number, description: string, info: CallInfo) => void = () => {},
): Promise<MoveReport> {
  return await move({
    source: pair.source.client,
    target: pair.target.client,
    namespace,
    cluster: CLUSTER,
    runId: "run-1",
    concurrency,
    onCall,
  });
}
