import { type Bad, refuses, type Tree } from "./service_fixtures_test.ts";

const S = "spec.selector";

function aPolicy(): Tree {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeServicePolicy",
    metadata: { name: "payments", namespace: "pay" },
    spec: {
      selector: {
        matchLabels: { tier: "backend" },
        matchExpressions: [{ key: "team", operator: "In", values: ["pay"] }],
        namespaceSelector: { matchLabels: { env: "prod" } },
      },
      priority: 10,
    },
  } as unknown as Tree;
}

const BAD_POLICIES: readonly Bad[] = [
  {
    name: "misspelt kind",
    path: "kind",
    value: "LatticeServicePolicies",
    says: "did you mean LatticeServicePolicy?",
  },
  { name: "no spec", path: "spec", value: undefined, says: "is missing" },
  { name: "unknown field", path: "spec.selectors", value: {}, says: "did you mean selector?" },
  { name: "priority is text", path: "spec.priority", value: "high", says: "must be a" },
  { name: "priority is a fraction", path: "spec.priority", value: 1.5, says: "whole number" },
  { name: "priority out of range", path: "spec.priority", value: 2 ** 31, says: "at most" },
  { name: "labels are a list", path: `${S}.matchLabels`, value: [], says: "must be a mapping" },
  {
    name: "malformed label key",
    path: `${S}.matchLabels`,
    value: { "a b": "x" },
    field: `${S}.matchLabels.a b`,
    says: "is not a label key",
  },
  {
    name: "malformed label value",
    path: `${S}.matchLabels.tier`,
    value: "a b",
    says: "is not a label value",
  },
  {
    name: "label value is a number",
    path: `${S}.matchLabels.tier`,
    value: 1,
    says: "put it in quotes",
  },
  {
    name: "unknown operator",
    path: `${S}.matchExpressions`,
    value: [{ key: "team", operator: "Equals", values: ["pay"] }],
    field: `${S}.matchExpressions[0].operator`,
    says: "is not a legal value",
  },
  {
    name: "In without values",
    path: `${S}.matchExpressions`,
    value: [{ key: "team", operator: "In" }],
    field: `${S}.matchExpressions[0].values`,
    says: "value",
  },
  {
    name: "Exists with values",
    path: `${S}.matchExpressions`,
    value: [{ key: "team", operator: "Exists", values: ["pay"] }],
    field: `${S}.matchExpressions[0].values`,
    says: "value",
  },
  {
    name: "requirement without a key",
    path: `${S}.namespaceSelector.matchExpressions`,
    value: [{ operator: "Exists" }],
    field: `${S}.namespaceSelector.matchExpressions[0].key`,
    says: "is missing",
  },
  {
    name: "selector in a selector",
    path: `${S}.namespaceSelector.namespaceSelector`,
    value: {},
    says: "unknown field",
  },
];

for (const bad of BAD_POLICIES) refuses("service policy", aPolicy, bad);
