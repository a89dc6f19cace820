import { equal } from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import fc from "fast-check";
import { appliedObject } from "./fixtures_test.ts";
import { contains, needsApply } from "./difference.ts";

const MANAGER = "lattice-controller";

function object(spec: unknown, labels?: Record<string, string>): KubeObject {
  const metadata = { name: "a", ...(labels ? { labels } : {}) };
  return { apiVersion: "v1", kind: "Thing", metadata, spec };
}

Deno.test("needsApply() is true for what is absent or was never applied", () => {
  equal(needsApply(object({ a: 1 }), undefined, MANAGER), true);
  equal(needsApply(object({ a: 1 }), object({ a: 1 }), MANAGER), true);
});

Deno.test("needsApply() is false for what was applied, whatever others added", () => {
  const wanted = object({ a: 1, b: { c: ["x"] } }, { l: "1" });
  const live = appliedObject(wanted);
  equal(needsApply(wanted, live, MANAGER), false);
  const extended = { ...live, spec: { ...live["spec"] as object, other: 1 }, status: { s: 1 } };
  equal(needsApply(wanted, extended, MANAGER), false);
});

Deno.test("needsApply() is true when a field that was applied is no longer wanted", () => {
  const live = appliedObject(object({ a: 1, b: 2 }, { l: "1" }));
  equal(needsApply(object({ a: 1 }, { l: "1" }), live, MANAGER), true);
  equal(needsApply(object({ a: 1, b: 2 }), live, MANAGER), true);
});

Deno.test("needsApply() knows the items of keyed lists", () => {
  const taint = { key: "k", effect: "NoSchedule", value: "v" };
  const fieldsV1 = {
    "f:spec": { "f:taints": { 'k:{"effect":"NoSchedule","key":"k"}': { ".": {}, "f:value": {} } } },
  };
  const managedFields = [{ manager: MANAGER, operation: "Apply", fieldsV1 }];
  const base = object({ taints: [taint] });
  const live = { ...base, metadata: { ...base.metadata, managedFields } };
  equal(needsApply(base, live, MANAGER), false);
  equal(needsApply(object({}), live, MANAGER), true);
  equal(needsApply(object({ taints: [{ ...taint, value: "w" }] }), live, MANAGER), true);
});

/** An object of which the manager owns these fields of `spec`, with no names below them. */
function owning(spec: unknown, ...fields: string[]): KubeObject {
  const owned = Object.fromEntries(fields.map((field) => [`f:${field}`, {}]));
  const managedFields = [{ manager: MANAGER, operation: "Apply", fieldsV1: { "f:spec": owned } }];
  const base = object(spec);
  return { ...base, metadata: { ...base.metadata, managedFields } };
}

Deno.test("needsApply() sees a field that is no longer wanted inside of a list that is owned whole", () => {
  const full = { files: [{ path: "/a", mode: "0600" }] };
  const live = owning(full, "files");
  equal(needsApply(object(full), live, MANAGER), false);
  equal(needsApply(object({ files: [{ path: "/a" }] }), live, MANAGER), true);
  equal(needsApply(object({}), live, MANAGER), true);
});

Deno.test("needsApply() leaves alone what others put into what was applied empty", () => {
  const live = owning(
    { endpoint: { host: "127.0.0.1" }, items: [{ name: "a" }] },
    "endpoint",
    "items",
  );
  equal(needsApply(object({ endpoint: {}, items: [] }), live, MANAGER), false);
  const filled = owning({ endpoint: { host: "127.0.0.1" } });
  equal(needsApply(object({}), filled, MANAGER), false);
});

Deno.test("needsApply() lets webhooks complete a reference that is owned whole", () => {
  const live = owning({ ref: { kind: "K", name: "x", namespace: "n" } }, "ref");
  equal(needsApply(object({ ref: { kind: "K", name: "x" } }), live, MANAGER), false);
  equal(needsApply(object({ ref: { kind: "K", name: "y" } }), live, MANAGER), true);
});

Deno.test("needsApply() does not count what the manager owns of the status", () => {
  const base = object({ a: 1 });
  const managedFields = [
    { manager: MANAGER, operation: "Apply", subresource: "status", fieldsV1: { "f:status": {} } },
    { manager: MANAGER, operation: "Apply", fieldsV1: { "f:spec": { "f:a": {} } } },
  ];
  equal(
    needsApply(base, { ...base, metadata: { ...base.metadata, managedFields } }, MANAGER),
    false,
  );
});

Deno.test("needsApply() is false after an apply of any object", () => {
  const spec = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.oneof(
      fc.integer(),
      fc.string({ minLength: 1 }),
      fc.array(fc.integer(), { minLength: 1 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.boolean(), { minKeys: 1 }),
    ),
  );
  fc.assert(fc.property(spec, (each) => {
    const wanted = object(each);
    equal(needsApply(wanted, appliedObject(wanted), MANAGER), false);
  }));
});

Deno.test("contains() takes empty for absent and compares lists item by item", () => {
  equal(contains({}, { a: {}, b: [], c: undefined }), true);
  equal(contains({ a: [1, 2] }, { a: [1, 2] }), true);
  equal(contains({ a: [1, 2] }, { a: [1] }), false);
  equal(contains({ a: 0 }, { a: false }), false);
  equal(contains("a", { a: 1 }), false);
});
