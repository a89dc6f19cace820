import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import fc from "fast-check";
import { isAvailable } from "./ready.ts";
import { tiersOf } from "./tiers.ts";

const KINDS = [
  "Gizmo",
  "Deployment",
  "Namespace",
  "ClusterRoleBinding",
  "Role",
  "ConfigMap",
  "CustomResourceDefinition",
  "Service",
];

function object(kind: string, fields: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name: "a", generation: 2 }, ...fields };
}

Deno.test("tiersOf() puts what others need first", () => {
  assert.deepEqual(
    tiersOf(KINDS.map((kind) => object(kind))).map((tier) => tier.map(({ kind }) => kind)),
    [
      ["Namespace", "CustomResourceDefinition"],
      ["ConfigMap"],
      ["Role"],
      ["ClusterRoleBinding"],
      ["Service"],
      ["Deployment"],
      ["Gizmo"],
    ],
  );
});

Deno.test("tiersOf() loses nothing and keeps the order within a tier", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...KINDS)), (kinds) => {
    const objects = kinds.map((kind, index) => object(kind, { index }));
    const tiers = tiersOf(objects);
    assert.ok(tiers.every((tier) => tier.length > 0));
    assert.deepEqual(new Set(tiers.flat()), new Set(objects));
    for (const tier of tiers) {
      const order = tier.map((one) => one["index"] as number);
      assert.deepEqual(order, [...order].sort((a, b) => a - b));
    }
  }));
});

const AVAILABLE = [{ type: "Available", status: "True" }];
const SEEN: { name: string; one: KubeObject | undefined; is: boolean }[] = [
  { name: "nothing", one: undefined, is: false },
  { name: "no status", one: object("Deployment"), is: false },
  {
    name: "an available deployment",
    one: object("Deployment", { status: { observedGeneration: 2, conditions: AVAILABLE } }),
    is: true,
  },
  {
    name: "a deployment that was available before it changed",
    one: object("Deployment", { status: { observedGeneration: 1, conditions: AVAILABLE } }),
    is: false,
  },
  {
    name: "a daemon set on no node",
    one: object("DaemonSet", { status: { observedGeneration: 2, desiredNumberScheduled: 0 } }),
    is: false,
  },
  {
    name: "a daemon set on every node",
    one: object("DaemonSet", { status: daemons(3, 3, 3) }),
    is: true,
  },
  {
    name: "a daemon set with one old pod",
    one: object("DaemonSet", { status: daemons(3, 2, 3) }),
    is: false,
  },
  {
    name: "a daemon set with one pod that fails",
    one: object("DaemonSet", { status: daemons(3, 3, 2) }),
    is: false,
  },
];

function daemons(wanted: number, updated: number, available: number): Record<string, number> {
  return {
    observedGeneration: 2,
    desiredNumberScheduled: wanted,
    updatedNumberScheduled: updated,
    numberAvailable: available,
  };
}

for (const { name, one, is } of SEEN) {
  Deno.test(`isAvailable() of ${name}`, () => assert.equal(isAvailable(one), is));
}
