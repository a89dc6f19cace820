import { deepEqual, equal } from "node:assert/strict";
import {
  aCluster,
  aControlPlaneMachine,
  aLocalControlPlane,
  anObject,
  DELETED,
} from "../fixtures_test.ts";
import { CONTROL_PLANE_FINALIZER } from "../names.ts";
import { type ControlPlaneWorld, decideControlPlane } from "./decide.ts";

const finalizers = [CONTROL_PLANE_FINALIZER];
const conditions = [{ type: "Initialized", status: "True" }];
const running = aLocalControlPlane({ metadata: { finalizers }, status: { conditions } });
const fresh = aLocalControlPlane({ metadata: { finalizers } });
const leaving = aLocalControlPlane({ metadata: { finalizers, deletionTimestamp: DELETED } });
const record = {
  version: "1.35.4",
  flavour: "kubeadm",
  certSANs: ["localhost", "127.0.0.1"],
} as const;
const machine = aControlPlaneMachine("cp-1");

function world(over: Partial<ControlPlaneWorld> = {}): ControlPlaneWorld {
  return {
    object: running,
    cluster: aCluster(),
    own: false,
    base: 20_000,
    record: { ...record, certSANs: [...record.certSANs] },
    supervised: true,
    serving: true,
    secretsWritten: true,
    templateOwned: true,
    machines: [machine],
    orphans: [],
    ...over,
  };
}

const cases: readonly [string, Partial<ControlPlaneWorld>, string[], string | undefined][] = [
  ["waits for its Cluster", { cluster: undefined, object: fresh }, [], "WaitingForCluster"],
  [
    "takes its finalizer, then waits for ports",
    { object: aLocalControlPlane(), base: undefined },
    ["add-finalizer"],
    "WaitingForInfrastructure",
  ],
  [
    "plans and starts the processes",
    { object: fresh, record: undefined, supervised: false, serving: false },
    ["plan-processes", "start-processes"],
    "StartingProcesses",
  ],
  [
    "starts processes again that nobody looks after",
    { supervised: false },
    ["start-processes"],
    "Available",
  ],
  ["never starts its own cluster", { own: true, supervised: false }, [], "Available"],
  [
    "plans again when the certificate needs another name",
    { record: { ...record, certSANs: ["localhost"] } },
    ["plan-processes"],
    "Available",
  ],
  [
    "grants access, hands over secrets and makes machines when the API server answers",
    { object: fresh, secretsWritten: false, templateOwned: false, machines: [] },
    ["grant-access", "write-secrets", "own-template", "create-machine"],
    "Available",
  ],
  [
    "finishes a machine that was begun",
    { machines: [], orphans: [anObject("cp-9")] },
    ["adopt-machine"],
    "Available",
  ],
  ["writes nothing in a steady state", {}, [], "Available"],
  ["reports an API server that stopped answering", { serving: false }, [], "StartingProcesses"],
  [
    "marks machines as up to date",
    { machines: [aControlPlaneMachine("cp-1", ["Ready"])] },
    ["mark-machine"],
    "Available",
  ],
  ["deletes its machines first", { object: leaving }, ["delete-machine"], "WaitingForMachines"],
  [
    "stops the processes when no machine is left",
    { object: leaving, machines: [] },
    ["remove-processes"],
    "StoppingProcesses",
  ],
  [
    "goes when the processes are gone",
    { object: leaving, machines: [], record: undefined },
    ["remove-finalizer"],
    undefined,
  ],
  ["refuses to remove its own cluster", { object: leaving, own: true }, [], "SelfManaged"],
];

for (const [name, over, actions, reason] of cases) {
  Deno.test(`decideControlPlane() ${name}`, () => {
    const plan = decideControlPlane(world(over));
    deepEqual(plan.actions.map((action) => action.do), actions);
    equal(plan.conditions.find(({ type }) => type === "Available")?.reason, reason);
  });
}

Deno.test("decideControlPlane() keeps an initialized control plane initialized while it restarts", () => {
  const { status } = decideControlPlane(world({ serving: false }));
  deepEqual(status["initialization"], { controlPlaneInitialized: true });
  equal(
    decideControlPlane(world({ serving: false, object: fresh })).status["initialization"],
    undefined,
  );
});

Deno.test("decideControlPlane() carries taints, labels and annotations to machines in place", () => {
  const taints = [{ key: "k", effect: "NoSchedule", propagation: "Always" }];
  const { spec } = running.spec.machineTemplate;
  const machineTemplate = { metadata: { annotations: { a: "1" } }, spec: { ...spec, taints } };
  const object = aLocalControlPlane({
    metadata: { finalizers },
    status: { conditions },
    spec: { machineTemplate },
  });
  deepEqual(decideControlPlane(world({ object })).actions, [{
    do: "update-machine",
    name: "cp-1",
    changes: { metadata: { annotations: { a: "1" } }, spec: { taints } },
  }]);
});

Deno.test("decideControlPlane() fills in the contract's status", () => {
  const machines = [
    machine,
    aControlPlaneMachine("cp-2", []),
    aControlPlaneMachine("cp-3", ["Ready"]),
  ];
  const { status } = decideControlPlane(world({ machines }));
  deepEqual(status, {
    initialization: { controlPlaneInitialized: true },
    selector: "cluster.x-k8s.io/cluster-name=demo,cluster.x-k8s.io/control-plane",
    version: "v1.35.4",
    observedGeneration: 0,
    replicas: 3,
    readyReplicas: 2,
    availableReplicas: 1,
    upToDateReplicas: 3,
  });
});
