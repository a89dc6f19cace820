import assert from "node:assert/strict";
import { buildError, isRecentGo } from "./go.ts";
import { applyPatch } from "./patch.ts";
import { cacheKey, components, linkerFlags, pinnedVersions } from "./recipe.ts";

Deno.test("pinnedVersions() reads the versions of go.mod", () => {
  const versions = pinnedVersions();
  assert.deepEqual(Object.keys(versions).sort(), ["capi", "etcd", "kubernetes", "kwok"]);
  for (const version of Object.values(versions)) assert.match(version, /^\d+\.\d+\.\d+$/);
});

Deno.test("cacheKey() is stable, and differs between platforms", () => {
  assert.match(cacheKey(), /^[0-9a-f]{16}$/);
  assert.equal(cacheKey(), cacheKey());
  assert.notEqual(cacheKey("linux-x86_64"), cacheKey("darwin-aarch64"));
});

Deno.test("linkerFlags() sets the version that clients parse", () => {
  const all = components({ kubernetes: "1.35.4", capi: "1.13.6", kwok: "0.7.0", etcd: "3.6.8" });
  const flags = (name: string): string => linkerFlags(all.find((c) => c.name === name)!);
  assert.match(
    flags("kube-apiserver"),
    / -X k8s\.io\/component-base\/version\.gitVersion=v1\.35\.4 /,
  );
  assert.match(flags("kubectl"), / -X k8s\.io\/client-go\/pkg\/version\.gitMinor=35( |$)/);
  assert.match(
    flags("clusterctl"),
    / -X sigs\.k8s\.io\/cluster-api\/version\.gitVersion=v1\.13\.6 /,
  );
  assert.equal(flags("etcd"), "-s -w");
});

Deno.test("isRecentGo() accepts 1.25 and newer", () => {
  for (const version of ["go1.25", "go1.25.0", "go1.26rc1", "go2.0", "devel go1.27-a1b2c3"]) {
    assert.ok(isRecentGo(version), version);
  }
  for (const version of ["go1.24.9", "go1.9", "", "gopher"]) {
    assert.ok(!isRecentGo(version), version);
  }
});

Deno.test("buildError() fits the remedy to the cause", () => {
  const cases: [string, string, RegExp][] = [
    ["write /tmp/x: no space left on device", "prerequisite", /free some disk space/],
    ['Get "https://x": dial tcp: lookup x: no such host', "prerequisite", /module proxy/],
    ["x.go:1:1: syntax error", "internal", /run the set-up again/],
  ];
  for (const [output, code, remedy] of cases) {
    const error = buildError({ name: "etcd" }, output);
    assert.equal(error.code, code, output);
    assert.match(error.remedy ?? "", remedy);
    assert.ok(error.message.includes(output));
  }
});

Deno.test("applyPatch() replaces a text that occurs once, and refuses anything else", () => {
  const patch = { module: "m", file: "main.go", find: "Port: p,", replace: "Host: h, Port: p," };
  assert.equal(applyPatch("{ Port: p, }", patch), "{ Host: h, Port: p, }");
  for (const source of ["", "{ Port: q, }", "{ Port: p, Port: p, }"]) {
    assert.throws(() => applyPatch(source, patch), /Cannot patch "main.go" of "m"/);
  }
});
