import assert from "node:assert/strict";
import { aCluster } from "../testing/cluster.ts";
import { clusterInfo } from "./info.ts";

Deno.test("clusterInfo() of an object without status is Pending with zero counts", () => {
  const info = clusterInfo(aCluster("mgmt"), "ctx", []);
  assert.equal(info.phase, "Pending");
  assert.equal(info.control_plane_ready, 0);
  assert.equal(info.control_plane_total, 1);
  assert.equal(info.workers_ready, 0);
  assert.equal(info.workers_total, 2);
  assert.equal(info.endpoint, null);
  assert.equal(info.pivot_complete, false);
});

Deno.test("clusterInfo() shows Pivoted, a parent's word for a child that runs, as Ready", () => {
  assert.equal(
    clusterInfo(aCluster("a", { status: { phase: "Pivoted" } }), "c", []).phase,
    "Ready",
  );
});

Deno.test("clusterInfo() counts the present size of autoscaled pools, the wanted one of others", () => {
  const info = clusterInfo(
    aCluster("a", {
      pools: {
        general: { replicas: 15 },
        gpu: { replicas: 2, min: 1, max: 8 },
      },
      status: {
        workerPools: {
          general: { desiredReplicas: 14, currentReplicas: 14, readyReplicas: 14 },
          gpu: { desiredReplicas: 5, currentReplicas: 5, readyReplicas: 5 },
        },
      },
    }),
    "c",
    [],
  );
  assert.equal(info.workers_total, 20);
  assert.deepEqual(info.worker_pools.gpu, {
    desired_replicas: 5,
    ready_replicas: 5,
    autoscaling_enabled: true,
    min: 1,
    max: 8,
  });
  assert.equal(info.worker_pools.general?.autoscaling_enabled, false);
});

Deno.test("clusterInfo() takes a child whose agent is away for disconnected", () => {
  const away = aCluster("a", {
    status: {
      conditions: [{
        type: "AgentConnected",
        status: "False",
        reason: "StreamClosed",
        message: "",
        lastTransitionTime: "2026-11-23T12:00:00Z",
      }],
    },
  });
  assert.equal(clusterInfo(away, "c", []).connected, false);
  assert.equal(clusterInfo(aCluster("a"), "c", []).connected, true);
});
