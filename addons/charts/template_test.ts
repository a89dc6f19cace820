import assert from "node:assert/strict";
import type { ChartPart } from "../bundle/types.ts";
import { CHART_REPOSITORIES } from "./repositories.ts";
import { pullArgs } from "./repository.ts";
import { isBuiltIn, parseObjects, templateArgs } from "./template.ts";

const PART: ChartPart = {
  part: "chart",
  chart: "cilium",
  version: "1.18.5",
  release: "cilium",
  values: { secret: "s3cret" },
};

Deno.test("templateArgs() names chart, namespace and version, and no value", () => {
  const args = templateArgs(PART, {
    helm: "helm",
    path: "/charts/cilium",
    namespace: "kube-system",
    kubernetes: { minor: 35, text: "1.35.4" },
  });
  assert.deepEqual(args, [
    "template",
    "cilium",
    "/charts/cilium",
    "--namespace",
    "kube-system",
    "--kube-version",
    "v1.35.4",
    "--include-crds",
    "--no-hooks",
    "--skip-tests",
    "--values",
    "-",
  ]);
});

Deno.test("pullArgs() fetches from an index, or straight from a registry of charts", () => {
  const [verb, name, flag, repository, ...rest] = pullArgs(
    "cilium",
    "1.18.5",
    CHART_REPOSITORIES.cilium,
    "/tmp/x",
  );
  assert.deepEqual([verb, name, flag], ["pull", "cilium", "--repo"]);
  assert.match(repository ?? "", /^https:/);
  assert.deepEqual(rest, ["--version", "1.18.5", "--destination", "/tmp/x"]);
  const [, from, ...more] = pullArgs(
    "proxmox-csi-plugin",
    "0.3.11",
    CHART_REPOSITORIES["proxmox-csi-plugin"],
    "/tmp/x",
  );
  assert.match(from ?? "", /^oci:.*\/proxmox-csi-plugin$/);
  assert.deepEqual(more, ["--version", "0.3.11", "--destination", "/tmp/x"]);
});

Deno.test("parseObjects() skips empty documents and takes lists apart", () => {
  const text = `---
# nothing
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {words: "on", switch: on, time: 12:30}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Secret, metadata: {name: b}}
  - {apiVersion: v1, kind: Secret, metadata: {name: c}}
`;
  const objects = parseObjects(text, "a test");
  assert.deepEqual(objects.map(({ metadata }) => metadata.name), ["a", "b", "c"]);
  assert.deepEqual(objects[0]?.["data"], { words: "on", switch: true, time: "12:30" });
  assert.deepEqual(parseObjects("", "a test"), []);
});

Deno.test("parseObjects() refuses what is no object", () => {
  for (const text of ["a: 1", "kind: X\nmetadata: {}", "- 1", "{", "just words"]) {
    assert.throws(() => parseObjects(text, 'the chart "x"'), {
      code: "internal",
      message: /^Cannot read what the chart "x" contains: /,
    }, text);
  }
});

Deno.test("isBuiltIn() knows the groups that are always served", () => {
  const builtIn = ["v1", "apps/v1", "rbac.authorization.k8s.io/v1", "storage.k8s.io/v1"];
  for (const apiVersion of builtIn) assert.ok(isBuiltIn({ apiVersion }), apiVersion);
  const others = ["cilium.io/v2", "snapshot.storage.k8s.io/v1", "gateway.networking.k8s.io/v1"];
  for (const apiVersion of others) assert.ok(!isBuiltIn({ apiVersion }), apiVersion);
});
