import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import fc from "fast-check";
import {
  contentText,
  copyFor,
  creatorOf,
  differences,
  fieldOwnership,
  isOwnedByMover,
} from "./content.ts";
import { buildGraph } from "./graph.ts";
import { makePlan, type Planned, planned } from "./plan.ts";
import { anObject, listed } from "./testing/objects.ts";

const SCOPE = { cluster: "prod", namespace: "capi-prod" };
const cluster = anObject("Cluster", "prod", { body: { spec: { a: 1 }, status: { phase: "x" } } });

function nodesOf(...objects: readonly KubeObject[]): Planned[] {
  return planned(makePlan(buildGraph(listed(...objects)), SCOPE) ?? assert.fail());
}

function nodeOf(object: KubeObject): Planned {
  return nodesOf(cluster, object).find((node) => node.object === object) ?? assert.fail();
}

Deno.test("copy: what is declared moves, what the server made stays", () => {
  const secret = anObject("Secret", "prod-ca", {
    owners: [cluster],
    labels: { a: "1" },
    annotations: { b: "2" },
    finalizers: ["x/y"],
    body: { type: "cluster.x-k8s.io/secret", data: { value: "AP8=" }, status: { gone: true } },
  });
  secret.metadata.creationTimestamp = "2026-01-01T00:00:00Z";
  secret.metadata.managedFields = [{ manager: "m" }];
  secret.metadata.generateName = "prod-";
  assert.deepEqual(copyFor(nodeOf(secret), new Map([["uid-Cluster-prod", "there"]])), {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "prod-ca",
      namespace: "capi-prod",
      labels: { a: "1" },
      annotations: { b: "2", "lattice.dev/source-uid": "uid-Secret-prod-ca" },
      finalizers: ["x/y"],
      ownerReferences: [{
        apiVersion: "cluster.x-k8s.io/v1beta2",
        kind: "Cluster",
        name: "prod",
        uid: "there",
        controller: true,
        blockOwnerDeletion: true,
      }],
    },
    type: "cluster.x-k8s.io/secret",
    data: { value: "AP8=" },
  });
});

Deno.test("copy: a Cluster and a ClusterClass arrive paused", () => {
  const [node] = nodesOf(cluster);
  assert.deepEqual(copyFor(node ?? assert.fail(), new Map())["spec"], { a: 1, paused: true });
  const paused = copyFor(nodeOf(anObject("ClusterClass", "small")), new Map());
  assert.equal(paused.metadata.annotations?.["cluster.x-k8s.io/paused"], "");
});

Deno.test("copy: the original is not touched", () => {
  const before = structuredClone(cluster);
  const copy = copyFor(nodesOf(cluster)[0] ?? assert.fail(), new Map());
  (copy["spec"] as Record<string, unknown>)["a"] = 2;
  assert.deepEqual(cluster, before);
});

interface Compared {
  readonly name: string;
  readonly wanted: KubeObject;
  readonly found: KubeObject;
  readonly paths: readonly string[];
  readonly exact?: boolean;
}

const body = (spec: unknown) => anObject("Machine", "m", { body: { spec } });
const COMPARED: readonly Compared[] = [
  { name: "equal bodies", wanted: body({ a: [1] }), found: body({ a: [1] }), paths: [] },
  { name: "a value", wanted: body({ a: 1 }), found: body({ a: 2 }), paths: ["spec.a"] },
  { name: "a missing value", wanted: body({ a: 1 }), found: body({}), paths: ["spec.a"] },
  { name: "nothing and empty", wanted: body({ a: {} }), found: body({ b: [] }), paths: [] },
  {
    name: "an item",
    wanted: body({ a: [1, 2] }),
    found: body({ a: [1, 3] }),
    paths: ["spec.a[1]"],
  },
  {
    name: "a shorter list",
    wanted: body({ a: [1, 2] }),
    found: body({ a: [1] }),
    paths: ["spec.a"],
  },
  { name: "an addition", wanted: body({ a: 1 }), found: body({ a: 1, b: 2 }), paths: [] },
  {
    name: "an addition, exactly",
    wanted: body({ a: 1 }),
    found: body({ a: 1, b: 2 }),
    paths: ["spec.b"],
    exact: true,
  },
  {
    name: "metadata that somebody added",
    wanted: anObject("Machine", "m", { labels: { a: "1" } }),
    found: anObject("Machine", "m", {
      labels: { a: "1", b: "2" },
      annotations: { c: "3" },
      finalizers: ["d/e"],
      owners: [cluster],
    }),
    paths: [],
    exact: true,
  },
  {
    name: "metadata that is missing",
    wanted: anObject("Machine", "m", {
      labels: { a: "1" },
      finalizers: ["d/e"],
      owners: [cluster],
    }),
    found: anObject("Machine", "m"),
    paths: ["labels.a", "finalizers.d/e", "ownerReferences.uid-Cluster-prod"],
  },
];

for (const { name, wanted, found, paths, exact } of COMPARED) {
  Deno.test(`differences: ${name}`, () => {
    assert.deepEqual(differences(wanted, found, exact), paths);
  });
}

Deno.test("differences: none between a copy and itself, whatever it holds", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (spec) => {
    const copy = copyFor(nodeOf(anObject("TestPool", "p", { body: { spec } })), new Map());
    assert.deepEqual(differences(copy, structuredClone(copy), true), []);
  }));
});

Deno.test("differences: names a changed secret, not its value", () => {
  const make = (value: string) => anObject("Secret", "s", { body: { data: { value } } });
  assert.deepEqual(differences(make("c2VjcmV0"), make("b3RoZXI=")), ["data.value"]);
});

Deno.test("content: the same text in both clusters, another one after any change", () => {
  const make = (uid: string, owner: KubeObject, value: string) => {
    const secret = anObject("Secret", "prod-ca", { owners: [owner], body: { data: { value } } });
    return { ...secret, metadata: { ...secret.metadata, uid, resourceVersion: uid } };
  };
  const text = (...objects: readonly KubeObject[]) => {
    const graph = buildGraph(listed(...objects));
    return contentText(planned(makePlan(graph, SCOPE) ?? assert.fail()), graph);
  };
  const there = { ...cluster, metadata: { ...cluster.metadata, uid: "moved" } };
  const here = text(cluster, make("1", cluster, "a"));
  assert.equal(text(make("2", there, "a"), there), here);
  assert.notEqual(text(there, make("2", there, "b")), here);
});

Deno.test("ownership: appliers keep their fields, under the owners' new UIDs", () => {
  const machine = anObject("Machine", "m");
  const fields = (uid: string) => ({
    "f:metadata": { "f:ownerReferences": { [`k:{"uid":"${uid}"}`]: {} } },
    "f:spec": {},
  });
  machine.metadata.managedFields = [
    { manager: "capi-machineset", operation: "Apply", fieldsV1: fields("old") },
    { manager: "capi-manager", operation: "Update", fieldsV1: { "f:spec": {} } },
    { manager: "capi-manager", operation: "Update", subresource: "status", fieldsV1: {} },
    { manager: "lattice-pivot", operation: "Update", fieldsV1: {} },
  ];
  assert.deepEqual(fieldOwnership(machine, new Map([["old", "new"]])), [
    { manager: "capi-machineset", operation: "Apply", fieldsV1: fields("new") },
    { manager: "capi-manager", operation: "Update", fieldsV1: { "f:spec": {} } },
  ]);
  assert.equal(isOwnedByMover(machine), true);
  machine.metadata.managedFields = [{ manager: "kubectl", operation: "Update", fieldsV1: {} }];
  assert.equal(fieldOwnership(machine, new Map()), undefined);
  assert.equal(isOwnedByMover(machine), false);
});

Deno.test("ownership: a copy is created under the name of who wrote the original", () => {
  const machine = anObject("Machine", "m");
  assert.equal(creatorOf(machine), "lattice-pivot");
  const status = { manager: "lattice-local", operation: "Apply", subresource: "status" };
  machine.metadata.managedFields = [status, { manager: "kubectl", operation: "Update" }];
  assert.equal(creatorOf(machine), "kubectl");
  machine.metadata.managedFields.push({ manager: "lattice-controller", operation: "Apply" });
  assert.equal(creatorOf(machine), "lattice-pivot");
});
