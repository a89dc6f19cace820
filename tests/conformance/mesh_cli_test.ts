/**
 * The commands about services against a real kube-apiserver with Lattice's CRDs.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type KubeObject,
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
  parseDocuments,
} from "@lattice/api";
import { connect } from "@lattice/kube";
import { compileAll, graphOf } from "@lattice/policy";
import { lattice } from "../../cli/testing/io.ts";
import api from "../../examples/mesh/api-gateway.yaml" with { type: "text" };
import auth from "../../examples/mesh/auth-service.yaml" with { type: "text" };
import web from "../../examples/mesh/web-frontend.yaml" with { type: "text" };
import { startApiServer } from "../support/apiserver.ts";
import { installCrds } from "../support/provider_crds.ts";

/** Stands in for Cilium's definition: the cluster's own objects are compared, whoever enforces them. */
const CILIUM: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "ciliumnetworkpolicies.cilium.io" },
  spec: {
    group: "cilium.io",
    scope: "Namespaced",
    names: {
      kind: "CiliumNetworkPolicy",
      listKind: "CiliumNetworkPolicyList",
      plural: "ciliumnetworkpolicies",
      singular: "ciliumnetworkpolicy",
    },
    versions: [{
      name: "v2",
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    }],
  },
};

Deno.test("services of a cluster are listed, explained, simulated and compiled", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const args = ["--kubeconfig", server.kubeconfigPath];

  await t.step("a cluster that does not know the kinds has no services", async () => {
    const { code, stdout } = await lattice(["get", "services", "-o", "json", ...args]);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "[]\n" });
  });

  for (const crd of [latticeServiceCrd(), latticeExternalServiceCrd(), latticeServicePolicyCrd()]) {
    await installCrds(client, [crd]);
  }
  await installCrds(client, [CILIUM]);
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const services = [api, auth, web].flatMap((text) => parseDocuments(text))
    .flatMap(({ object }) => object === undefined ? [] : [{ ...object }]);
  for (const service of services) await client.create(service);

  await t.step("get services", async () => {
    const { stdout } = await lattice(["get", "services", ...args], { now: new Date() });
    assert.match(stdout, /^NAMESPACE +NAME +PHASE +INBOUND +OUTBOUND +AGE\n/);
    assert.match(stdout, /^shop +web-frontend +Pending +0 +2 +\d+s$/m);
    const json = await lattice(["get", "services", "-n", "shop", "-o", "json", ...args]);
    const names = (JSON.parse(json.stdout) as KubeObject[]).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ["api-gateway", "auth-service", "web-frontend"]);
  });

  const states = async (): Promise<Record<string, string>> => {
    const line = ["explain", "web-frontend", "api-gateway", "--cluster", "a", "-o", "json"];
    const { stdout } = await lattice([...line, ...args]);
    const { verdict, objects } = JSON.parse(stdout) as {
      verdict: string;
      objects: { name: string; live: string }[];
    };
    assert.equal(verdict, "allowed");
    return Object.fromEntries(objects.map(({ name, live }) => [name, live]));
  };

  await t.step("explain tells what the cluster has of the objects", async () => {
    assert.deepEqual(await states(), {
      "allow-to-api-gateway": "missing",
      "policy-api-gateway": "missing",
      "policy-web-frontend": "missing",
    });
    const policies = compileAll(graphOf(services), { cluster: "a" });
    for (const object of policies.filter(({ kind }) => kind === "CiliumNetworkPolicy")) {
      if (object.metadata.namespace !== "shop") continue;
      const drifted = object.metadata.name === "policy-web-frontend";
      await client.create(drifted ? { ...object, spec: {} } : object);
    }
    assert.deepEqual(await states(), {
      "allow-to-api-gateway": "missing",
      "policy-api-gateway": "matches",
      "policy-web-frontend": "differs",
    });
  });

  await t.step("simulate compares a deletion with the cluster", async () => {
    const line = ["simulate", "--delete", "api-gateway", "-o", "json", ...args];
    const { code, stdout, stderr } = await lattice(line);
    assert.equal(code, 0, stderr);
    const { edges } = JSON.parse(stdout) as { edges: { lost: { caller: string }[] } };
    assert.deepEqual(edges.lost.map(({ caller }) => caller), [
      "shop/api-gateway",
      "shop/web-frontend",
    ]);
  });

  await t.step("compile and graph read the same from the cluster as from files", async () => {
    const folder = new URL("../../examples/mesh", import.meta.url).pathname;
    for (const line of [["compile", "--workloads", "--cluster", "a"], ["graph", "-o", "svg"]]) {
      const online = await lattice([...line, ...args]);
      const offline = await lattice([...line, "-f", folder]);
      assert.equal(online.code, 0, online.stderr);
      assert.equal(online.stdout, offline.stdout);
    }
  });
});
