import assert from "node:assert/strict";
import { stringify } from "yaml";
import { parseDocuments } from "./documents.ts";
import { requestersField } from "./external_schema.ts";
import type { LatticeExternalService } from "./external_types.ts";
import { anExternal, aService, whole } from "./service_fixtures_test.ts";
import type { LatticeService } from "./service_types.ts";

const README = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata:
  name: api-gateway
spec:
  containers:
    main:
      image: myorg/api:v1.2.3
  service:
    ports:
      http:
        port: 8080
  resources:
    auth-service:
      type: service
      direction: outbound        # "I call auth-service"
    web-frontend:
      type: service
      direction: inbound         # "web-frontend can call me"
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeExternalService
metadata:
  name: stripe-api
spec:
  endpoints:
    api: "https://api.stripe.com:443"
  allowed_requesters:
    - payment-service
`;

Deno.test("the manifests of the README are taken as they are", () => {
  const [gateway, stripe, ...rest] = parseDocuments(README, { file: "mesh.yaml" });
  assert.equal(rest.length, 0);
  const service = whole(gateway) as LatticeService;
  assert.equal(gateway?.key, "default/api-gateway");
  assert.equal(service.spec.resources["web-frontend"]?.direction, "inbound");
  assert.deepEqual(service.spec.service?.ports, { http: { port: 8080, protocol: "TCP" } });
  assert.deepEqual(service.spec.replicas, { min: 1 });
  const external = whole(stripe) as LatticeExternalService;
  assert.deepEqual(external.spec.allowedRequesters, ["payment-service"]);
  assert.equal(external.spec.resolution, "dns");
  assert.equal(requestersField(external.spec), "allowed_requesters");
});

Deno.test("either spelling of the requesters is taken, and both when they are the same", () => {
  for (
    const keys of [["allowedRequesters"], ["allowed_requesters"], [
      "allowedRequesters",
      "allowed_requesters",
    ]]
  ) {
    const object = anExternal();
    const spec = object.spec as Record<string, unknown>;
    delete spec.allowed_requesters;
    for (const key of keys) spec[key] = ["a", "b/c", "d/*", "*"];
    const read = whole(parseDocuments(stringify(object))[0]) as LatticeExternalService;
    assert.deepEqual(read.spec.allowedRequesters, ["a", "b/c", "d/*", "*"]);
    assert.ok(!("allowed_requesters" in read.spec));
    assert.equal(requestersField(read.spec), keys[0]);
  }
});

Deno.test("what is wrong with one document never stops the others", () => {
  const good = (name: string) =>
    stringify({ ...aService(), metadata: { name, namespace: "shop" } });
  const text = [
    good("a"),
    'broken: "never closed',
    good("b"),
    "just text",
    "- a\n- list",
    "a: &a [*a, *a]\nb: *missing",
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}",
    "",
    "# only a comment",
    good("c"),
    good("a"),
  ].join("\n---\n");
  const parsed = parseDocuments(text, { file: "many.yaml" });
  assert.deepEqual(parsed.filter(({ object }) => object).map(({ key }) => key), [
    "shop/a",
    "shop/b",
    "shop/c",
  ]);
  const problems = parsed.flatMap((each) => each.problems);
  assert.equal(parsed.length, 8);
  for (const problem of problems) {
    assert.ok(problem.line !== undefined && problem.line >= 1 && problem.file === "many.yaml");
  }
  const lines = text.split("\n");
  assert.ok(lines[(problems[0]?.line ?? 0) - 1]?.includes("never closed"));
  assert.match(parsed.at(-1)?.problems[0]?.reason ?? "", /second LatticeService shop\/a/);
});

Deno.test("what kubectl prints is taken: a List, status and metadata of the server", () => {
  const seen = {
    ...aService(),
    metadata: {
      name: "a",
      namespace: "shop",
      uid: "1",
      resourceVersion: "2",
      generation: 3,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    status: { phase: "Ready", somethingNew: 1 },
  };
  const list = {
    apiVersion: "v1",
    kind: "List",
    metadata: {},
    items: [seen, { ...aService(), spec: 1 }],
  };
  const [first, second] = parseDocuments(JSON.stringify(list));
  assert.deepEqual(whole(first).metadata, { name: "a", namespace: "shop" });
  assert.ok(!("status" in whole(first)));
  assert.equal(second?.problems[0]?.field, "spec");
});

Deno.test("numbers are legal quantities", () => {
  const object = aService();
  const main = (object.spec as unknown as Record<string, Record<string, Record<string, unknown>>>)
    .containers?.main;
  assert.ok(main);
  main.resources = { limits: { cpu: 2, memory: "1e9" } };
  const read = whole(parseDocuments(stringify(object))[0]) as LatticeService;
  assert.deepEqual(read.spec.containers.main?.resources?.limits, { cpu: "2", memory: "1e9" });
});
