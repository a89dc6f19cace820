import { deepEqual, equal, ok } from "node:assert/strict";
import { aCapiCluster, aDeployment, aLatticeCluster, aWorld } from "./fixtures_test.ts";
import { mergeConditions, type Observation, statusOf, verdict } from "./status.ts";

const now = new Date("2026-02-01T00:00:00Z");

Deno.test("statusOf() counts every pool and names the endpoint", () => {
  const object = aLatticeCluster({ a: { replicas: 1 }, b: { replicas: 4, min: 2, max: 5 } });
  const deployments = [aDeployment("a", 1), aDeployment("b", 3, 2)];
  const world = aWorld(object, { deployments });
  const { conditions, ...status } = statusOf(world, verdict(world), now);
  deepEqual(status, {
    phase: "Provisioning",
    message: "workers: 3/4 nodes ready",
    provider: "local",
    readyControlPlane: 1,
    readyWorkers: 3,
    workerPools: {
      a: { desiredReplicas: 1, currentReplicas: 1, readyReplicas: 1 },
      b: { desiredReplicas: 3, currentReplicas: 3, readyReplicas: 2, autoscalingEnabled: true },
    },
    endpoint: "https://127.0.0.1:20000",
    observedGeneration: 3,
    pivotComplete: true,
    bootstrapComplete: true,
  });
  deepEqual(conditions?.map(({ type, status }) => `${type}=${status}`), [
    "Ready=False",
    "InfrastructureReady=True",
    "ControlPlaneReady=True",
    "WorkersReady=False",
  ]);
});

Deno.test("statusOf() leaves out what does not hold, so that an apply clears it", () => {
  const world = aWorld(aLatticeCluster({}), { self: false, cluster: undefined, deployments: [] });
  const status = statusOf(world, verdict(world), now);
  for (const field of ["workerPools", "endpoint", "pivotComplete", "bootstrapComplete"] as const) {
    equal(field in status, false, field);
  }
});

Deno.test("verdict() waits for control-plane machines of another version and for surplus ones", () => {
  const object = aLatticeCluster(undefined, { controlPlane: 3 });
  const states: [number, number, number, string][] = [
    [3, 3, 3, "True"],
    [3, 2, 3, "False"],
    [4, 3, 3, "False"],
    [3, 3, 2, "False"],
  ];
  for (const [replicas, readyReplicas, upToDateReplicas, expected] of states) {
    const controlPlane = { replicas, readyReplicas, upToDateReplicas };
    const initialization = { infrastructureProvisioned: true, controlPlaneInitialized: true };
    const cluster = aCapiCluster(3, { status: { initialization, controlPlane } });
    const { conditions } = verdict(aWorld(object, { cluster }));
    equal(conditions.find(({ type }) => type === "ControlPlaneReady")?.status, expected);
  }
});

Deno.test("verdict() does not believe counts of an older generation", () => {
  const deployment = aDeployment("general", 2);
  const stale = { ...deployment, metadata: { ...deployment.metadata, generation: 2 } };
  const { conditions } = verdict(aWorld(undefined, { deployments: [stale] }));
  equal(conditions.find(({ type }) => type === "WorkersReady")?.status, "False");
});

Deno.test("mergeConditions() drops types that are no longer stated", () => {
  const stated = { type: "A", status: "True", reason: "R", message: "" } as const;
  const before = mergeConditions([], [stated, { ...stated, type: "B" }], 1, new Date(0));
  deepEqual(mergeConditions(before, [stated], 2, now), [{
    ...stated,
    observedGeneration: 2,
    lastTransitionTime: "1970-01-01T00:00:00Z",
  }]);
});

Deno.test("verdict() does not call ready what is not yet applied, or not yet seen by CAPI", () => {
  const ready = (over: Partial<Observation>) =>
    verdict({ ...aWorld(), ...over }).conditions
      .filter(({ status }) => status === "False")
      .map(({ type }) => type);
  deepEqual(ready({}), []);
  deepEqual(ready({ pending: new Set(["workers"]) }), ["Ready", "WorkersReady"]);
  deepEqual(ready({ pending: new Set(["control plane"]) }), ["Ready", "ControlPlaneReady"]);
  deepEqual(ready({ isControlPlaneSettled: false }), ["Ready", "ControlPlaneReady"]);
});

Deno.test("verdict() waits for machines of an older template, whatever CAPI counts", () => {
  const [pool] = aWorld().deployments;
  ok(pool);
  const labels = { "cluster.x-k8s.io/deployment-name": pool.metadata.name };
  const set = (version: string, replicas: number) => ({
    ...pool,
    metadata: { ...pool.metadata, labels },
    spec: {
      replicas,
      template: { spec: { ...pool.spec.template.spec, version } },
    },
    status: { ...pool.status, replicas },
  });
  const present = pool.spec.template.spec.version;
  const missing = (...sets: ReturnType<typeof set>[]) =>
    verdict(aWorld(undefined, { sets })).conditions
      .filter(({ type, status }) => type === "WorkersReady" && status === "False").length;
  equal(missing(set(present, 2)), 0);
  equal(missing(set("v1.34.3", 2)), 1);
  equal(missing(set(present, 2), set("v1.34.3", 1)), 1);
  equal(missing(set(present, 2), set("v1.34.3", 0)), 0);
});
