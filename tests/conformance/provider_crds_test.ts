/**
 * Every object that is rendered for the clouds, put to a real API server that holds the real CRDs, with
 * `fieldValidation=Strict`; and written a second time, which must change nothing, and which the operator must see.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import { connect, type KubeClient } from "@lattice/kube";
import { renderCluster } from "@lattice/providers";
import { needsApply } from "../../operator/cluster/difference.ts";
import { startApiServer } from "../support/apiserver.ts";
import {
  groupKind,
  installCrds,
  providerCrds,
  withoutConversion,
} from "../support/provider_crds.ts";
import { matrix } from "../support/provider_matrix.ts";

const MANAGER = "lattice-controller";

function apply(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  return client.apply(object, { manager: MANAGER, force: true, fieldValidation: "Strict" });
}

Deno.test("rendered clusters are accepted by the real CRDs, strictly, and a second time changes nothing", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const clusters = matrix().map((one) => ({ ...one, objects: renderCluster(one.cluster) }));
  const kinds = new Set(clusters.flatMap(({ objects }) => objects.map(groupKind)));
  const crds = (await providerCrds()).filter((crd) => kinds.has(groupKind(crd)));
  await installCrds(client, crds.map(withoutConversion));
  let count = 0;
  for (const { name, objects } of clusters) {
    await t.step(`${name}: ${objects.length} objects`, async () => {
      const metadata = { name: `capi-${name}` };
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata });
      for (const object of objects) {
        const first = await apply(client, object);
        const second = await apply(client, object);
        const what = `${object.kind} ${object.metadata.name}`;
        assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion, what);
        assert.equal(needsApply(object, second, MANAGER), false, `${what} looks changed`);
        count++;
      }
    });
  }
  await t.step("every kind but ConfigMap has its real CRD", () => {
    const held = new Set(crds.map(groupKind));
    assert.deepEqual([...kinds].filter((kind) => !held.has(kind)), ["/ConfigMap"]);
  });
  // deno-lint-ignore no-console
  console.info(
    `${count} objects of ${clusters.length} clusters, ${crds.length} CRDs, written twice`,
  );
});
