import assert from "node:assert/strict";
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import fc from "fast-check";
import {
  formatManifest,
  locateTools,
  type ManifestObject,
  openTools,
  parseManifest,
} from "./locate.ts";
import { cacheKey, MANIFESTS } from "./recipe.ts";
import { smallMirror, temporaryFolder } from "./testing.ts";

async function prerequisite(work: Promise<unknown>, pattern: RegExp): Promise<void> {
  const error = await work.then(() => undefined, (e: unknown) => e);
  assert.ok(error instanceof LatticeError, String(error));
  assert.equal(error.code, "prerequisite");
  assert.match(error.message, pattern);
  assert.ok(error.remedy);
}

/** `locateTools()` with another cache; restores the variable. */
async function locateIn(folder: string): Promise<string> {
  const before = Deno.env.get("LATTICE_TOOLS_DIR");
  Deno.env.set("LATTICE_TOOLS_DIR", folder);
  try {
    return (await locateTools()).dir;
  } finally {
    if (before === undefined) Deno.env.delete("LATTICE_TOOLS_DIR");
    else Deno.env.set("LATTICE_TOOLS_DIR", before);
  }
}

Deno.test("locateTools() accepts the folder of all caches, and one cache folder", async () => {
  await using folder = await temporaryFolder();
  const dir = await smallMirror(folder.path);
  assert.equal(await locateIn(folder.path), join(folder.path, cacheKey()));
  assert.equal(await locateIn(dir), dir);
});

Deno.test("openTools() refuses what is absent, short, unreadable or of another platform", async () => {
  await using folder = await temporaryFolder();
  await prerequisite(openTools(folder.path), /are not built/);
  const dir = await smallMirror(folder.path);
  const inventory = await Deno.readTextFile(join(dir, "tools.json"));
  await Deno.truncate(join(dir, "kubectl"), 2);
  await prerequisite(openTools(dir), /"kubectl" is absent or damaged/);
  await Deno.writeTextFile(join(dir, "tools.json"), inventory.slice(0, 40));
  await prerequisite(openTools(dir), /Cannot read the component inventory/);
  await Deno.writeTextFile(join(dir, "tools.json"), inventory.replace(Deno.build.os, "plan9"));
  await prerequisite(openTools(dir), /are for plan9/);
  await Deno.writeTextFile(join(dir, "tools.json"), inventory.replace('"etcd",', '"../etcd",'));
  await prerequisite(openTools(dir), /Cannot read the component inventory/);
});

Deno.test("parseManifest() reads back whatever formatManifest() wrote", () => {
  const object: fc.Arbitrary<ManifestObject> = fc.record({
    apiVersion: fc.string(),
    kind: fc.string(),
    metadata: fc.record({ name: fc.string() }, { noNullPrototype: true }),
    data: fc.constantFrom("---", "a\n---\nb", "\u2028---\u2028", "no"),
  }, { noNullPrototype: true });
  fc.assert(fc.property(fc.array(object), (objects) => {
    assert.deepEqual(parseManifest(formatManifest(objects)), objects);
  }));
});

Deno.test("the built manifests hold what a cluster needs", async () => {
  const tools = await locateTools();
  const kinds = Object.fromEntries(
    await Promise.all(MANIFESTS.map(async (name) => [
      name,
      (await tools.objects(name)).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ])),
  ) as Record<string, string[]>;
  for (const plural of ["clusters", "machines", "machinesets", "machinedeployments"]) {
    const name = `CustomResourceDefinition ${plural}.cluster.x-k8s.io`;
    assert.ok(kinds["capi-crds.yaml"]?.includes(name), name);
  }
  assert.deepEqual(kinds["capi-webhooks.yaml"], [
    "MutatingWebhookConfiguration capi-mutating-webhook-configuration",
    "ValidatingWebhookConfiguration capi-validating-webhook-configuration",
  ]);
  assert.ok(kinds["capi-rbac.yaml"]?.includes("ClusterRole capi-manager-role"));
  assert.deepEqual(kinds["kwok-stages.yaml"], [
    "Stage node-initialize",
    "Stage node-heartbeat-with-lease",
    "Stage pod-complete",
    "Stage pod-delete",
    "Stage pod-ready",
  ]);
});

Deno.test("every CRD of Cluster API converts through its webhook and is found by clusterctl", async () => {
  for (const crd of await (await locateTools()).objects("capi-crds.yaml")) {
    const { conversion } = crd["spec"] as { conversion?: { strategy: string } };
    assert.equal(conversion?.strategy, "Webhook", crd.metadata.name);
    assert.equal(crd.metadata.labels?.["clusterctl.cluster.x-k8s.io"], "", crd.metadata.name);
  }
});
