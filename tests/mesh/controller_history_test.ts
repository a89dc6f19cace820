/**
 * Random histories of the mesh controllers: whatever people do, and wherever the operator dies, the objects end as a fresh
 * compilation makes them, and no moment lets a call through to which the two sides never agreed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type LatticeService, objectKey, parseDocuments } from "@lattice/api";
import { Dice, idOf, randomMesh, randomObject } from "../support/mesh_random.ts";
import { MeshScene } from "../support/mesh_scene.ts";

/** Histories; each is a mesh and eight rounds of changes. */
const HISTORIES = Number(Deno.env.get("LATTICE_MESH_HISTORIES") ?? 12);
const ROUNDS = 8;

Deno.test("random histories with deaths and faults end as a fresh compilation", async () => {
  const counts = { histories: 0, changes: 0, meddlings: 0, writes: 0, deaths: 0, moments: 0 };
  for (let seed = 0; seed < HISTORIES; seed++) {
    const dice = new Dice(1_000 + seed);
    await using scene = new MeshScene(dice);
    scene.start();
    await scene.converge();
    scene.watchMoments();
    for (const object of randomMesh(dice, 6)) scene.declare(object);
    await scene.converge();
    for (let round = 0; round < ROUNDS; round++) {
      scene.failing = dice.chance(0.3) ? 0.1 : 0;
      for (let count = 1 + dice.below(3); count > 0; count--) {
        if (dice.chance(0.7)) scene.fuse = dice.below(12) + (dice.chance(0.5) ? 0.5 : 0);
        change(dice, scene);
        counts.changes++;
        if (dice.chance(0.3)) await scene.converge();
      }
      await scene.converge();
      if (dice.chance(0.4)) await breakARule(dice, scene);
    }
    scene.failing = 0;
    scene.stopWatching();
    for (let count = 0; count < 5; count++) {
      scene.meddle();
      counts.meddlings++;
      if (dice.chance(0.5)) await scene.converge();
    }
    await scene.converge();
    counts.histories++;
    counts.writes += scene.writes;
    counts.deaths += scene.deaths;
    counts.moments += scene.moments;
  }
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`controller histories: ${JSON.stringify(counts)}`);
  assert.ok(counts.deaths > HISTORIES && counts.moments > 10 * HISTORIES);
});

Deno.test("a change takes away before it gives", async () => {
  let moments = 0;
  for (let seed = 0; seed < HISTORIES; seed++) {
    const dice = new Dice(2_000 + seed);
    await using scene = new MeshScene(dice);
    scene.start();
    await scene.converge();
    scene.watchMoments();
    for (const object of randomMesh(dice, 7)) scene.declare(object);
    await scene.converge();
    scene.ordered = true;
    await scene.converge();
    for (let round = 0; round < ROUNDS; round++) {
      change(dice, scene);
      await scene.converge();
    }
    moments += scene.moments;
  }
  assert.ok(moments > HISTORIES);
});

Deno.test("a service that swaps its callers, its callee and its port takes away before it gives", async () => {
  const make = (name: string, resources: string, port = 80) => {
    const [parsed] = parseDocuments(`
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: ${name}, namespace: shop}
spec:
  containers: {main: {image: "a:1"}}
  service: {ports: {http: {port: ${port}}}}
  resources: {${resources}}
`);
    assert.deepEqual(parsed?.problems, []);
    return parsed.object as LatticeService;
  };
  const admits = (name: string) => `${name}: {type: service, direction: inbound}`;
  const calls = (name: string) => `${name}: {type: service}`;
  await using scene = new MeshScene(new Dice(5));
  scene.start();
  await scene.converge();
  scene.watchMoments();
  for (const caller of ["ann", "bob"]) scene.declare(make(caller, calls("hub")));
  for (const callee of ["east", "west"]) scene.declare(make(callee, admits("hub")));
  scene.declare(make("hub", `${admits("ann")}, ${calls("east")}`));
  scene.ordered = true;
  await scene.converge();
  const before = scene.writes;
  for (
    const [caller, callee, port] of [["bob", "west", 81], ["ann", "east", 82], [
      "bob",
      "east",
      80,
    ]] as const
  ) {
    scene.declare(make("hub", `${admits(caller)}, ${calls(callee)}`, port));
    await scene.converge();
  }
  assert.ok(scene.writes > before && scene.moments > 0);
});

/** One object breaks a rule: what it had stays, nobody else is held up, and nothing gets through on its account. */
async function breakARule(dice: Dice, scene: MeshScene): Promise<void> {
  const ids = [...scene.declared.keys()];
  if (ids.length === 0) return;
  const id = dice.pick(ids);
  const object = scene.declared.get(id);
  assert.ok(object);
  const key = objectKey(object);
  // Two objects of one key would be hard to tell apart here.
  if (ids.filter((each) => each.endsWith(` ${key}`)).length > 1) return;
  const before = [...scene.declared.values()];
  const kept = scene.stateOf(key);
  scene.spoil(id);
  await scene.converge(new Set([key]));
  assert.equal(scene.stateOf(key), kept, `${id} lost or gained objects`);
  assert.deepEqual(scene.callsOf(key, before), []);
  scene.declare(object);
  await scene.converge();
}

function change(dice: Dice, scene: MeshScene): void {
  const ids = [...scene.declared.keys()];
  if (ids.length > 0 && dice.chance(0.3)) return scene.revoke(dice.pick(ids));
  const [first] = randomMesh(dice, 1);
  const object = dice.chance(0.5) && first ? first : randomObject(dice);
  const known = scene.declared.get(idOf(object));
  // An edit that keeps the calls and changes who is admitted, as often as not.
  if (known?.kind === "LatticeService" && object.kind === "LatticeService" && dice.chance(0.5)) {
    const resources = { ...known.spec.resources, ...object.spec.resources };
    return scene.declare({ ...object, spec: { ...object.spec, resources } });
  }
  scene.declare(object);
}
