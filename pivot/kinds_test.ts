import assert from "node:assert/strict";
import { checkServed, type Crd, kindName, movableKinds } from "./kinds.ts";

interface CrdShape {
  readonly group?: string;
  readonly labels?: Record<string, string>;
  /** Served versions; the one with a star is stored. */
  readonly versions?: readonly string[];
  readonly scope?: "Namespaced" | "Cluster";
}

function crd(kind: string, shape: CrdShape = {}): Crd {
  const { group = "infrastructure.cluster.x-k8s.io", labels = {}, versions = ["v1*"] } = shape;
  return {
    metadata: { name: `${kind.toLowerCase()}s.${group}`, labels },
    spec: {
      group,
      scope: shape.scope ?? "Namespaced",
      names: { kind },
      versions: versions.map((version) => ({
        name: version.replace("*", ""),
        served: true,
        storage: version.endsWith("*"),
      })),
    },
  };
}

const chosen = (source: Crd[], target: Crd[] = source) =>
  movableKinds(source, target).filter(({ group }) => group !== "").map((kind) =>
    `${kind.apiVersion} ${kind.kind}`
  );

Deno.test("kinds: Secrets and ConfigMaps always", () => {
  assert.deepEqual(movableKinds([], []).map(kindName), ["Secret", "ConfigMap"]);
});

Deno.test("kinds: by group, by clusterctl's labels, by contract label, and no others", () => {
  const source = [
    crd("Cluster", { group: "cluster.x-k8s.io" }),
    crd("A"),
    crd("B", { group: "b.test", labels: { "clusterctl.cluster.x-k8s.io": "" } }),
    crd("C", { group: "c.test", labels: { "clusterctl.cluster.x-k8s.io/move": "" } }),
    crd("D", { group: "d.test", labels: { "cluster.x-k8s.io/v1beta2": "v1" } }),
    crd("E", { group: "e.test", labels: { "cluster.x-k8s.io/provider": "x" } }),
  ];
  assert.deepEqual(chosen(source), [
    "cluster.x-k8s.io/v1 Cluster",
    "infrastructure.cluster.x-k8s.io/v1 A",
    "b.test/v1 B",
    "c.test/v1 C",
    "d.test/v1 D",
  ]);
});

Deno.test("kinds: the stored version, if both serve it; else one that both serve", () => {
  const source = [crd("A", { versions: ["v1beta1", "v1beta2*"] })];
  assert.deepEqual(chosen(source), ["infrastructure.cluster.x-k8s.io/v1beta2 A"]);
  const older = [crd("A", { versions: ["v1alpha4", "v1beta1*"] })];
  assert.deepEqual(chosen(source, older), ["infrastructure.cluster.x-k8s.io/v1beta1 A"]);
  assert.deepEqual(chosen(source, []), ["infrastructure.cluster.x-k8s.io/v1beta2 A"]);
});

Deno.test("kinds: what moves by itself, and what takes others along", () => {
  const group = "cluster.x-k8s.io";
  const flags = movableKinds([
    crd("Cluster", { group }),
    crd("Machine", { group }),
    crd("A", { labels: { "clusterctl.cluster.x-k8s.io/move": "" } }),
    crd("B", { labels: { "clusterctl.cluster.x-k8s.io/move-hierarchy": "" }, scope: "Cluster" }),
  ], []).filter((kind) => kind.group !== "")
    .map(({ kind, forceMove, hierarchy, namespaced }) => [kind, forceMove, hierarchy, namespaced]);
  assert.deepEqual(flags, [
    ["Cluster", true, true, true],
    ["Machine", false, false, true],
    ["A", true, false, true],
    ["B", true, true, false],
  ]);
});

Deno.test("kinds: a move that the target cannot store is refused by kind", () => {
  const source = [crd("A"), crd("B")];
  const kinds = movableKinds(source, [crd("A")]);
  checkServed(kinds.filter(({ kind }) => kind !== "B"), [crd("A")]);
  assert.throws(() => checkServed(kinds, [crd("A")]), {
    code: "prerequisite",
    message: "Cannot move: the target does not serve B (infrastructure.cluster.x-k8s.io/v1)",
  });
});
