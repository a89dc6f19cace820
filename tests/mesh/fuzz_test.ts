/**
 * Mangled YAML: the parser never throws, and what it accepts is never wider than what it says.
 *
 * `LATTICE_FUZZ` sets the number of texts; 50,000 is the full run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type LatticeObject, parseDocuments } from "@lattice/api";
import { compileAll, graphOf } from "@lattice/policy";
import { stringify } from "yaml";
import type { Declared } from "../support/mesh_model.ts";
import { Dice, randomMesh } from "../support/mesh_random.ts";
import { MeshWorld } from "../support/mesh_world.ts";

const TEXTS = Number(Deno.env.get("LATTICE_FUZZ") ?? 1_500);
const PIECES = [
  "---\n",
  "*",
  '"*"',
  "namespace: '*'",
  "id: '*'",
  "direction: inbound",
  "direction: both",
  "&a",
  "*a",
  "null",
  "{}",
  "[]",
  "!!binary x",
  "<<: *a",
  "kube-system",
  "\u0000",
  "\t",
  "- ",
  ": ",
  "  ",
  "allowedRequesters: ['*']",
  "%YAML 1.2\n",
  "...\n",
];

Deno.test("mangled texts: no crash, and no policy wider than declared", () => {
  const counts = { texts: 0, objects: 0, problems: 0, judged: 0 };
  for (let seed = 0; seed < TEXTS; seed++) {
    const dice = new Dice(seed);
    const text = mangled(
      dice,
      randomMesh(dice, 1 + dice.below(3)).map((object) => stringify(object)).join("---\n"),
    );
    const parsed = parseDocuments(text, { file: "fuzz.yaml" });
    counts.texts++;
    for (const { object, problems } of parsed) {
      assert.equal(object === undefined, problems.length > 0, `seed ${seed}`);
      if (object) counts.objects++;
      counts.problems += problems.length;
      for (const problem of problems) {
        assert.ok(problem.reason.length > 0 && (problem.line ?? 0) >= 1);
      }
    }
    const declared = parsed.flatMap(({ object }) => isDeclared(object) ? [object] : []);
    if (declared.length === 0) continue;
    const world = new MeshWorld(
      declared,
      compileAll(graphOf(declared), { cluster: "prod" }),
      "prod",
    );
    for (const { question, agreed, l4, mesh } of world.judgeAll()) {
      counts.judged++;
      const passes = l4 && (mesh ?? true);
      assert.equal(passes, agreed, `seed ${seed}: ${JSON.stringify(question.callee.metadata)}`);
    }
  }
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`fuzz: ${JSON.stringify(counts)}`);
  assert.ok(counts.objects > TEXTS / 10 && counts.problems > TEXTS / 10);
});

Deno.test("noise is never an object", () => {
  for (let seed = 0; seed < TEXTS / 3; seed++) {
    const dice = new Dice(seed);
    const text = Array.from(
      { length: dice.below(80) },
      () => dice.chance(0.2) ? dice.pick(PIECES) : String.fromCharCode(dice.below(0x250)),
    ).join("");
    assert.deepEqual(parseDocuments(text).filter(({ object }) => object), [], `seed ${seed}`);
  }
});

function isDeclared(object: LatticeObject | undefined): object is Declared {
  return object?.kind === "LatticeService" || object?.kind === "LatticeExternalService";
}

function mangled(dice: Dice, text: string): string {
  let result = text;
  for (let count = dice.below(4); count > 0; count--) {
    const at = dice.below(result.length);
    const length = dice.pick([0, 0, 1, 1, 3, 12]);
    const piece = dice.pick([
      "",
      dice.pick(PIECES),
      result.slice(dice.below(result.length)).slice(0, dice.below(40)),
      String.fromCharCode(dice.below(0x180)),
    ]);
    result = result.slice(0, at) + piece + result.slice(at + length);
  }
  return result;
}
