import { deepEqual, equal } from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { needsWrite } from "./difference.ts";
import { extras } from "./drift.ts";

function policy(spec: unknown, ...fieldsV1: [string, unknown][]): KubeObject {
  const managedFields = fieldsV1.map(([manager, fields]) => ({
    manager,
    operation: manager === "lattice-mesh" ? "Apply" : "Update",
    fieldsV1: fields,
  }));
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "p", ...(managedFields.length > 0 ? { managedFields } : {}) },
    spec,
  };
}

const OWN: [string, unknown] = ["lattice-mesh", { "f:spec": { "f:a": {}, "f:list": {} } }];

Deno.test("extras() removes what somebody set and nobody wants, at the highest place", () => {
  const wanted = policy({ a: { b: 1 } });
  const foreign = { "f:spec": { "f:a": { "f:c": {} }, "f:deep": { "f:er": {} } } };
  const live = policy({ a: { b: 1, c: 2 }, deep: { er: 1 } }, OWN, ["somebody", foreign]);
  deepEqual(extras(live, wanted), { spec: { a: { c: null }, deep: null } });
});

Deno.test("extras() leaves alone what the server filled in, the status, and what is shared", () => {
  const wanted = policy({ a: 1 });
  equal(extras(policy({ a: 1, defaulted: true }, OWN), wanted), undefined);
  const shared: [string, unknown] = ["somebody", { "f:spec": { "f:a": {} }, "f:status": {} }];
  equal(extras(policy({ a: 1 }, OWN, shared), wanted), undefined);
});

Deno.test("extras() knows fields that are gone already, and a second set of rules", () => {
  const gone: [string, unknown] = ["somebody", { "f:spec": { "f:x": {} } }];
  equal(extras(policy({ a: 1 }, OWN, gone), policy({ a: 1 })), undefined);
  const live = { ...policy({ a: 1 }, OWN, ["somebody", { "f:specs": {} }]), specs: [{}] };
  deepEqual(extras(live, policy({ a: 1 })), { specs: null });
});

Deno.test("needsWrite() compares lists that are owned whole to the last field", () => {
  const live = policy({ a: 1, list: [{ ports: [1], dns: ["*"] }] }, OWN);
  equal(needsWrite(policy({ a: 1, list: [{ ports: [1] }] }), live), true);
  equal(needsWrite(policy({ a: 1, list: [{ ports: [1], dns: ["*"] }] }), live), false);
  equal(needsWrite(policy({ a: 1, list: [] }), live), true);
  equal(needsWrite(policy({ a: 1, list: [{ ports: [1], dns: ["*"], empty: {} }] }), live), false);
});

Deno.test("needsWrite() lets the server complete items of keyed lists", () => {
  const fields = { "f:spec": { "f:list": { 'k:{"name":"x"}': { "f:name": {}, "f:port": {} } } } };
  const live = policy(
    { list: [{ name: "x", port: 1, protocol: "TCP" }] },
    ["lattice-mesh", fields],
  );
  equal(needsWrite(policy({ list: [{ name: "x", port: 1 }] }), live), false);
  equal(needsWrite(policy({ list: [{ name: "x", port: 2 }] }), live), true);
});
