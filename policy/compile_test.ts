import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import { stringify } from "yaml";
import { compile, compileAll, namespaceObject } from "./compile.ts";
import { toMermaid, toTree } from "./draw.ts";
import { toSvg } from "./draw_svg.ts";
import { externalText, graphFrom, serviceText, SHOP } from "./fixtures_test.ts";
import { graphOf } from "./graph.ts";
import { infrastructurePolicies } from "./infrastructure.ts";
import { entryNames, ingressGatewayOf, waypointOf } from "./names.ts";
import { unsupportedRules } from "./unsupported.ts";

const OPTIONS = { cluster: "prod" };

Deno.test("the worked example is compiled to these objects", (t) =>
  t.assertSnapshot(
    compileAll(graphFrom(SHOP), OPTIONS).map((object) => stringify(object)).join("---\n"),
  ));

Deno.test("the worked example is drawn like this", async (t) => {
  const graph = graphFrom(SHOP);
  await t.assertSnapshot(toTree(graph));
  await t.assertSnapshot(toMermaid(graph));
  await t.assertSnapshot(toSvg(graph));
});

Deno.test("revoking either side removes what allowed the call, and nothing else", () => {
  const graph = graphFrom(SHOP);
  const names = () => compileAll(graph, OPTIONS).map(refText);
  const before = names();
  const cart = graph.get("shop/cart")?.service;
  assert.ok(cart);
  graph.put({ ...cart, spec: { ...cart.spec, resources: {} } });
  assert.deepEqual(before.filter((name) => !names().includes(name)), [
    "AuthorizationPolicy shop/allow-to-cart",
  ]);
  graph.put(cart);
  assert.deepEqual(names(), before);
  graph.delete("shop/web");
  for (const object of compileAll(graph, OPTIONS)) {
    assert.ok(!JSON.stringify(object).includes("/sa/web"), refText(object));
    assert.ok(!JSON.stringify(object).includes('"k8s:lattice.dev/service":"web"'), refText(object));
  }
});

Deno.test("objects carry their owner's label and live in its namespace", () => {
  const graph = graphFrom(SHOP);
  for (const key of graph.keys()) {
    const [namespace, name] = key.split("/");
    for (const { metadata, kind } of compile(graph, key, OPTIONS)) {
      assert.equal(metadata.namespace, namespace);
      const { labels = {} } = metadata;
      assert.equal(
        labels["lattice.dev/service"] ?? labels["lattice.dev/external-service"],
        name,
        kind,
      );
      assert.equal(labels["app.kubernetes.io/managed-by"], "lattice");
    }
  }
});

Deno.test("there is a waypoint only where requests are limited or calls leave the cluster", () => {
  const gateways = compileAll(graphFrom(SHOP), OPTIONS).filter(({ kind }) => kind === "Gateway");
  assert.deepEqual(gateways.map(refText), [
    "Gateway back/orders-waypoint",
    "Gateway shop/stripe-api-waypoint-egress",
  ]);
  const graph = graphFrom(SHOP);
  const waypoints = graph.keys().map((key) => {
    const service = graph.get(key)?.service;
    return service && waypointOf(service);
  });
  assert.deepEqual(waypoints, ["orders-waypoint", undefined, undefined, undefined, undefined]);
});

Deno.test("an external service that nobody may call keeps its ServiceEntries and has no way out", () => {
  const graph = graphFrom(externalText("a/api", "[web]"));
  assert.deepEqual(compile(graph, "a/api", OPTIONS).map(refText), ["ServiceEntry a/api"]);
});

Deno.test("a service and an external service of one name are two things", () => {
  const graph = graphFrom([
    serviceText("a/web", "{db: {type: external-service}}"),
    serviceText("a/db"),
    externalText("a/db", "[web]"),
  ].join("---\n"));
  const names = compile(graph, "a/db", OPTIONS).map(refText);
  assert.deepEqual(names, [
    "AuthorizationPolicy a/allow-external-db",
    "CiliumNetworkPolicy a/external-db",
    "CiliumNetworkPolicy a/policy-db",
    "Gateway a/db-waypoint-egress",
    "ServiceEntry a/db",
  ]);
  assert.ok(graph.delete("a/db", "external"));
  assert.ok(!graph.delete("a/db", "external"));
  assert.deepEqual(compile(graph, "a/db", OPTIONS).map(refText), [
    "CiliumNetworkPolicy a/policy-db",
  ]);
});

Deno.test("an ingress gateway of a known class is let in at both layers, others are reported", () => {
  const graph = graphFrom(SHOP);
  const orders = graph.get("back/orders")?.service;
  assert.ok(orders);
  assert.deepEqual(ingressGatewayOf(orders), {
    gateway: "orders-gateway",
    account: "orders-gateway-istio",
  });
  const text = JSON.stringify(compile(graph, "back/orders", OPTIONS));
  assert.ok(text.includes("lattice.prod.local/ns/back/sa/orders-gateway-istio"));
  const ingress = { hosts: ["orders.example.com"], gatewayClass: "eg" };
  const other = { ...orders, spec: { ...orders.spec, ingress } };
  assert.equal(ingressGatewayOf(other), undefined);
  assert.deepEqual(unsupportedRules(other).map(({ field }) => field), [
    "spec.ingress.gatewayClass",
  ]);
  assert.ok(
    !JSON.stringify(compile(graphOf([other]), "back/orders", OPTIONS)).includes("gateway-istio"),
  );
});

Deno.test("an ingress gateway reaches the routed port and no other", () => {
  const graph = graphFrom(
    serviceText("a/web", "{}", "{ingress: {hosts: [web.example.com]}}").replace(
      "{http: {port: 80}}",
      "{admin: {port: 81}, http: {port: 80, targetPort: 8080}, stats: {port: 82}}",
    ),
  );
  const allow = compile(graph, "a/web", OPTIONS).find(({ metadata }) =>
    metadata.name === "allow-gateway-to-web"
  );
  assert.ok(JSON.stringify(allow).includes('"ports":["8080"]'));
});

Deno.test("rules that nothing enforces are reported, never ignored", () => {
  const graph = graphFrom(serviceText(
    "a/web",
    "{db: {type: service, outbound: {retries: {attempts: 2}, timeout: {request: 1s}}}, " +
      "x: {type: service, direction: inbound, inbound: {rateLimit: {requestsPerInterval: 5}}}}",
  ));
  const web = graph.get("a/web")?.service;
  assert.ok(web);
  assert.deepEqual(unsupportedRules(web).map(({ field }) => field), [
    "spec.resources.db.outbound.retries",
    "spec.resources.db.outbound.timeout",
    "spec.resources.x.inbound.rateLimit",
  ]);
});

Deno.test("names of ServiceEntries never meet, not even those that imitate a hash", () => {
  const hosts = ["a.example.com", "b.example.com", "203.0.113.7"];
  const names = [...entryNames("api", hosts).values()];
  assert.equal(names[0], "api");
  assert.ok(names.slice(1).every((name) => /^api-[0-9a-f]{10}$/.test(name)));
  const imitators = names.slice(1).flatMap((name) => [...entryNames(name, hosts).values()]);
  assert.equal(new Set([...names, ...imitators]).size, names.length + imitators.length);
});

Deno.test("only a namespace with members is enrolled, and only its label is written", () => {
  const graph = graphFrom(SHOP);
  assert.deepEqual(namespaceObject(graph, "shop"), {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", labels: { "istio.io/dataplane-mode": "ambient" } },
  });
  assert.equal(namespaceObject(graph, "kube-system"), undefined);
  for (const key of graph.keys()) graph.delete(key);
  assert.equal(namespaceObject(graph, "shop"), undefined);
});

Deno.test("the operator reaches its parent by name or by address, and on its ports only", () => {
  const cases = [
    [
      { host: "parent.example.com", ports: [50051, 8443] },
      '"toFQDNs":[{"matchName":"parent.example.com"}]',
    ],
    [{ host: "203.0.113.9", address: "ipv4", ports: [8443] }, '"toCIDR":["203.0.113.9/32"]'],
    [{ host: "2001:db8::9", address: "ipv6", ports: [8443] }, '"toCIDR":["2001:db8::9/128"]'],
  ] as const;
  for (const [parent, expected] of cases) {
    const text = JSON.stringify(infrastructurePolicies({ cluster: "prod", operator: { parent } }));
    assert.ok(text.includes(expected));
    assert.equal(text.includes("matchPattern"), !("address" in parent));
  }
  assert.ok(!JSON.stringify(infrastructurePolicies(OPTIONS)).includes("toFQDNs"));
});

function refText({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

Deno.test("callers with the same limits share a rule, and those without one have theirs", () => {
  const graph = graphFrom([
    serviceText(
      "a/web",
      "{c: {type: service, direction: inbound, inbound: {methods: [PUT, GET]}}, " +
        "d: {type: service, direction: inbound, inbound: {methods: [GET, PUT]}}, " +
        "e: {type: service, direction: inbound}}",
    ),
    ...["c", "d", "e"].map((name) => serviceText(`a/${name}`, "{web: {type: service}}")),
  ].join("---\n"));
  const policy = compile(graph, "a/web", OPTIONS).find(({ metadata }) =>
    metadata.name === "allow-to-web"
  );
  const { rules } = policy?.spec as { rules: unknown[] };
  const principals = (...names: string[]) => [{
    source: { principals: names.map((name) => `lattice.prod.local/ns/a/sa/${name}`) },
  }];
  assert.deepEqual(rules, [
    {
      from: principals("c", "d"),
      to: [{ operation: { ports: ["80"], methods: ["GET", "PUT"] } }],
    },
    { from: principals("e"), to: [{ operation: { ports: ["80"] } }] },
  ]);
});

Deno.test("lists of ports are no longer than Cilium takes", () => {
  const ports = Array.from(
    { length: 90 },
    (_, index) => `p${index}: {port: ${index + 1}, protocol: UDP}`,
  );
  const graph = graphFrom([
    serviceText("a/web", "{x: {type: service, direction: inbound}}")
      .replace("{http: {port: 80}}", `{${ports.join(", ")}}`),
    serviceText("a/x", "{web: {type: service}}"),
  ].join("---\n"));
  const lists = (key: string, direction: "ingress" | "egress") =>
    compile(graph, key, OPTIONS).flatMap(({ spec }) => {
      const rules = (spec as Record<string, { toPorts?: { ports: unknown[] }[] }[]>)[direction];
      return rules?.flatMap(({ toPorts = [] }) => toPorts.map((each) => each.ports.length)) ?? [];
    });
  assert.deepEqual(lists("a/web", "ingress"), [40, 40, 10]);
  assert.deepEqual(lists("a/x", "egress"), [2, 40, 40, 10]);
});
