import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { type LatticeCluster, parseCluster, ValidationError } from "./mod.ts";
import { CONFIGS, LOCAL, problemLines, withConfig } from "./testing.ts";

Deno.test("parseCluster() fills in defaults", () => {
  const cluster = parseCluster(LOCAL.replace("      bootstrap: kubeadm\n", ""));
  assert.equal(cluster.spec.provider.kubernetes.bootstrap, "kubeadm");
  const aws = parseCluster(withConfig("aws")).spec.provider.config.aws;
  assert.equal(aws?.loadBalancerType, "nlb");
  assert.equal(aws?.cpRootVolumeSizeGb, 80);
  const parent = parseCluster(
    LOCAL.replace("  nodes:", "  parentConfig: {service: {type: NodePort}}\n  nodes:"),
  ).spec.parentConfig;
  assert.deepEqual(parent, {
    grpcPort: 50051,
    bootstrapPort: 8443,
    proxyPort: 8081,
    service: { type: "NodePort" },
  });
});

Deno.test("parseCluster() reports every problem, in one error", () => {
  const text = LOCAL.replace("controlPlane: 1", "controlPlane: 2").replace("demo", "De_mo");
  assert.equal(problemLines(text).length, 2);
});

Deno.test("parseCluster() lets --bootstrap win over the file", () => {
  const cluster = parseCluster(LOCAL, { bootstrap: "rke2" });
  assert.equal(cluster.spec.provider.kubernetes.bootstrap, "rke2");
});

Deno.test("parseCluster() checks what --bootstrap makes of the file", () => {
  const text = LOCAL.replace("1.35.4", "1.35.4+rke2r1").replace("kubeadm", "rke2");
  assert.equal(parseCluster(text).spec.provider.kubernetes.bootstrap, "rke2");
  assert.throws(() => parseCluster(text, { bootstrap: "kubeadm" }), ValidationError);
});

Deno.test("parseCluster() takes the output of kubectl get -o yaml and drops what the server set", () => {
  const text = LOCAL.replace(
    "name: demo",
    "name: demo\n  uid: u\n  resourceVersion: '7'\n  generation: 1\n  labels: {a: b}",
  ) + "status:\n  phase: Ready\n  fromTheFuture: 1\n";
  const cluster = parseCluster(text);
  assert.deepEqual(cluster.metadata, { name: "demo", labels: { a: "b" } });
  assert.equal(cluster.status, undefined);
});

Deno.test("parseCluster() reads JSON, CRLF, a byte order mark and blank documents", () => {
  const cluster = parseCluster(LOCAL);
  assert.deepEqual(parseCluster(JSON.stringify(cluster)), cluster);
  assert.deepEqual(parseCluster(LOCAL.replaceAll("\n", "\r\n")), cluster);
  assert.deepEqual(parseCluster(`\uFEFF${LOCAL}`), cluster);
  assert.deepEqual(parseCluster(`---\n# only a comment\n---\n${LOCAL}---\n`), cluster);
});

Deno.test("parseCluster() refuses aliases that multiply", () => {
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x,x]",
    ..."bcdefgh".split("").map((key, index) => {
      const previous = "abcdefgh"[index];
      return `${key}: &${key} [${Array(10).fill(`*${previous}`).join(",")}]`;
    }),
  ].join("\n");
  assert.deepEqual(problemLines(bomb), [
    "c.yaml:1: has aliases that multiply; write the values out",
  ]);
});

Deno.test("parseCluster() refuses a text that no API server would take", () => {
  assert.match(problemLines(`# ${"x".repeat(1_600_000)}`)[0] ?? "", /1600002 characters long/);
});

Deno.test("parseCluster() takes v before the version", () => {
  const cluster = parseCluster(LOCAL.replace("1.35.4", "v1.35.4"), { versions: ["1.35.4"] });
  assert.equal(cluster.spec.provider.kubernetes.version, "v1.35.4");
});

Deno.test("parseCluster() of what it returned is the same (idempotent)", () => {
  for (const text of [LOCAL, ...Object.keys(CONFIGS).map((key) => withConfig(key as "aws"))]) {
    const once: LatticeCluster = parseCluster(text);
    assert.deepEqual(parseCluster(stringify(once, { version: "1.1" })), once);
  }
});

Deno.test("parseCluster() throws a ValidationError, whatever the text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    assert.throws(() => parseCluster(text, { file: "f" }), ValidationError);
  }));
});

Deno.test("parseCluster() never crashes on a mutilated file, and every problem has a line", () => {
  const lines = LOCAL.split("\n");
  fc.assert(
    fc.property(fc.nat(lines.length - 1), fc.nat(30), fc.string(), (row, at, junk) => {
      const line = lines[row] ?? "";
      const text = lines.with(row, line.slice(0, at) + junk + line.slice(at)).join("\n");
      try {
        parseCluster(text, { file: "f" });
      } catch (error) {
        assert.ok(error instanceof ValidationError, String(error));
        for (const problem of error.problems) assert.ok((problem.line ?? 0) >= 1);
      }
    }),
    { numRuns: 300 },
  );
});
