/**
 * Rendered workloads, put to a real kube-apiserver with `fieldValidation=Strict`.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import { connect } from "@lattice/kube";
import api from "../../examples/mesh/api-gateway.yaml" with { type: "text" };
import auth from "../../examples/mesh/auth-service.yaml" with { type: "text" };
import web from "../../examples/mesh/web-frontend.yaml" with { type: "text" };
import { startApiServer } from "../support/apiserver.ts";
import { FULL_WORKLOADS, renderAll } from "../support/mesh_workloads.ts";

/** Groups that every API server serves. */
const BUILT_IN = new Set(["v1", "apps/v1", "autoscaling/v2", "policy/v1"]);

Deno.test("workloads are accepted by a real API server, and applying them again changes nothing", async (t) => {
  await using server = await startApiServer({ apiServerArgs: ["--allow-privileged=true"] });
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  for (const name of ["docs", "shop"]) {
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const objects = renderAll([FULL_WORKLOADS, api, auth, web])
    .filter(({ apiVersion }) => BUILT_IN.has(apiVersion));
  const kinds = new Set(objects.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [
    "ConfigMap",
    "Deployment",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "Service",
    "ServiceAccount",
    "StatefulSet",
  ]);
  for (const object of objects) {
    await t.step(
      `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`,
      async () => {
        const options = { manager: "conformance", force: true, fieldValidation: "Strict" } as const;
        // A server rewrites a claim, without a change, the first time that it is applied again.
        if (object.kind === "PersistentVolumeClaim") await client.apply(object, options);
        const first = await client.apply<KubeObject>(object, options);
        const second = await client.apply<KubeObject>(object, options);
        assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
      },
    );
  }
});
