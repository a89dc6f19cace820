import { deepEqual, equal, ok } from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import fc from "fast-check";
import { stepsBetween } from "./narrow.ts";

type Rule = Record<string, unknown>;

function cilium(ingress: readonly Rule[], selects = "x"): KubeObject {
  const spec = {
    endpointSelector: { matchLabels: { a: selects } },
    ...(ingress.length > 0 ? { ingress } : {}),
  };
  return { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "p" }, spec };
}

function from(peers: readonly string[], ports: readonly number[]): Rule {
  return {
    fromEndpoints: peers.map((peer) => ({ matchLabels: { peer } })),
    toPorts: [{ ports: ports.map((port) => ({ port: String(port), protocol: "TCP" })) }],
  };
}

function istio(rules: readonly Rule[], target: Rule = { selector: {} }): KubeObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "p" },
    spec: { ...target, action: "ALLOW", ...(rules.length > 0 ? { rules } : {}) },
  };
}

function principals(names: readonly string[], ports: readonly number[]): Rule {
  return {
    from: [{ source: { principals: names } }],
    to: [{ operation: { ports: ports.map(String) } }],
  };
}

Deno.test("a policy that only gives is written once, and counts as loosening", () => {
  const wanted = cilium([from(["a", "b"], [1])]);
  deepEqual(stepsBetween(cilium([from(["a"], [1])]), wanted), { loosen: wanted });
});

Deno.test("a policy that only takes is written once, and counts as tightening", () => {
  const wanted = istio([principals(["a"], [1])]);
  deepEqual(stepsBetween(istio([principals(["a", "b"], [1])]), wanted), { tighten: wanted });
});

Deno.test("a policy that takes and gives first allows what both versions allow", () => {
  const live = istio([principals(["a", "b"], [1, 2])]);
  const wanted = istio([principals(["b", "c"], [2, 3])]);
  deepEqual(stepsBetween(live, wanted), {
    tighten: istio([principals(["b"], [2])]),
    loosen: wanted,
  });
});

Deno.test("another target starts with nothing: rights to something else are no measure", () => {
  const live = istio([principals(["a"], [1])]);
  const wanted = istio([principals(["a"], [1])], { targetRefs: [{ name: "s" }] });
  const none = istio([], { targetRefs: [{ name: "s" }] });
  deepEqual(stepsBetween(live, wanted), { tighten: none, loosen: wanted });
});

Deno.test("a direction of Cilium that allows nobody keeps the rule that makes it enforced", () => {
  const wanted = cilium([from(["b"], [1])]);
  deepEqual(stepsBetween(cilium([from(["a"], [1])]), wanted), {
    tighten: cilium([{}]),
    loosen: wanted,
  });
  deepEqual(stepsBetween(cilium([{}]), wanted), { loosen: wanted });
  deepEqual(stepsBetween(wanted, cilium([{}])), { tighten: cilium([{}]) });
});

Deno.test("a rule of Istio that says nothing lets everybody in, and is taken away", () => {
  const wanted = istio([principals(["a"], [1])]);
  deepEqual(stepsBetween(istio([{}]), wanted), { tighten: istio([]), loosen: wanted });
});

Deno.test("a rule of a strange shape is taken away whole", () => {
  const wanted = cilium([from(["a"], [1])]);
  const strange = { fromEntities: ["all"] };
  deepEqual(stepsBetween(cilium([from(["a"], [1]), strange]), wanted), { tighten: wanted });
});

Deno.test("what is no list of rights changes in one step", () => {
  const entry = (host: string): KubeObject => ({
    apiVersion: "networking.istio.io/v1beta1",
    kind: "ServiceEntry",
    metadata: { name: "e" },
    spec: { hosts: [host] },
  });
  deepEqual(stepsBetween(entry("a"), entry("b")), { loosen: entry("b") });
});

Deno.test("the first step of two allows exactly what both versions allow", () => {
  const rule = fc.tuple(
    fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 }),
    fc.uniqueArray(fc.constantFrom(1, 2, 3), { minLength: 1 }),
  );
  const rules = fc.array(rule, { maxLength: 3 });
  fc.assert(fc.property(rules, rules, fc.boolean(), (before, after, isCilium) => {
    const make = (each: readonly (readonly [string[], number[]])[]) =>
      isCilium
        ? cilium(each.map(([peers, ports]) => from(peers, ports)))
        : istio(each.map(([peers, ports]) => principals(peers, ports)));
    const pairs = (each: readonly (readonly [string[], number[]])[]) =>
      new Set(
        each.flatMap(([peers, ports]) => peers.flatMap((p) => ports.map((n) => `${p} ${n}`))),
      );
    const steps = stepsBetween(make(before), make(after));
    const [old, next] = [pairs(before), pairs(after)];
    equal(steps.tighten !== undefined, !old.isSubsetOf(next));
    if (steps.tighten) {
      const first = rightsOf(steps.tighten);
      deepEqual([...first].sort(), [...old.intersection(next)].sort());
    }
    if (steps.loosen) deepEqual(rightsOf(steps.loosen), next);
    ok(steps.loosen !== undefined || steps.tighten !== undefined);
    if (!steps.loosen) ok(next.isSubsetOf(old));
  }));
});

interface CiliumRule {
  fromEndpoints?: { matchLabels: { peer: string } }[];
  toPorts?: { ports: { port: string }[] }[];
}

interface IstioRule {
  from: { source: { principals: string[] } }[];
  to: { operation: { ports: string[] } }[];
}

function rightsOf({ spec }: KubeObject): Set<string> {
  const { ingress = [], rules = [] } = spec as { ingress?: CiliumRule[]; rules?: IstioRule[] };
  const atCilium = ingress.flatMap(({ fromEndpoints = [], toPorts = [] }) =>
    fromEndpoints.flatMap(({ matchLabels: { peer } }) =>
      toPorts.flatMap(({ ports }) => ports.map(({ port }) => `${peer} ${port}`))
    )
  );
  const atIstio = rules.flatMap(({ from, to }) =>
    from.flatMap(({ source }) =>
      source.principals.flatMap((name) =>
        to.flatMap(({ operation }) => operation.ports.map((port) => `${name} ${port}`))
      )
    )
  );
  return new Set([...atCilium, ...atIstio]);
}
