/**
 * The mesh controllers on a real API server, with the rights of the operator and no more.
 *
 * @module
 */
import assert from "node:assert/strict";
import { applyAccess } from "@lattice/addons";
import {
  type KubeObject,
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
  type LatticeServiceStatus,
  MANAGED_BY_LABEL,
} from "@lattice/api";
import { connect } from "@lattice/kube";
import { compileAll, graphOf } from "@lattice/policy";
import { startApiServer } from "../../tests/support/apiserver.ts";
import { installCrds } from "../../tests/support/provider_crds.ts";
import {
  ALLOW,
  CLUSTER,
  CNP,
  Controllers,
  DEPLOYMENT,
  differences,
  eventually,
  kubeconfigAs,
  loosenDefinition,
  makeAvailable,
  objectsOf,
  patch,
  replicas,
  same,
  SERVICE,
  SHOP,
  versions,
  WAIT_MS,
  waitStatus,
} from "./shop_fixtures_test.ts";
import { installStandIns } from "./stand_ins.ts";
import { conditionOf } from "./status.ts";

Deno.test("the mesh controllers apply, prune, repair and report", async (t) => {
  await using server = await startApiServer();
  using admin = await connect({ text: server.kubeconfig });
  await applyAccess(admin, { operatorUser: "operator", capiUser: "capi", kwokUser: "kwok" });
  using client = await connect({ text: kubeconfigAs(server, "operator") });
  for (const crd of [latticeServiceCrd(), latticeExternalServiceCrd(), latticeServicePolicyCrd()]) {
    await installCrds(admin, [crd]);
  }
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  for (const object of objectsOf(SHOP)) await admin.create(object);

  await using controllers = new Controllers(client);
  const status = (name: string, holds: (status: LatticeServiceStatus) => boolean, what: string) =>
    waitStatus(admin, { ...SERVICE, name }, holds, what);

  await t.step(
    "without the kinds of the mesh the workload runs, and the status says so",
    async () => {
      const seen = await status(
        "cart",
        (each) => conditionOf(each, "WorkloadApplied")?.status === "True",
        "cart's workload",
      );
      const policy = conditionOf(seen, "PolicyApplied");
      assert.equal(policy?.status, "False");
      assert.equal(policy.reason, "MissingKinds");
      assert.match(policy.message, /cilium\.io\/v2 CiliumNetworkPolicy.*install their definitions/);
      assert.equal(seen.phase, "Pending");
      assert.equal(await replicas(admin, "cart"), 2);
      assert.equal(seen.observedGeneration, 1);
    },
  );

  await t.step("as soon as they are there, everything is applied", async () => {
    await installStandIns(admin, AbortSignal.timeout(WAIT_MS));
    await status(
      "web",
      (each) => conditionOf(each, "PolicyApplied")?.status === "True",
      "web's policies",
    );
    await eventually("objects of a fresh compilation", () => differences(admin, SHOP));
    const web = await status("web", (each) => each.edges?.length === 2, "web's edges");
    assert.deepEqual(web.edges, [
      { peer: "shop/cart", direction: "outbound", state: "agreed" },
      { peer: "shop/stripe", direction: "outbound", state: "agreed" },
    ]);
    assert.deepEqual(web.resolvedDependencies, {
      cart: "http://cart.shop.svc.cluster.local:80",
      stripe: "https://api.stripe.example:443",
    });
    const namespace = await admin.get<KubeObject>({
      apiVersion: "v1",
      kind: "Namespace",
      name: "shop",
    });
    assert.equal(namespace.metadata.labels?.["istio.io/dataplane-mode"], "ambient");
  });

  await t.step("a service policy counts what it selects", async () => {
    const ref = { ...SERVICE, kind: "LatticeServicePolicy", name: "money" };
    const seen = await waitStatus<{ matchedServices?: number; matchedServiceRefs?: string[] }>(
      admin,
      ref,
      (each) => each.matchedServices === 1,
      "one selected service",
    );
    assert.deepEqual(seen.matchedServiceRefs, ["shop/cart"]);
  });

  await t.step("with pods available it is ready, and an event says so", async () => {
    for (const name of ["web", "cart"]) await makeAvailable(admin, name);
    const seen = await status("cart", ({ phase }) => phase === "Ready", "cart to be ready");
    assert.equal(conditionOf(seen, "Ready")?.status, "True");
    await eventually("the events", async () => {
      const { items } = await admin.list<KubeObject>({
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
      }, { namespace: "shop" });
      const told = items.filter(({ regarding }) => (regarding as { name: string }).name === "cart")
        .map(({ reason, note }) => `${reason}: ${note}`);
      const wanted = ["EdgeAgreed: shop/web may call shop/cart", "Ready: policies are applied"];
      return wanted.every((each) => told.some((one) => one.startsWith(each)))
        ? undefined
        : told.join("\n");
    });
  });

  await t.step("what others change, add or delete is put back", async () => {
    const ref = { ...CNP, name: "policy-web" };
    const wanted = compileAll(graphOf(objectsOf(SHOP)), { cluster: CLUSTER })
      .find(({ metadata }) => metadata.name === "policy-web");
    const edits: [string, () => Promise<unknown>][] = [
      ["a changed rule", () => patch(admin, ref, { spec: { egress: [{ toEntities: ["all"] }] } })],
      [
        "an added field",
        () =>
          patch(admin, ref, {
            spec: { ingressDeny: [], nodeSelector: { matchLabels: { a: "b" } } },
          }),
      ],
      [
        "a weaker default",
        () => patch(admin, ref, { spec: { enableDefaultDeny: { egress: false } } }),
      ],
      ["a second set of rules", () => patch(admin, ref, { specs: [{ endpointSelector: {} }] })],
      [
        "a label that is gone",
        () => patch(admin, ref, { metadata: { labels: { [MANAGED_BY_LABEL]: null } } }),
      ],
      ["a deletion", () => admin.delete(ref)],
    ];
    for (const [what, edit] of edits) {
      await edit();
      const started = performance.now();
      await eventually(what, async () => {
        const live = await admin.find<KubeObject & { specs?: unknown }>(ref);
        if (live === undefined || live.specs !== undefined) return "not yet";
        const labels = live.metadata.labels ?? {};
        return same([live["spec"], labels], [wanted?.["spec"], wanted?.metadata.labels]);
      });
      assert.ok(performance.now() - started < 20_000, what);
    }
  });

  await t.step("an autoscaler takes over the number of pods that there are", async () => {
    await patch(admin, { ...SERVICE, name: "cart" }, { spec: { replicas: { max: 6 } } });
    const hpa = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
    await admin.wait<KubeObject>(
      { ...hpa, namespace: "shop", name: "cart" },
      (object) => object !== undefined,
      { timeoutMs: WAIT_MS, what: "the autoscaler" },
    );
    assert.equal(await replicas(admin, "cart"), 2);
    await admin.patch({ ...DEPLOYMENT, name: "cart" }, {
      type: "merge",
      subresource: "scale",
      body: { spec: { replicas: 5 } },
    });
    await patch(admin, { ...SERVICE, name: "cart" }, {
      spec: { containers: { main: { image: "registry.local/cart:3" } } },
    });
    await eventually("the new image", async () => {
      const live = JSON.stringify(await admin.get({ ...DEPLOYMENT, name: "cart" }));
      return live.includes("cart:3") ? undefined : "the old one";
    });
    assert.equal(await replicas(admin, "cart"), 5);
    await patch(admin, { ...SERVICE, name: "cart" }, { spec: { replicas: { max: null } } });
    await eventually("two pods again, and no autoscaler", async () => {
      const left = await admin.find({ ...hpa, namespace: "shop", name: "cart" });
      const count = await replicas(admin, "cart");
      return left === undefined && count === 2 ? undefined : `${count} pods`;
    });
  });

  await t.step("what is not ours is not touched", async () => {
    const mine = { ...DEPLOYMENT, name: "mine" };
    const template = {
      metadata: { labels: { app: "mine" } },
      spec: { containers: [{ name: "a", image: "b" }] },
    };
    const { apiVersion, kind, namespace, name } = mine;
    const before = await admin.create<KubeObject>({
      apiVersion,
      kind,
      metadata: { namespace, name },
      spec: { selector: { matchLabels: { app: "mine" } }, template },
    });
    const copied = await admin.get<KubeObject>({ ...CNP, name: "policy-web" });
    await admin.create({
      apiVersion: copied.apiVersion,
      kind: copied.kind,
      metadata: { name: "copied", namespace: "shop", labels: copied.metadata.labels ?? {} },
      spec: copied["spec"],
    });
    const [object] = objectsOf(`
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: mine, namespace: shop}
spec: {containers: {main: {image: "a:1"}}}
`);
    await admin.create(object as KubeObject);
    const seen = await status(
      "mine",
      (each) => conditionOf(each, "WorkloadApplied")?.reason === "NameTaken",
      "the name to be taken",
    );
    assert.match(conditionOf(seen, "WorkloadApplied")?.message ?? "", /Deployment shop\/mine/);
    const after = await admin.get<KubeObject>(mine);
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.ok(await admin.find({ ...CNP, name: "copied" }));
    await admin.delete(mine);
    await admin.delete({ ...SERVICE, name: "mine" });
    await eventually("mine to be gone", () => differences(admin, SHOP));
    assert.ok(await admin.find({ ...CNP, name: "copied" }), "a copy is somebody's own");
    await admin.delete({ ...CNP, name: "copied" });
  });

  await t.step("an object that breaks a rule stops no other, and keeps what it had", async () => {
    const before = await admin.get<KubeObject>({ ...CNP, name: "policy-cart" });
    await loosenDefinition(admin);
    await eventually(
      "the definition to let anything through",
      () =>
        patch(admin, { ...SERVICE, name: "cart" }, { spec: { containers: { main: null } } })
          .then(() => undefined, String),
    );
    const seen = await status("cart", ({ phase }) => phase === "Failed", "cart to be refused");
    assert.equal(conditionOf(seen, "Valid")?.reason, "ValidationFailed");
    const web = await status(
      "web",
      ({ edges }) => edges?.some(({ state }) => state === "unknown-target") ?? false,
      "web to wait",
    );
    assert.equal(conditionOf(web, "DependenciesReady")?.status, "False");
    await eventually("web to lose its right", async () => {
      const live = JSON.stringify(
        (await admin.get<KubeObject>({ ...CNP, name: "policy-web" }))["spec"],
      );
      return live.includes('"k8s:lattice.dev/service":"cart"') ? live : undefined;
    });
    const after = await admin.get<KubeObject>({ ...CNP, name: "policy-cart" });
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.ok(await admin.find({ ...DEPLOYMENT, name: "cart" }));
    await patch(admin, { ...SERVICE, name: "cart" }, {
      spec: { containers: { main: { image: "registry.local/cart:2" } } },
    });
    await eventually("the edge again", () => differences(admin, SHOP));
  });

  await t.step("metrics count objects, edges and compilations", async () => {
    const { body } = await controllers.metrics.text();
    assert.match(body, /lattice_mesh_edges\{verdict="agreed"\} 2/);
    assert.match(body, /lattice_mesh_objects\{kind="CiliumNetworkPolicy"\} \d/);
    assert.match(body, /lattice_mesh_compile_seconds_count\{layer="policy"\} [1-9]/);
    assert.match(
      body,
      /lattice_reconcile_total\{controller="lattice-mesh-policies",result="success"\}/,
    );
  });

  await controllers[Symbol.asyncDispose]();
  await t.step("a second operator writes nothing", async () => {
    const before = await versions(admin);
    await using second = new Controllers(client);
    await patch(admin, { ...SERVICE, name: "web" }, { metadata: { labels: { seen: "yes" } } });
    await eventually("the second operator", async () => {
      const { body } = await second.metrics.text();
      return /lattice-mesh-statuses",result="success"/.test(body) ? undefined : "not yet";
    });
    assert.deepEqual(await versions(admin), before);
  });

  await t.step(
    "deleting a service deletes all of it, and the rights of its neighbours",
    async () => {
      await using _third = new Controllers(client);
      await status("web", ({ edges }) => edges?.length === 2, "web's edges");
      await admin.delete({ ...SERVICE, name: "web" });
      const started = performance.now();
      await eventually("no rights", async () => {
        const left = await admin.find({ ...ALLOW, name: "allow-to-cart" });
        return left === undefined ? undefined : "still there";
      });
      // deno-lint-ignore no-console -- the time is part of what is shown.
      console.info(`revoked within ${Math.round(performance.now() - started)} ms`);
      const rest = SHOP.slice(SHOP.indexOf("---"));
      await eventually("everything of web to be gone", () => differences(admin, rest));
      for (const name of ["cart"]) await admin.delete({ ...SERVICE, name });
      await admin.delete({ ...SERVICE, kind: "LatticeExternalService", name: "stripe" });
      await eventually("nothing to be left", () => differences(admin, ""));
    },
  );
});
