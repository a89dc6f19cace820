import assert from "node:assert/strict";
import { connect, type KubeObject } from "@lattice/kube";
import { startApiServer } from "../../tests/support/apiserver.ts";
import { locateSet } from "./locate.ts";

/** Objects of every file of the sets that tests build; CRDs of Gateway API are there twice. */
async function objectsOfSets(): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const name of ["crds", "kubeadm"] as const) {
    const set = await locateSet(name);
    for (const file of set.files()) objects.push(...await set.objects(file));
  }
  return objects;
}

Deno.test("an API server accepts every manifest of the sets", async () => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const objects = await objectsOfSets();
  for (const { metadata, ...rest } of objects) {
    // Roles of leader election leave their namespace to whoever installs them.
    const namespace = rest.kind === "Role" ? { namespace: "default" } : {};
    const object = { ...rest, metadata: { ...metadata, ...namespace } };
    const manager = "lattice-tools-test";
    const created = await client.apply(object, {
      manager,
      force: true,
      dryRun: true,
      fieldValidation: "Strict",
    });
    assert.equal(created.metadata.name, metadata.name);
  }
  assert.ok(objects.length > 120, `only ${objects.length}`);
});
