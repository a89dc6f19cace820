import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { aControlPlaneMachine, anObject, DELETED } from "../fixtures_test.ts";
import type { MachineView } from "../views.ts";
import { decideScaling } from "./machines.ts";

const version = "v1.35.4";
const old = { spec: { version: "v1.34.0" } };
const a = aControlPlaneMachine("a");
const b = aControlPlaneMachine("b", ["Ready"], { metadata: { creationTimestamp: DELETED } });
const c = aControlPlaneMachine("c", []);
const gone = aControlPlaneMachine("g", ["Ready"], { metadata: { deletionTimestamp: DELETED } });
const marked = aControlPlaneMachine("m", ["Ready"], {
  metadata: { annotations: { "cluster.x-k8s.io/delete-machine": "" } },
});

const cases: readonly [
  string,
  { wanted: number; machines: MachineView[]; orphans?: string[] },
  { adopt?: string[]; create?: number; remove?: string[] },
][] = [
  ["makes what is missing", { wanted: 3, machines: [a] }, { create: 2 }],
  ["leaves what is right", { wanted: 3, machines: [a, b, c] }, {}],
  ["replaces a Machine that is being deleted", { wanted: 1, machines: [gone] }, { create: 1 }],
  [
    "finishes the Machine of an orphan instead of making another",
    { wanted: 3, machines: [a], orphans: ["z", "y"] },
    { adopt: ["y", "z"] },
  ],
  ["removes those that are not ready first", { wanted: 1, machines: [a, b, c] }, {
    remove: ["c", "b"],
  }],
  ["removes marked ones before all", { wanted: 1, machines: [c, marked] }, { remove: ["m"] }],
  [
    "adds a Machine of the new version before an old one goes",
    { wanted: 1, machines: [aControlPlaneMachine("o", ["Ready"], old)] },
    { create: 1 },
  ],
  [
    "keeps the old Machine until the new one is ready",
    { wanted: 1, machines: [aControlPlaneMachine("o", ["Ready"], old), c] },
    {},
  ],
  [
    "removes the old Machine when the new one is ready",
    { wanted: 1, machines: [aControlPlaneMachine("o", ["Ready"], old), a] },
    { remove: ["o"] },
  ],
];

for (const [name, census, expected] of cases) {
  Deno.test(`decideScaling() ${name}`, () => {
    const orphans = (census.orphans ?? []).map(anObject);
    deepEqual(decideScaling({ ...census, orphans, version }), {
      adopt: [],
      create: 0,
      remove: [],
      ...expected,
    });
  });
}

Deno.test("decideScaling() reaches any size and version, never below the wanted number", () => {
  const size = fc.integer({ min: 1, max: 7 });
  fc.assert(fc.property(size, size, fc.boolean(), (from, wanted, upgrade) => {
    let next = 0;
    const spec = { version: upgrade ? "v1.34.0" : version };
    let machines = Array.from(
      { length: from },
      () => aControlPlaneMachine(`m${next++}`, ["Ready"], { spec }),
    );
    for (let round = 0; round < 40; round++) {
      const { create, remove, adopt } = decideScaling({ wanted, version, machines, orphans: [] });
      if (create + remove.length + adopt.length === 0) break;
      ok(machines.length - remove.length >= Math.min(from, wanted));
      machines = machines.filter(({ metadata }) => !remove.includes(metadata.name));
      for (let i = 0; i < create; i++) machines.push(aControlPlaneMachine(`m${next++}`, ["Ready"]));
    }
    equal(machines.length, wanted);
    ok(machines.every((machine) => machine.spec.version === version));
  }));
});
