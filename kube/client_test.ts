import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { ApiError } from "./errors.ts";
import { connect, type KubeClient } from "./client.ts";
import {
  CONFIG_MAP,
  type ConfigMap,
  configMap,
  newNamespace,
  refTo,
  startApiServer,
} from "./live_test_support.ts";

/** Expects a refusal with a code and an HTTP status. */
function refusal(code: string, httpStatus: number): (error: unknown) => boolean {
  return (error) => {
    const { code: actual, httpStatus: status } = error as ApiError;
    deepEqual([actual, status], [code, httpStatus]);
    return true;
  };
}

Deno.test("KubeClient on a real API server", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ text: server.kubeconfig });
  const ns = await newNamespace(client, "client");

  await t.step("creates, reads, replaces and deletes an object", async () => {
    const created = await client.create<ConfigMap>(configMap(ns, "a", { x: "1" }));
    ok(created.metadata.uid);
    const changed = { ...created, data: { x: "2" } };
    const replaced = await client.replace<ConfigMap>(changed);
    equal(replaced.data?.["x"], "2");
    await rejects(client.replace(changed), refusal("conflict", 409));
    deepEqual((await client.get<ConfigMap>(refTo(ns, "a"))).data, { x: "2" });
    equal(await client.delete(refTo(ns, "a")), true);
    equal(await client.delete(refTo(ns, "a")), false);
    equal(await client.find(refTo(ns, "a")), undefined);
  });

  await t.step("explains a refusal with the server's Status", async () => {
    await rejects(client.get(refTo(ns, "nobody")), (error: ApiError) => {
      equal(error.code, "not-found");
      equal(error.reason, "NotFound");
      equal(error.status.details?.name, "nobody");
      match(error.message, /GET \/api\/v1\/namespaces\/client\/configmaps\/nobody: 404/);
      return true;
    });
    await client.create(configMap(ns, "twice"));
    await rejects(client.create(configMap(ns, "twice")), refusal("conflict", 409));
    await rejects(client.create(configMap(ns, "NOT VALID")), refusal("validation", 422));
  });

  await t.step("applies server-side, refuses others' fields and takes them by force", async () => {
    await client.apply(configMap(ns, "ssa", { mine: "1", other: "1" }), { manager: "first" });
    const theirs = configMap(ns, "ssa", { mine: "2" });
    await rejects(client.apply(theirs, { manager: "second" }), refusal("conflict", 409));
    const forced = await client.apply<ConfigMap>(theirs, { manager: "second", force: true });
    deepEqual(forced.data, { mine: "2", other: "1" });
    const left = await client.apply<ConfigMap>(configMap(ns, "ssa", {}), { manager: "first" });
    deepEqual(left.data, { mine: "2" });
  });

  await t.step("applies strictly: an unknown field is a validation error", async () => {
    const odd = { ...configMap(ns, "odd"), dota: {} };
    await rejects(
      client.apply(odd, { manager: "m", fieldValidation: "Strict" }),
      (error: ApiError) => error.code === "validation" && /dota/.test(error.message),
    );
  });

  await t.step("patches by merge and by JSON patch, and stores nothing on a dry run", async () => {
    await client.create(configMap(ns, "patched", { x: "1" }));
    const ref = refTo(ns, "patched");
    await client.patch(ref, { type: "merge", body: { data: { y: "2" } } });
    const body = [{ op: "test", path: "/data/x", value: "1" }, { op: "remove", path: "/data/x" }];
    await client.patch(ref, { type: "json", body });
    await rejects(client.patch(ref, { type: "json", body }), refusal("validation", 422));
    await client.patch(ref, { type: "merge", body: { data: { z: "3" } }, dryRun: true });
    deepEqual((await client.get<ConfigMap>(ref)).data, { y: "2" });
  });

  await t.step("deletes only what its preconditions name", async () => {
    const { metadata } = await client.create<ConfigMap>(configMap(ns, "guarded"));
    const ref = refTo(ns, "guarded");
    await rejects(client.delete(ref, { uid: "another" }), refusal("conflict", 409));
    await rejects(client.delete(ref, { resourceVersion: "1" }), refusal("conflict", 409));
    equal(await client.delete(ref, { uid: metadata.uid, dryRun: true }), true);
    equal(await client.delete(ref, { uid: metadata.uid }), true);
  });

  await t.step("lists page by page, with kinds filled in and selectors", async () => {
    const paged = await newNamespace(client, "paged");
    for (let index = 0; index < 7; index++) {
      const labels = { parity: index % 2 === 0 ? "even" : "odd" };
      const object = configMap(paged, `p${index}`);
      await client.create({ ...object, metadata: { ...object.metadata, labels } });
    }
    const before = client.metrics.requests;
    const { items, resourceVersion } = await client.list(CONFIG_MAP, {
      namespace: paged,
      pageSize: 3,
    });
    equal(client.metrics.requests - before, 3);
    deepEqual(items.map((item) => item.metadata.name), ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]);
    ok(items.every((item) => item.kind === "ConfigMap" && item.apiVersion === "v1"));
    ok(Number(resourceVersion) > 0);
    const odd = await client.list(CONFIG_MAP, { namespace: paged, labelSelector: "parity=odd" });
    equal(odd.items.length, 3);
  });

  await t.step("never addresses a collection when a name or a namespace is missing", async () => {
    await rejects(client.delete(refTo(ns, "")), { code: "usage" });
    await rejects(client.get({ ...CONFIG_MAP, name: "x" }), { code: "usage" });
    await rejects(client.apply({ ...CONFIG_MAP, metadata: {} }, { manager: "m" }), {
      code: "usage",
    });
  });

  await t.step("finds kinds that were defined a moment ago, in every served version", async () => {
    const widget = { apiVersion: "kube.test/v1", kind: "Widget" };
    await rejects(client.list(widget), { code: "not-found" });
    await client.create(widgetCrd());
    const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
    await client.wait<{ status?: { conditions?: { type: string; status: string }[] } }>(
      { ...crd, name: "widgets.kube.test" },
      (object) =>
        object?.status?.conditions?.some((c) => c.type === "Established" && c.status === "True") ??
          false,
      { timeoutMs: 20_000, what: "the CRD to be Established" },
    );
    await client.wait({ ...widget, name: "w" }, () => true, { timeoutMs: 20_000, what: "Widgets" });
    const created = await client.create({ ...widget, metadata: { name: "w" } });
    equal(created.metadata.name, "w");
    const versions = (await client.resources()).filter((resource) => resource.kind === "Widget");
    deepEqual(versions.map((r) => [r.version, r.plural, r.namespaced, r.subresources]).toSorted(), [
      ["v1", "widgets", false, ["status"]],
      ["v1alpha1", "widgets", false, ["status"]],
    ]);
  });

  await t.step("ends a call by its signal and by its time", async () => {
    const reason = new Error("changed my mind");
    await rejects(client.get(refTo(ns, "a"), { signal: AbortSignal.abort(reason) }), reason);
    await rejects(client.raw("/readyz", { timeoutMs: 0 }), { code: "unavailable" });
  });

  await t.step("answers raw requests whatever their status is", async () => {
    const ready = await client.raw("/readyz");
    deepEqual([ready.status, await ready.text()], [200, "ok"]);
    equal((await client.raw("/nowhere")).status, 404);
  });

  await t.step("refuses credentials that the server does not know", async () => {
    using stranger = await connect({ text: server.kubeconfig.replaceAll(server.token, "wrong") });
    await rejects(stranger.get(refTo(ns, "a")), refusal("forbidden", 401));
  });

  await t.step("reaches this machine directly when the environment names a proxy", async () => {
    const program = `
      import { connect } from "${new URL("./mod.ts", import.meta.url)}";
      using client = await connect({ kubeconfig: "${server.kubeconfigPath}" });
      console.log(await (await client.raw("/readyz")).text());`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--cached-only", program],
      env: { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "elsewhere" },
    }).output();
    equal(new TextDecoder().decode(stdout), "ok\n");
  });

  await t.step("fails every call once it is disposed", async () => {
    let closed: KubeClient | undefined;
    {
      using short = await connect({ text: server.kubeconfig });
      closed = short;
    }
    await rejects(closed.get(refTo(ns, "a")), { code: "unavailable" });
  });
});

Deno.test("KubeClient says at once that nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const server = `https://127.0.0.1:${listener.addr.port}`;
  const text = JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    contexts: [{ name: "c", context: { cluster: "c" } }],
    "current-context": "c",
  });
  using client = await connect({ text });
  await rejects(client.raw("/readyz"), { code: "unavailable" });
  equal(client.metrics.requests, 1);
});

function widgetCrd(): {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: unknown;
} {
  const schema = { openAPIV3Schema: { type: "object" } };
  const subresources = { status: {} };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.kube.test" },
    spec: {
      group: "kube.test",
      scope: "Cluster",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      versions: [
        { name: "v1", served: true, storage: true, schema, subresources },
        { name: "v1alpha1", served: true, storage: false, schema, subresources },
      ],
    },
  };
}
