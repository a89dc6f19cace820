import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { buildGraph } from "./graph.ts";
import { makePlan, type Plan } from "./plan.ts";
import { checkProvisioned, obstacles, summary, unconfirmed } from "./readiness.ts";
import { anObject, listed } from "./testing/objects.ts";

const READY = {
  initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true },
};

function planOf(status: unknown, ...objects: readonly KubeObject[]): Plan {
  const cluster = anObject("Cluster", "prod", { body: { status } });
  const graph = buildGraph(listed(cluster, ...objects));
  return makePlan(graph, { cluster: "prod", namespace: "capi-prod" }) ?? assert.fail();
}

function aMachine(name: string, body: Record<string, unknown> = {}): KubeObject {
  return anObject("Machine", name, {
    labels: { "cluster.x-k8s.io/cluster-name": "prod" },
    body: { spec: { providerID: `x://${name}` }, ...body },
  });
}

Deno.test("obstacles: deletions and blocks", () => {
  const dying = aMachine("dying");
  dying.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
  const busy = aMachine("busy");
  busy.metadata.annotations = { "clusterctl.cluster.x-k8s.io/block-move": "" };
  assert.deepEqual(obstacles(planOf(READY, dying, busy, aMachine("fine"))), [
    "Machine/busy blocks the move (annotation clusterctl.cluster.x-k8s.io/block-move)",
    "Machine/dying is being deleted",
  ]);
});

Deno.test("unconfirmed: only who has a Paused condition must confirm, in either contract", () => {
  const paused = (status: string) => [{ type: "Paused", status }];
  const plan = planOf(
    READY,
    aMachine("a", { status: { conditions: paused("False") } }),
    aMachine("b", { status: { conditions: paused("True") } }),
    aMachine("c", { status: { v1beta2: { conditions: paused("Unknown") } } }),
    aMachine("d"),
  );
  assert.deepEqual(unconfirmed(plan), [
    "Machine/a is not paused yet",
    "Machine/c is not paused yet",
  ]);
});

Deno.test("provisioned: in either contract version", () => {
  checkProvisioned(planOf(READY, aMachine("a")));
  const old = {
    infrastructureReady: true,
    conditions: [{ type: "ControlPlaneInitialized", status: "True" }],
  };
  checkProvisioned(planOf(old));
});

Deno.test("provisioned: what is being made is refused by name", () => {
  const plan = planOf({}, aMachine("a", { spec: {} }));
  assert.throws(() => checkProvisioned(plan), {
    code: "conflict",
    message: "Cannot move while infrastructure is being made: Cluster/prod has no infrastructure " +
      "yet, Cluster/prod has no control plane yet, Machine/a has no provider ID yet",
  });
});

Deno.test("summary: three at most", () => {
  assert.equal(summary(["a"]), "a");
  assert.equal(summary(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
});
