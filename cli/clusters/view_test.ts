import assert from "node:assert/strict";
import { aCluster } from "../testing/cluster.ts";
import { clusterInfo } from "./info.ts";
import { clusterSheet, clustersTable } from "./view.ts";

const NOW = new Date("2026-11-23T12:00:00Z");

const PROD = clusterInfo(
  aCluster("prod", {
    parent: true,
    created: "2026-10-24T11:00:00Z",
    pools: { general: { replicas: 15 }, gpu: { replicas: 2, min: 2, max: 10 } },
    status: {
      phase: "Ready",
      readyControlPlane: 1,
      readyWorkers: 20,
      endpoint: "https://127.0.0.1:20000",
      pivotComplete: true,
      bootstrapComplete: true,
      workerPools: {
        general: { desiredReplicas: 15, currentReplicas: 15, readyReplicas: 15 },
        gpu: { desiredReplicas: 5, currentReplicas: 5, readyReplicas: 5 },
      },
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "ClusterReady",
          message: "All components healthy",
          lastTransitionTime: "2026-10-24T11:01:00Z",
        },
        {
          type: "ControlPlaneReady",
          status: "True",
          reason: "ControlPlaneRunning",
          message: "1/1 nodes ready",
          lastTransitionTime: "2026-10-24T11:01:00Z",
        },
      ],
    },
  }),
  "prod-admin@prod",
  ["us-west", "us-east"],
);
const EDGE = clusterInfo(aCluster("edge"), "edge", []);

Deno.test("clustersTable() has the columns of the README", () => {
  assert.equal(
    clustersTable([PROD, EDGE], NOW),
    `NAME  PHASE    PROVIDER  K8S     CP   WORKERS  ROLE    AGE
prod  Ready    local     1.35.4  1/1  20/20    parent  30d
edge  Pending  local     1.35.4  0/1  0/2      leaf    -
`,
  );
});

Deno.test("clusterSheet() has the layout of the README", () => {
  assert.equal(
    clusterSheet(PROD, NOW),
    `Name:           prod
Phase:          Ready
Provider:       local
K8s Version:    1.35.4
Role:           parent
Control Plane:  1/1
Workers:        20/20
Endpoint:       https://127.0.0.1:20000
Pivot:          complete
Bootstrap:      complete
Age:            30d
Context:        prod-admin@prod
Children:       us-east, us-west

Worker Pools:
  general       15/15
  gpu           5/5  (autoscaling: min=2, max=10)

Conditions:
  Ready              True  ClusterReady         All components healthy
  ControlPlaneReady  True  ControlPlaneRunning  1/1 nodes ready
`,
  );
});

Deno.test("clusterSheet() leaves out what is not known", () => {
  const sheet = clusterSheet(EDGE, NOW);
  for (const label of ["Endpoint", "Message", "Children", "Conditions"]) {
    assert.ok(!sheet.includes(label), label);
  }
});
