import assert from "node:assert/strict";
import {
  type KubeObject,
  type LatticeExternalService,
  type LatticeService,
  readObject,
} from "@lattice/api";
import { parse } from "yaml";
import { compile } from "./compile.ts";
import { explain, resolveKey } from "./explain.ts";
import { externalText, graphFrom, serviceText, SHOP } from "./fixtures_test.ts";
import { graphOf, type ServiceGraph } from "./graph.ts";
import { simulate } from "./simulate.ts";
import type { MissingDeclaration } from "./types.ts";

Deno.test("explain() has the fields that programs rely on, in their order", () => {
  const seen = explain(graphFrom(SHOP), "shop/web", "shop/stock", 9000);
  assert.deepEqual(Object.keys(seen).slice(0, 8), [
    "verdict",
    "caller",
    "callee",
    "port",
    "layer",
    "missing",
    "objects",
    "reason",
  ]);
  assert.equal(seen.verdict, "denied");
  assert.equal(seen.layer, "agreement");
  assert.deepEqual(seen.missing, [{
    side: "callee",
    resource: "LatticeService shop/stock",
    add: "spec:\n  resources:\n    web:\n      type: service\n      direction: inbound",
  }]);
  assert.equal(seen.reason, "shop/stock does not declare that shop/web may call it");
});

const LAYERS: [string, string, number | string | undefined, string, string][] = [
  ["shop/web", "shop/cart", 80, "allowed", "mesh"],
  ["shop/web", "shop/cart", undefined, "allowed", "mesh"],
  ["shop/web", "shop/cart", "stats", "allowed", "l4"],
  ["shop/web", "back/orders", "http", "allowed", "waypoint"],
  ["shop/web", "shop/stripe-api", 443, "allowed", "waypoint"],
  ["shop/web", "shop/cart", 8000, "denied", "port"],
  ["shop/web", "shop/nobody", undefined, "denied", "target"],
  ["shop/nobody", "shop/cart", undefined, "denied", "target"],
  ["shop/stripe-api", "shop/cart", undefined, "denied", "target"],
  ["shop/cart", "shop/web", undefined, "denied", "agreement"],
];

for (const [caller, callee, port, verdict, layer] of LAYERS) {
  Deno.test(`explain() ${caller} to ${callee}, port ${port}: ${verdict} by ${layer}`, () => {
    const graph = graphFrom(SHOP);
    const seen = explain(graph, caller, callee, port);
    assert.deepEqual([seen.verdict, seen.layer], [verdict, layer]);
    assert.ok(seen.reason.length > 0);
    const there = [caller, callee].flatMap((key) => compile(graph, key, { cluster: "x" }));
    for (const { kind, name, namespace } of seen.objects) {
      assert.ok(
        there.some((object) =>
          object.kind === kind && object.metadata.name === name &&
          object.metadata.namespace === namespace
        ),
        `${kind} ${namespace}/${name} is compiled`,
      );
    }
    if (verdict === "allowed") assert.ok(seen.objects.length >= 2);
  });
}

Deno.test("explain() offers names that were perhaps meant", () => {
  const graph = graphFrom(SHOP);
  assert.deepEqual(explain(graph, "shop/web", "shop/crat").suggestions, ["shop/cart"]);
  assert.deepEqual(explain(graph, "webb", "shop/cart").suggestions, ["shop/web"]);
  assert.match(explain(graph, "web", "ordres").reason, /did you mean back\/orders\?/);
  assert.equal(resolveKey(graph, "web"), "shop/web");
  assert.equal(resolveKey(graph, "nobody"), "default/nobody");
});

const ADVISED: [string, string][] = [
  ["nothing declared", serviceText("a/web") + "---\n" + serviceText("a/db")],
  ["another namespace", serviceText("b/web") + "---\n" + serviceText("a/db")],
  [
    "the other direction is declared",
    serviceText("a/web", "{db: {type: service, direction: inbound}}") + "---\n" +
    serviceText("a/db", "{web: {type: service}}"),
  ],
  [
    "the key stands for something else",
    serviceText("a/web", "{db: {type: volume, params: {size: 1Gi}}}") + "---\n" +
    serviceText("a/db", "{web: {type: service, namespace: c, direction: inbound}}"),
  ],
  [
    "both obvious keys are taken",
    serviceText(
      "a/web",
      "{db: {type: volume, params: {size: 1Gi}}, db-a: {type: volume, params: {size: 1Gi}}}",
    ) +
    "---\n" + serviceText("a/db"),
  ],
  [
    "an external service",
    serviceText("a/web") + "---\n" + externalText("a/db", '["x", "b/y", "c/*"]'),
  ],
  ["an external service elsewhere", serviceText("b/web") + "---\n" + externalText("a/db", "[]")],
  [
    "names that YAML takes for something else",
    serviceText("a/web").replace("name: web", 'name: "on"') + "---\n" +
    serviceText("a/db").replace("name: db", "name: 'no'"),
  ],
];

for (const [name, text] of ADVISED) {
  Deno.test(`what explain() says to add makes the call allowed, as a merge patch: ${name}`, () => {
    const graph = graphFrom(text);
    const [callee = "", caller = ""] = graph.keys().sort((a, b) =>
      Number(isCaller(a)) - Number(isCaller(b))
    );
    const before = explain(graph, caller, callee);
    assert.equal(before.verdict, "denied");
    assert.ok(before.missing.length > 0);
    const patched = before.missing.reduce(
      (next, missing) => withPatch(next, missing, (lines) => parse(lines, { version: "1.1" })),
      graph,
    );
    assert.equal(
      explain(patched, caller, callee).verdict,
      "allowed",
      JSON.stringify(before.missing),
    );
    const { edges, objects } = simulate(graph, patched);
    assert.deepEqual(edges.lost, []);
    assert.ok(edges.gained.some((edge) => edge.caller === caller && edge.callee === callee));
    assert.ok(objects.created.length > 0 && objects.deleted.length === 0);
    const back = simulate(patched, graph);
    assert.deepEqual(back.edges.lost, edges.gained);
    assert.deepEqual(back.objects.deleted, objects.created);
    assert.deepEqual(back.objects.changed, objects.changed);
  });
}

Deno.test("simulate() of no change is empty, and a copy changes on its own", () => {
  const graph = graphFrom(SHOP);
  const copy = graph.clone();
  const nothing = {
    edges: { gained: [], lost: [] },
    objects: { created: [], changed: [], deleted: [] },
  };
  assert.deepEqual(simulate(graph, copy), nothing);
  copy.delete("shop/cart");
  assert.deepEqual(simulate(graph, copy).edges.lost, [
    { caller: "shop/web", callee: "shop/cart", calleeKind: "service" },
  ]);
  assert.ok(graph.get("shop/cart"));
});

function isCaller(key: string): boolean {
  return key.endsWith("/web") || key.endsWith("/on");
}

function withPatch(
  graph: ServiceGraph,
  missing: MissingDeclaration,
  parse: (lines: string) => unknown,
): ServiceGraph {
  const [kind, key = ""] = missing.resource.split(" ");
  const view = graph.get(key);
  const object = kind === "LatticeService" ? view?.service : view?.external;
  assert.ok(object, missing.resource);
  const merged = merge(object, parse(missing.add)) as KubeObject;
  const read = readObject(merged);
  assert.deepEqual(read.problems, [], missing.add);
  const others = graph.keys().flatMap((each) => {
    const { service, external } = graph.get(each) ?? {};
    return [service, external].filter((other) => other && other !== object);
  });
  return graphOf([...others, read.object] as (LatticeService | LatticeExternalService)[]);
}

// RFC 7396, and the one thing in which the spelling of the README differs from what was parsed.
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...target as object };
  for (const [key, value] of Object.entries(patch)) {
    const name = key === "allowed_requesters" ? "allowedRequesters" : key;
    result[name] = merge(result[name], value);
  }
  return result;
}
