import { deepEqual, equal } from "node:assert/strict";
import { aCluster, aLocalMachine, aMachine, aNode, DELETED } from "../fixtures_test.ts";
import { MACHINE_FINALIZER } from "../names.ts";
import { decideMachine, type MachineAction, type MachineWorld } from "./decide.ts";
import { keptNode } from "./node.ts";

const ID = "local:///demo/demo-pool-a-1";
const held = aLocalMachine({ metadata: { finalizers: [MACHINE_FINALIZER] } });
const provisioned = aLocalMachine({
  metadata: { finalizers: [MACHINE_FINALIZER] },
  spec: { providerID: ID },
});
const leaving = aLocalMachine({
  metadata: { finalizers: [MACHINE_FINALIZER], deletionTimestamp: DELETED },
});
const node = aNode({
  metadata: keptNode(aMachine()).metadata as unknown as Record<string, unknown>,
});

function world(over: Partial<MachineWorld> = {}): MachineWorld {
  return {
    object: provisioned,
    machine: aMachine(),
    cluster: aCluster(),
    reachable: true,
    node,
    ...over,
  };
}

const cases: readonly [string, Partial<MachineWorld>, MachineAction[], string | undefined][] = [
  ["waits for its Machine", { machine: undefined }, [], "WaitingForMachine"],
  ["waits for its Cluster", { cluster: undefined }, [], "WaitingForCluster"],
  [
    "takes its finalizer before it waits for anything",
    { object: aLocalMachine(), cluster: aCluster({ status: {} }) },
    ["add-finalizer"],
    "WaitingForInfrastructure",
  ],
  [
    "waits for bootstrap data",
    { machine: aMachine("demo-pool-a-1", { spec: { bootstrap: {} } }) },
    [],
    "WaitingForBootstrapData",
  ],
  ["waits for the kubeconfig", { reachable: false }, [], "WaitingForControlPlane"],
  [
    "registers its Node and says so in the same run",
    { object: held, node: undefined },
    ["create-node", "set-provider-id"],
    "Provisioned",
  ],
  ["adopts a Node that is there", { object: held }, ["set-provider-id"], "Provisioned"],
  ["writes nothing in a steady state", {}, [], "Provisioned"],
  [
    "carries changed labels to the Node",
    { node: aNode({ metadata: { labels: { old: "1" } } }) },
    ["update-node"],
    "Provisioned",
  ],
  [
    "does not bring the Node of a leaving Machine back",
    {
      node: undefined,
      machine: aMachine("demo-pool-a-1", { metadata: { deletionTimestamp: DELETED } }),
    },
    [],
    undefined,
  ],
  [
    "deletes its Node when it goes",
    { object: leaving },
    ["delete-node", "remove-finalizer"],
    "Deleting",
  ],
  ["goes without a Node", { object: leaving, node: undefined }, ["remove-finalizer"], "Deleting"],
  [
    "leaves the Node to a cluster that goes as a whole",
    { object: leaving, cluster: aCluster({ metadata: { deletionTimestamp: DELETED } }) },
    ["remove-finalizer"],
    "Deleting",
  ],
  [
    "leaves a finalizer that is not its own",
    { object: aLocalMachine({ metadata: { deletionTimestamp: DELETED } }) },
    [],
    undefined,
  ],
];

for (const [name, over, actions, reason] of cases) {
  Deno.test(`decideMachine() ${name}`, () => {
    const plan = decideMachine(world(over));
    deepEqual(plan.actions, actions);
    equal(plan.ready?.reason, reason);
  });
}

Deno.test("decideMachine() reports the contract's fields only once the Node is registered", () => {
  deepEqual(decideMachine(world()).status, {
    initialization: { provisioned: true },
    addresses: [
      { type: "InternalIP", address: "127.0.0.1" },
      { type: "Hostname", address: "demo-pool-a-1" },
    ],
  });
  equal(decideMachine(world({ reachable: false })).status, undefined);
});
