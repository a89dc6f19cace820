import { deepEqual, equal } from "node:assert/strict";
import { aCluster, aLocalCluster, DELETED } from "../fixtures_test.ts";
import { CLUSTER_FINALIZER } from "../names.ts";
import { decideLocalCluster, type LocalClusterAction, type LocalClusterWorld } from "./decide.ts";

const endpoint = { controlPlaneEndpoint: { host: "127.0.0.1", port: 20_000 } };
const finalizers = [CLUSTER_FINALIZER];
const reserved = aLocalCluster({ metadata: { finalizers }, spec: endpoint });
const leaving = aLocalCluster({ metadata: { finalizers, deletionTimestamp: DELETED } });

const cases: readonly [
  string,
  Partial<LocalClusterWorld>,
  LocalClusterAction[],
  string | undefined,
][] = [
  ["waits for its Cluster", { cluster: undefined }, [], "WaitingForCluster"],
  [
    "takes its finalizer and reserves ports",
    { object: aLocalCluster() },
    ["add-finalizer", "reserve-endpoint"],
    "ReservingPorts",
  ],
  [
    "keeps an endpoint that it has",
    { object: aLocalCluster({ spec: endpoint }) },
    ["add-finalizer"],
    undefined,
  ],
  ["is not provisioned before something answers", { serving: false }, [], "StartingProcesses"],
  ["is provisioned when something answers", {}, [], "Provisioned"],
  ["waits for the processes to end", { object: leaving }, [], "StoppingProcesses"],
  [
    "releases its ports last",
    { object: leaving, planned: false },
    ["release-ports", "remove-finalizer"],
    undefined,
  ],
  [
    "leaves a finalizer that is not its own",
    { object: aLocalCluster({ metadata: { deletionTimestamp: DELETED } }) },
    [],
    undefined,
  ],
];

for (const [name, over, actions, reason] of cases) {
  Deno.test(`decideLocalCluster() ${name}`, () => {
    const world = { object: reserved, cluster: aCluster(), planned: true, serving: true, ...over };
    const plan = decideLocalCluster(world);
    deepEqual(plan.actions, actions);
    equal(plan.ready?.reason, reason);
    equal(plan.status !== undefined, reason === "Provisioned");
  });
}
