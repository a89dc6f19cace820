/**
 * Random histories: what is kept up to date one change at a time equals a fresh compilation, and no moment of
 * a change allows what neither its beginning nor its end allows.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import {
  compile,
  compileAll,
  graphOf,
  infrastructurePolicies,
  ServiceGraph,
} from "@lattice/policy";
import { type Declared, isAgreed, type Question, questions } from "../support/mesh_model.ts";
import { Dice, idOf, randomMesh, randomObject } from "../support/mesh_random.ts";
import { MeshWorld } from "../support/mesh_world.ts";

const CLUSTER = "prod";
const HISTORIES = Number(Deno.env.get("LATTICE_MESH_HISTORIES") ?? 25);

/** What is kept: the graph, the declarations, and the objects by the key that they belong to. */
interface Kept {
  graph: ServiceGraph;
  declared: Map<string, Declared>;
  objects: Map<string, KubeObject[]>;
}

Deno.test("random histories: incremental equals fresh, and only neighbours are compiled again", () => {
  const counts = { changes: 0, compiled: 0, keys: 0 };
  for (let seed = 0; seed < HISTORIES * 4; seed++) {
    const dice = new Dice(seed);
    const kept: Kept = { graph: new ServiceGraph(), declared: new Map(), objects: new Map() };
    for (let step = 0; step < 40; step++) {
      change(dice, kept);
      counts.changes++;
      counts.keys += kept.declared.size;
      counts.compiled += refresh(kept).length;
      const fresh = graphOf(kept.declared.values());
      const byKey = new Map(
        fresh.keys().map((key) => [key, compile(fresh, key, { cluster: CLUSTER })]),
      );
      for (const key of new Set([...byKey.keys(), ...kept.objects.keys()])) {
        assert.equal(
          JSON.stringify(kept.objects.get(key) ?? []),
          JSON.stringify(byKey.get(key) ?? []),
          `seed ${seed}, step ${step}: ${key}`,
        );
      }
      assert.deepEqual(kept.graph.activeEdges(), fresh.activeEdges());
      assert.deepEqual(kept.graph.keys(), fresh.keys());
    }
  }
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`histories: ${JSON.stringify(counts)}`);
});

Deno.test("random histories: no moment of a change allows what neither end allows", () => {
  let moments = 0;
  for (let seed = 0; seed < HISTORIES; seed++) {
    const dice = new Dice(seed);
    const mesh = randomMesh(dice, 7);
    const kept: Kept = {
      graph: graphOf(mesh),
      declared: new Map(mesh.map((object) => [idOf(object), object])),
      objects: new Map(),
    };
    for (let step = 0; step < 5; step++) {
      const before = [...kept.declared.values()];
      const live = byRef(compileAll(kept.graph, { cluster: CLUSTER }));
      change(dice, kept);
      const after = [...kept.declared.values()];
      const wanted = byRef(compileAll(kept.graph, { cluster: CLUSTER }));
      const allowed = new Set([...agreedCalls(before), ...agreedCalls(after)]);
      for (const id of shuffled(dice, new Set([...live.keys(), ...wanted.keys()]))) {
        const object = wanted.get(id);
        if (JSON.stringify(object) === JSON.stringify(live.get(id))) continue;
        if (object) live.set(id, object);
        else live.delete(id);
        moments++;
        for (const declared of [before, after]) {
          for (
            const { question, l4, mesh: inMesh } of new MeshWorld(
              declared,
              [...live.values()],
              CLUSTER,
            ).judgeAll()
          ) {
            // A host outside may be reached through another external service; the layers speak of one.
            const passes = l4 && (inMesh ?? true);
            assert.ok(
              !passes || allowed.has(callId(question)),
              `seed ${seed}: ${callId(question)} after ${id}`,
            );
          }
        }
      }
    }
  }
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`moments: ${moments}`);
  assert.ok(moments > HISTORIES);
});

Deno.test("a graph says which keys changed, and only those", () => {
  const mesh = randomMesh(new Dice(7), 12);
  const graph = graphOf(mesh);
  assert.deepEqual(graph.takeChanged(), []);
  const [first] = mesh;
  assert.ok(first);
  graph.put(first);
  const key = idOf(first).split(" ")[1] ?? "";
  const near = new Set([key, ...graph.dependents(key)]);
  assert.deepEqual(graph.takeChanged(), [...near].sort());
  assert.deepEqual(graph.takeChanged(), []);
});

Deno.test("infrastructure policies do not depend on what is declared", () => {
  const all = compileAll(graphOf(randomMesh(new Dice(3), 9)), { cluster: CLUSTER });
  for (const policy of infrastructurePolicies({ cluster: CLUSTER })) {
    assert.ok(all.some((object) => JSON.stringify(object) === JSON.stringify(policy)));
  }
});

function change(dice: Dice, { graph, declared }: Kept): void {
  const ids = [...declared.keys()];
  if (ids.length > 0 && dice.chance(0.3)) {
    const id = dice.pick(ids);
    declared.delete(id);
    const [kind, key = ""] = id.split(" ");
    graph.delete(key, kind === "LatticeService" ? "service" : "external");
    return;
  }
  const known = declared.get(dice.pick(ids.length > 0 ? ids : [""]));
  if (known?.kind === "LatticeService" && dice.chance(0.4)) {
    // It calls the same ones, and the rest is another's.
    const other = randomObject(dice);
    const spec = other.kind === "LatticeService" ? other.spec : known.spec;
    const inbound = Object.entries(spec.resources).filter(([, { direction }]) =>
      direction === "inbound"
    );
    const outbound = Object.entries(known.spec.resources).filter(([, { direction }]) =>
      direction !== "inbound"
    );
    const resources = Object.fromEntries([...inbound, ...outbound]);
    const edited = { ...known, spec: { ...spec, resources } };
    declared.set(idOf(edited), edited);
    graph.put(edited);
    return;
  }
  // An edit, more often than not: the names are few.
  const object = randomObject(dice);
  declared.set(idOf(object), object);
  graph.put(object);
}

function refresh({ graph, objects }: Kept): string[] {
  const changed = graph.takeChanged();
  for (const key of changed) {
    const compiled = compile(graph, key, { cluster: CLUSTER });
    if (compiled.length > 0) objects.set(key, compiled);
    else objects.delete(key);
  }
  return changed;
}

function byRef(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map((object) => [
    `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`,
    object,
  ]));
}

function agreedCalls(declared: readonly Declared[]): string[] {
  return questions(declared).filter(({ caller, callee }) => isAgreed(caller, callee, declared))
    .map(callId);
}

function callId({ caller, callee, target, protocol, host = "" }: Question): string {
  return [idOf(caller), idOf(callee), target, protocol, host].join(" ");
}

function shuffled<T>(dice: Dice, values: Iterable<T>): T[] {
  return [...values].map((value) => ({ value, at: dice.next() }))
    .sort((a, b) => a.at - b.at).map(({ value }) => value);
}
