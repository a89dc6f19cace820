import assert from "node:assert/strict";
import { agreement, edgeStates } from "./agreement.ts";
import { externalText, graphFrom, serviceText, SHOP } from "./fixtures_test.ts";
import type { AgreementVerdict } from "./types.ts";

interface Case {
  name: string;
  /** Texts of the objects; the question is whether a/web may call a/db. */
  objects: string[];
  verdict: AgreementVerdict;
  /** Sides that have something to add. */
  missing?: string[];
}

const CALLS = "{db: {type: service}}";
const BOTH = "{db: {type: service, direction: both}}";

const CASES: readonly Case[] = [
  {
    name: "both sides, exactly",
    objects: [
      serviceText("a/web", CALLS),
      serviceText("a/db", "{web: {type: service, direction: inbound}}"),
    ],
    verdict: "agreed",
  },
  {
    name: "the callee says both",
    objects: [
      serviceText("a/web", CALLS),
      serviceText("a/db", "{web: {type: service, direction: both}}"),
    ],
    verdict: "agreed",
  },
  {
    name: "by id",
    objects: [
      serviceText("a/web", "{store: {type: service, id: db}}"),
      serviceText("a/db", "{x: {type: service, id: web, direction: inbound}}"),
    ],
    verdict: "agreed",
  },
  {
    name: "the callee admits everybody of its namespace",
    objects: [
      serviceText("a/web", CALLS),
      serviceText("a/db", '{any: {type: service, id: "*", direction: inbound}}'),
    ],
    verdict: "agreed",
  },
  {
    name: "the callee admits everybody of another namespace",
    objects: [
      serviceText("a/web", CALLS),
      serviceText("a/db", '{any: {type: service, id: "*", namespace: b, direction: inbound}}'),
    ],
    verdict: "waiting-for-callee",
    missing: ["callee"],
  },
  {
    name: "the callee admits everybody anywhere",
    objects: [
      serviceText("a/web", CALLS),
      serviceText("a/db", '{any: {type: service, id: "*", namespace: "*", direction: inbound}}'),
    ],
    verdict: "agreed",
  },
  {
    name: "a wildcard never replaces the caller's declaration",
    objects: [
      serviceText("a/web"),
      serviceText("a/db", '{any: {type: service, id: "*", direction: inbound}}'),
    ],
    verdict: "waiting-for-caller",
    missing: ["caller"],
  },
  {
    name: "only the caller",
    objects: [serviceText("a/web", CALLS), serviceText("a/db")],
    verdict: "waiting-for-callee",
    missing: ["callee"],
  },
  {
    name: "only the callee",
    objects: [
      serviceText("a/web"),
      serviceText("a/db", "{web: {type: service, direction: inbound}}"),
    ],
    verdict: "waiting-for-caller",
    missing: ["caller"],
  },
  {
    name: "neither",
    objects: [serviceText("a/web"), serviceText("a/db")],
    verdict: "waiting-for-caller",
    missing: ["caller", "callee"],
  },
  {
    name: "the caller says both, the callee nothing",
    objects: [serviceText("a/web", BOTH), serviceText("a/db")],
    verdict: "waiting-for-callee",
    missing: ["callee"],
  },
  {
    name: "the callee admits the name in another namespace",
    objects: [
      serviceText("a/web", CALLS),
      serviceText("a/db", "{web: {type: service, namespace: b, direction: inbound}}"),
    ],
    verdict: "waiting-for-callee",
    missing: ["callee"],
  },
  {
    name: "the caller means another namespace",
    objects: [
      serviceText("a/web", "{db: {type: service, namespace: b}}"),
      serviceText("a/db", "{web: {type: service, direction: inbound}}"),
    ],
    verdict: "waiting-for-caller",
    missing: ["caller"],
  },
  { name: "no callee", objects: [serviceText("a/web", CALLS)], verdict: "unknown-target" },
  {
    name: "no caller",
    objects: [serviceText("a/db", "{web: {type: service, direction: inbound}}")],
    verdict: "waiting-for-caller",
  },
  {
    name: "an external service that lists the caller",
    objects: [
      serviceText("a/web", "{db: {type: external-service}}"),
      externalText("a/db", "[web]"),
    ],
    verdict: "agreed",
  },
  {
    name: "an external service that lists everyone",
    objects: [
      serviceText("a/web", "{db: {type: external-service}}"),
      externalText("a/db", '["*"]'),
    ],
    verdict: "agreed",
  },
  {
    name: "an external service that lists nobody",
    objects: [serviceText("a/web", "{db: {type: external-service}}"), externalText("a/db", "[]")],
    verdict: "waiting-for-callee",
    missing: ["callee"],
  },
  {
    name: "an external service that is declared as a service",
    objects: [serviceText("a/web", CALLS), externalText("a/db", "[web]")],
    verdict: "agreed",
  },
  {
    name: "both kinds under one name, and the service does not agree",
    objects: [serviceText("a/web", CALLS), externalText("a/db", "[web]"), serviceText("a/db")],
    verdict: "waiting-for-callee",
    missing: ["callee"],
  },
  {
    name: "a caller that is external",
    objects: [
      externalText("a/web", "[]"),
      serviceText("a/db", "{web: {type: service, direction: inbound}}"),
    ],
    verdict: "unknown-target",
  },
];

for (const { name, objects, verdict, missing = [] } of CASES) {
  Deno.test(`agreement(): ${name}`, () => {
    const graph = graphFrom(objects.join("---\n"));
    const found = agreement(graph, "a/web", "a/db");
    assert.equal(found.verdict, verdict);
    assert.deepEqual(found.missing.map(({ side }) => side), missing);
    assert.ok(found.reasons.every((reason) => reason.length > 0) && found.reasons.length > 0);
    const edges = graph.activeEdges("a/db", "inbound").filter(({ caller }) => caller === "a/web");
    assert.equal(edges.length, verdict === "agreed" ? 1 : 0);
  });
}

Deno.test("agreement() about a port: number, name, the pod's port, and one that is not offered", () => {
  const graph = graphFrom(SHOP);
  const ask = (port: number | string) => agreement(graph, "shop/web", "shop/cart", port);
  for (const port of [80, "80", "http", "stats", 8125]) assert.equal(ask(port).verdict, "agreed");
  assert.match(ask(8000).reasons[0] ?? "", /call 80, the port of its Service/);
  assert.match(ask(81).reasons[0] ?? "", /does not offer port 81: it offers 80\/TCP, 8125\/UDP/);
  assert.equal(agreement(graph, "shop/web", "shop/stripe-api", 443).verdict, "agreed");
  assert.equal(agreement(graph, "shop/web", "shop/stripe-api", 80).verdict, "waiting-for-callee");
});

Deno.test("a callee that goes and comes back agrees again without a word from its callers", () => {
  const graph = graphFrom(SHOP);
  const cart = graph.get("shop/cart")?.service;
  assert.ok(cart);
  assert.ok(graph.delete("shop/cart"));
  assert.ok(!graph.delete("shop/cart"));
  assert.equal(agreement(graph, "shop/web", "shop/cart").verdict, "unknown-target");
  assert.deepEqual(graph.dependents("shop/cart"), ["shop/web"]);
  assert.deepEqual(graph.takeChanged(), ["shop/cart", "shop/web"]);
  graph.put(cart);
  assert.equal(agreement(graph, "shop/web", "shop/cart").verdict, "agreed");
});

Deno.test("edgeStates() tells half-agreed edges from both ends", () => {
  const text = SHOP + "---\n" +
    serviceText("shop/x", "{ghost: {type: service, direction: inbound}}");
  const graph = graphFrom(text);
  assert.deepEqual(edgeStates(graph, "shop/web").map(({ callee, verdict }) => [callee, verdict]), [
    ["back/orders", "agreed"],
    ["shop/cart", "agreed"],
    ["shop/stock", "waiting-for-callee"],
    ["shop/stripe-api", "agreed"],
  ]);
  assert.deepEqual(edgeStates(graph, "shop/x"), [
    { caller: "shop/ghost", callee: "shop/x", verdict: "waiting-for-caller" },
  ]);
  assert.deepEqual(edgeStates(graph, "no/where"), []);
});

Deno.test("system names and pods on the host's network take part in nothing", () => {
  const graph = graphFrom(SHOP);
  const web = graph.get("shop/web")?.service;
  assert.ok(web);
  // Neither gets past the parser; the graph does not rely on that.
  graph.put({ ...web, spec: { ...web.spec, hostNetwork: true } });
  assert.equal(agreement(graph, "shop/web", "shop/cart").verdict, "unknown-target");
  assert.deepEqual(graph.activeEdges("shop/web", "outbound"), []);
  graph.put({ ...web, metadata: { name: "web", namespace: "kube-system" } });
  graph.put({ ...web, metadata: { name: "cart-waypoint", namespace: "shop" } });
  for (const key of ["kube-system/web", "shop/cart-waypoint"]) {
    assert.deepEqual(graph.activeEdges(key), []);
    assert.equal(agreement(graph, key, "shop/cart").verdict, "unknown-target");
  }
  assert.ok(!graph.hasMembers("kube-system") && graph.hasMembers("shop"));
});
