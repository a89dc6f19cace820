import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { renderCluster } from "@lattice/providers";
import {
  aCapiCluster,
  aDeployment,
  aLatticeCluster,
  appliedObject,
  aWorld,
  DELETED,
} from "./fixtures_test.ts";
import { type ClusterAction, type ClusterPlan, decideCluster } from "./decide.ts";

const going = { deletionTimestamp: DELETED };
const problem = { field: "spec.nodes", reason: "is odd", remedy: "make it even" };

function named(action: ClusterAction): string {
  switch (action.do) {
    case "apply":
      return `apply ${action.object.kind}/${action.object.metadata.name}`;
    case "delete":
      return `delete ${action.ref.kind}/${action.ref.name}`;
    case "scale":
      return `scale ${action.deployment} to ${action.replicas}`;
    default:
      return action.do;
  }
}

function ready(plan: ClusterPlan): string | undefined {
  const found = plan.verdict?.conditions.find(({ type }) => type === "Ready");
  return found && `${found.status} ${found.reason}`;
}

function liveWith(over: (object: KubeObject) => KubeObject | undefined): {
  rendered: { wanted: KubeObject; live: KubeObject | undefined }[];
} {
  const rendered = renderCluster(aLatticeCluster()).map((wanted) => {
    const live = over(appliedObject(wanted));
    return { wanted, live };
  });
  return { rendered };
}

const nothing = {
  cluster: undefined,
  deployments: [],
  namespaceExists: false,
  ...liveWith(() => undefined),
};

const cases: readonly [
  string,
  Parameters<typeof aWorld>,
  string[],
  string | undefined,
  string | undefined,
][] = [
  ["writes nothing in a steady state", [], [], "Ready", "True ClusterReady"],
  [
    "says that a provisioned cluster still awaits its pivot",
    [undefined, { self: false }],
    [],
    "Provisioning",
    "False AwaitingPivot",
  ],
  [
    "makes a new cluster, pools last",
    [aLatticeCluster(undefined, { metadata: { finalizers: [] } }), { ...nothing, self: false }],
    [
      "add-finalizer",
      "create-namespace",
      "apply Cluster/demo",
      "apply LocalCluster/demo",
      "apply LocalControlPlane/demo-control-plane",
      "apply LocalMachineTemplate/demo-control-plane",
      "apply LocalMachineTemplate/demo-pool-general",
    ],
    "Pending",
    "False NotReady",
  ],
  [
    "adds a pool when the control plane has a version",
    [undefined, {
      deployments: [],
      ...liveWith((object) => {
        if (object.kind === "MachineDeployment") return undefined;
        const status = { version: "v1.35.4" };
        return object.kind === "LocalControlPlane" ? { ...object, status } : object;
      }),
    }],
    ["apply MachineDeployment/demo-pool-general"],
    "Provisioning",
    "False NotReady",
  ],
  [
    "deletes the pool that the spec no longer has",
    [aLatticeCluster(), { deployments: [aDeployment("general", 2), aDeployment("gpu", 1)] }],
    ["delete MachineDeployment/demo-pool-gpu"],
    "Provisioning",
    "False NotReady",
  ],
  [
    "deletes a template that no pool uses",
    [undefined, {
      templates: ["demo-pool-gpu", "demo-pool-general", "demo-control-plane"].map((name) => ({
        apiVersion: "infrastructure.lattice.dev/v1alpha1",
        kind: "LocalMachineTemplate",
        metadata: { name },
      })),
    }],
    ["delete LocalMachineTemplate/demo-pool-gpu"],
    "Ready",
    "True ClusterReady",
  ],
  [
    "stays in phase Ready while it scales",
    [
      aLatticeCluster(undefined, { status: { phase: "Ready" } }),
      { deployments: [aDeployment("general", 2, 1)] },
    ],
    [],
    "Ready",
    "False NotReady",
  ],
  [
    "refuses a spec that breaks a rule",
    [undefined, { problems: [problem] }],
    [],
    "Failed",
    "False ValidationFailed",
  ],
  [
    "keeps its hands off while it moves",
    [undefined, { moving: true }],
    [],
    "Pivoting",
    "False Pivoting",
  ],
  [
    "keeps its hands off what another cluster owns",
    [undefined, { self: false, fenced: true, ...nothing }],
    [],
    "Pivoted",
    "True PivotComplete",
  ],
  [
    "waits behind the fence for its own objects",
    [undefined, { fenced: true }],
    [],
    "Pivoting",
    "False Pivoting",
  ],
  [
    "deletes the Cluster when another cluster's record of it goes",
    [aLatticeCluster(undefined, { metadata: going }), { self: false }],
    ["delete Cluster/demo"],
    "Deleting",
    "False DeletingCluster",
  ],
  [
    "waits for CAPI to delete everything",
    [
      aLatticeCluster(undefined, { metadata: going }),
      { self: false, cluster: aCapiCluster(1, { metadata: going }) },
    ],
    [],
    "Deleting",
    "False DeletingCluster",
  ],
  [
    "goes when CAPI is done",
    [aLatticeCluster(undefined, { metadata: going }), { self: false, cluster: undefined }],
    ["delete-namespace", "remove-finalizer"],
    undefined,
    undefined,
  ],
  [
    "drops the record of a cluster that another one owns, and nothing else",
    [aLatticeCluster(undefined, { metadata: going }), { self: false, fenced: true }],
    ["remove-finalizer"],
    undefined,
    undefined,
  ],
  [
    "does not delete what is moving",
    [aLatticeCluster(undefined, { metadata: going }), { self: false, moving: true }],
    [],
    "Pivoting",
    "False Pivoting",
  ],
  [
    "refuses to delete itself",
    [aLatticeCluster(undefined, { metadata: going })],
    [],
    "Ready",
    "True ClusterReady",
  ],
  [
    "lets lattice uninstall delete it, and touches no machine",
    [aLatticeCluster(undefined, {
      metadata: { ...going, annotations: { "lattice.dev/uninstall": "run-1" } },
    })],
    ["remove-finalizer"],
    undefined,
    undefined,
  ],
];

for (const [name, args, actions, phase, condition] of cases) {
  Deno.test(`decideCluster() ${name}`, () => {
    const plan = decideCluster(aWorld(...args));
    deepEqual(plan.actions.map(named), actions);
    equal(plan.verdict?.phase, phase);
    equal(ready(plan), condition);
  });
}

Deno.test("decideCluster() names the command that deletes a cluster which manages itself", () => {
  const { verdict } = decideCluster(aWorld(aLatticeCluster(undefined, { metadata: going })));
  const blocked = verdict?.conditions.find(({ type }) => type === "DeletionBlocked");
  equal(blocked?.status, "True");
  match(blocked?.message ?? "", /lattice uninstall demo/);
});

Deno.test("decideCluster() tells of a new phase once", () => {
  const [first] = decideCluster(aWorld()).events;
  equal(first?.message, "phase none -> Ready: self-managed and ready");
  const known = aLatticeCluster(undefined, { status: { phase: "Ready" } });
  deepEqual(decideCluster(aWorld(known)).events, []);
});

const autoscaled = aLatticeCluster({ general: { replicas: 3, min: 2, max: 5 } });

function replicasOf(plan: ClusterPlan): unknown[] {
  return plan.actions.flatMap((action) =>
    action.do === "apply" && action.object.kind === "MachineDeployment"
      ? [(action.object["spec"] as { replicas?: number }).replicas]
      : []
  );
}

function autoscaledWorld(replicas: number | undefined): ReturnType<typeof aWorld> {
  const world = aWorld(autoscaled);
  const deployments = replicas === undefined ? [] : [aDeployment("general", replicas)];
  const rendered = world.rendered.map(({ wanted }) => {
    const live = { ...appliedObject(wanted), status: { version: "v1.35.4" } };
    const pool = wanted.kind === "MachineDeployment";
    return { wanted, live: pool && replicas === undefined ? undefined : live };
  });
  return { ...world, deployments, rendered };
}

Deno.test("decideCluster() sends the size of an autoscaled pool only when it makes the pool", () => {
  deepEqual(replicasOf(decideCluster(autoscaledWorld(undefined))), [3]);
  deepEqual(replicasOf(decideCluster(autoscaledWorld(4))), [undefined]);
});

Deno.test("decideCluster() raises an autoscaled pool to its minimum, and leaves it within its bounds", () => {
  const scales = (replicas: number) =>
    decideCluster(autoscaledWorld(replicas)).actions.filter((action) => action.do === "scale");
  deepEqual(scales(1).map(named), ["scale demo-pool-general to 2"]);
  deepEqual(scales(5), []);
});

Deno.test("decideCluster() holds a pool's new version back until the control plane has it", () => {
  const withVersion = (version: string) => {
    const world = aWorld();
    const rendered = world.rendered.map(({ wanted, live }) => {
      const changed = JSON.parse(JSON.stringify(wanted).replaceAll("v1.35.4", "v1.36.0"));
      const status = wanted.kind === "LocalControlPlane" ? { status: { version } } : {};
      return { wanted: changed as KubeObject, live: live && { ...live, ...status } };
    });
    return decideCluster({ ...world, rendered }).actions.map(named);
  };
  deepEqual(withVersion("v1.35.4"), ["apply LocalControlPlane/demo-control-plane"]);
  ok(withVersion("v1.36.0").includes("apply MachineDeployment/demo-pool-general"));
});

Deno.test("decideCluster() deletes a control plane's old template once no machine is made from it", () => {
  const template = (name: string) => ({
    apiVersion: "infrastructure.lattice.dev/v1alpha1",
    kind: "LocalMachineTemplate",
    metadata: { name },
  });
  const templates = ["demo-control-plane-0a1b2c3d", "demo-control-plane-other"].map(template);
  const deletions = (upToDateReplicas: number) => {
    const status = { replicas: 1, upToDateReplicas, observedGeneration: 2 };
    const over = liveWith((object) =>
      object.kind === "LocalControlPlane"
        ? { ...object, metadata: { ...object.metadata, generation: 2 }, status }
        : object
    );
    return decideCluster(aWorld(undefined, { ...over, templates })).actions.map(named);
  };
  deepEqual(deletions(0), []);
  deepEqual(deletions(1), ["delete LocalMachineTemplate/demo-control-plane-0a1b2c3d"]);
});

Deno.test("decideCluster() tells templates of one name apart by their kind", () => {
  const templates = ["LocalMachineTemplate", "KubeadmConfigTemplate"].map((kind) => ({
    apiVersion: "example.com/v1",
    kind,
    metadata: { name: "demo-pool-general" },
  }));
  const { actions } = decideCluster(aWorld(undefined, { templates }));
  deepEqual(actions.map(named), ["delete KubeadmConfigTemplate/demo-pool-general"]);
});

Deno.test("decideCluster() tells in one event what it applies", () => {
  const { events } = decideCluster(aWorld(undefined, nothing));
  const told = events.filter(({ reason }) => reason === "Applied").map(({ message }) => message);
  deepEqual(told, [
    "applied Cluster demo, LocalCluster demo, LocalControlPlane demo-control-plane, " +
    "LocalMachineTemplate demo-control-plane, LocalMachineTemplate demo-pool-general",
  ]);
});
