/**
 * Random histories of the mesh controllers: whatever people do, and wherever the operator dies, the objects end as a fresh
 * compilation makes them, and no moment lets a call through to which the two sides never agreed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Dice, idOf, randomMesh, randomObject } from "../support/mesh_random.ts";
import { MeshScene } from "../support/mesh_scene.ts";

/** Histories; each is a mesh and eight rounds of changes. */
const HISTORIES = Number(Deno.env.get("LATTICE_MESH_HISTORIES") ?? 12);
const ROUNDS = 8;

Deno.test("random histories with deaths and faults end as a fresh compilation", async () => {
  const counts = { histories: 0, changes: 0, writes: 0, deaths: 0, moments: 0 };
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
    }
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
    for (let round = 0; round < ROUNDS; round++) {
      change(dice, scene);
      await scene.converge();
    }
    moments += scene.moments;
  }
  assert.ok(moments > HISTORIES);
});

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
