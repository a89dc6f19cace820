import { deepEqual, equal } from "node:assert/strict";
import { aCluster, aLocalCluster } from "./fixtures_test.ts";
import { clusterNameOf, gate, mergeConditions } from "./lifecycle.ts";
import { sameJson } from "./objects.ts";

const paused = aCluster({ spec: { paused: true } });
const annotated = aLocalCluster({ metadata: { annotations: { "cluster.x-k8s.io/paused": "" } } });
const plain = aLocalCluster();

Deno.test("gate() lets a controller work unless a fence or a pause is in the way", () => {
  equal(gate(plain, aCluster(), false), "open");
  equal(gate(plain, undefined, false), "open");
  equal(gate(plain, paused, false), "paused");
  equal(gate(annotated, aCluster(), false), "paused");
  equal(gate(plain, paused, true), "fenced");
});

Deno.test("mergeConditions() moves a time only when the status changes, and keeps other types", () => {
  const [before, now] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-01-02T00:00:00Z")];
  const first = mergeConditions(
    [],
    [
      { type: "Ready", status: "False", reason: "A" },
      { type: "Paused", status: "False", reason: "NotPaused" },
    ],
    1,
    before,
  );
  const second = mergeConditions(
    first,
    [
      { type: "Ready", status: "True", reason: "B", message: "m" },
    ],
    2,
    now,
  );
  deepEqual(second, [
    {
      type: "Ready",
      status: "True",
      reason: "B",
      message: "m",
      observedGeneration: 2,
      lastTransitionTime: "2026-01-02T00:00:00Z",
    },
    {
      type: "Paused",
      status: "False",
      reason: "NotPaused",
      message: "",
      observedGeneration: 1,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    },
  ]);
});

Deno.test("clusterNameOf() prefers the owner to the label", () => {
  const owner = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster", name: "a", uid: "1" };
  const labels = { "cluster.x-k8s.io/cluster-name": "b" };
  equal(clusterNameOf({ metadata: { labels, ownerReferences: [owner] } }), "a");
  equal(clusterNameOf({ metadata: { labels, ownerReferences: [] } }), "b");
  equal(clusterNameOf({ metadata: { labels: {}, ownerReferences: [] } }), undefined);
});

Deno.test("sameJson() ignores the order of keys and absent values, and nothing else", () => {
  equal(sameJson({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1, d: undefined }), true);
  equal(sameJson({ a: [1, 2] }, { a: [2, 1] }), false);
  equal(sameJson({ a: null }, {}), false);
  equal(sameJson([], {}), false);
});
