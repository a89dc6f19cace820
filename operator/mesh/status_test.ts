import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { EdgeStatus, LatticeServiceStatus } from "@lattice/api";
import { CLEAR } from "./context.ts";
import { happenings } from "./happenings.ts";
import * as reasons from "./reasons.ts";
import {
  conditionOf,
  isSameStatus,
  MAX_EDGES,
  type ServiceObservation,
  serviceStatus,
} from "./status.ts";

const NOW = new Date("2026-11-23T12:00:00Z");

function seen(traits: Partial<ServiceObservation> = {}): ServiceObservation {
  return {
    raw: {
      apiVersion: "lattice.dev/v1alpha1",
      kind: "LatticeService",
      metadata: { name: "web", namespace: "shop", generation: 3 },
    },
    service: { spec: {} } as ServiceObservation["service"],
    problems: [],
    policies: CLEAR,
    cluster: CLEAR,
    workload: CLEAR,
    controller: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", generation: 1 },
      spec: { replicas: 2 },
      status: { observedGeneration: 1, availableReplicas: 2, updatedReplicas: 2 },
    },
    edges: [],
    resolved: {},
    ...traits,
  };
}

const CASES: readonly [string, Partial<ServiceObservation>, string, string, string][] = [
  ["everything is there", {}, "Ready", "Ready", reasons.SERVICE_READY],
  [
    "a rule is broken",
    { problems: [{ field: "spec.x", reason: "is odd" }], service: undefined },
    "Failed",
    "Valid",
    reasons.VALIDATION_FAILED,
  ],
  ["nothing was tried", { policies: undefined }, "Compiling", "PolicyApplied", reasons.PENDING],
  [
    "kinds are missing",
    { policies: { ...CLEAR, missing: ["cilium.io/v2 CiliumNetworkPolicy"] } },
    "Pending",
    "PolicyApplied",
    reasons.MISSING_KINDS,
  ],
  [
    "kinds of the default deny are missing",
    { cluster: { ...CLEAR, missing: ["security.istio.io/v1 PeerAuthentication"] } },
    "Pending",
    "PolicyApplied",
    reasons.MISSING_KINDS,
  ],
  [
    "the default deny failed",
    { cluster: { ...CLEAR, error: "no" } },
    "Failed",
    "PolicyApplied",
    reasons.INFRASTRUCTURE_FAILED,
  ],
  [
    "a name is taken",
    { workload: { ...CLEAR, taken: ["apps/v1 Deployment shop/web"] } },
    "Failed",
    "WorkloadApplied",
    reasons.NAME_TAKEN,
  ],
  [
    "a write failed",
    { workload: { ...CLEAR, error: "no" } },
    "Failed",
    "WorkloadApplied",
    reasons.APPLY_FAILED,
  ],
  [
    "a problem stands in the way",
    { workload: { ...CLEAR, blocked: true, problems: [{ field: "spec.y", reason: "is odd" }] } },
    "Failed",
    "WorkloadApplied",
    reasons.BLOCKED,
  ],
  [
    "there are no pods",
    { controller: undefined },
    "Compiling",
    "WorkloadAvailable",
    reasons.PENDING,
  ],
];

for (const [name, traits, phase, type, reason] of CASES) {
  Deno.test(`when ${name}, the phase is ${phase} for ${reason}`, () => {
    const status = serviceStatus(seen(traits), NOW);
    equal(status.phase, phase);
    equal(conditionOf(status, type)?.reason, reason);
    equal(conditionOf(status, "Ready")?.status, phase === "Ready" ? "True" : "False");
    ok(status.conditions?.every(({ observedGeneration }) => observedGeneration === 3));
  });
}

Deno.test("edges that wait are told, and hold nothing up", () => {
  const edges: EdgeStatus[] = [
    { peer: "shop/a", direction: "outbound", state: "waiting-for-callee" },
    { peer: "shop/b", direction: "inbound", state: "waiting-for-caller" },
  ];
  const status = serviceStatus(seen({ edges }), NOW);
  equal(status.phase, "Ready");
  equal(conditionOf(status, "DependenciesReady")?.message, "shop/a (waiting-for-callee)");
});

Deno.test("a status is bounded; what is held back comes first", () => {
  const edges = Array.from({ length: MAX_EDGES + 50 }, (_, index): EdgeStatus => ({
    peer: `shop/s${index}`,
    direction: "inbound",
    state: index === MAX_EDGES + 20 ? "waiting-for-caller" : "agreed",
  }));
  const status = serviceStatus(seen({ edges }), NOW);
  equal(status.edges?.length, MAX_EDGES);
  equal(status.edges?.[0]?.state, "waiting-for-caller");
});

Deno.test("the same again is no news, whenever it was compiled", () => {
  const first = serviceStatus(seen(), NOW);
  const raw = { ...seen().raw, status: first };
  const second = serviceStatus(seen({ raw }), new Date("2026-11-24T00:00:00Z"));
  ok(isSameStatus(first, second));
  ok(!isSameStatus(first, serviceStatus(seen({ controller: undefined }), NOW)));
});

Deno.test("happenings() tells transitions, each once", () => {
  const before: LatticeServiceStatus = {
    conditions: [],
    edges: [
      { peer: "shop/lost", direction: "outbound", state: "agreed" },
      { peer: "shop/gone", direction: "inbound", state: "agreed" },
      { peer: "shop/same", direction: "outbound", state: "agreed" },
    ],
  };
  const edges: EdgeStatus[] = [
    { peer: "shop/lost", direction: "outbound", state: "waiting-for-callee" },
    { peer: "shop/same", direction: "outbound", state: "agreed" },
    { peer: "shop/new", direction: "inbound", state: "agreed" },
    { peer: "shop/nobody", direction: "outbound", state: "unknown-target" },
  ];
  const after = serviceStatus(seen({ edges }), NOW);
  deepEqual(
    happenings("shop/web", before, after, ["apps/v1 Deployment shop/old"]).map((
      { reason, message },
    ) => `${reason}: ${message}`),
    [
      "Ready: policies are applied and pods are available",
      "EdgeRevoked: shop/web may no longer call shop/lost",
      "EdgeAgreed: shop/new may call shop/web",
      "DependencyMissing: shop/nobody does not exist",
      "EdgeRevoked: shop/gone may no longer call shop/web",
      "Pruned: deleted apps/v1 Deployment shop/old: nothing asks for them any more",
    ],
  );
  deepEqual(happenings("shop/web", after, after, []), []);
});

Deno.test("happenings() of a large change are bounded, and say so", () => {
  const edges = Array.from({ length: 100 }, (_, index): EdgeStatus => ({
    peer: `shop/s${index}`,
    direction: "inbound",
    state: "agreed",
  }));
  const events = happenings("shop/web", undefined, serviceStatus(seen({ edges }), NOW), []);
  equal(events.length, 16);
  match(events.at(-1)?.message ?? "", /^86 more changes/);
});
