import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import fc from "fast-check";
import { buildGraph, displayName } from "./graph.ts";
import { makePlan, planned } from "./plan.ts";
import { anObject, listed } from "./testing/objects.ts";

const SCOPE = { cluster: "prod", namespace: "capi-prod" };

interface Case {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly usedElsewhere?: ReadonlySet<string>;
  /** Layers, each as names; shared objects have a star. */
  readonly layers: readonly (readonly string[])[];
}

const cluster = anObject("Cluster", "prod");
const deployment = anObject("MachineDeployment", "md", { owners: [cluster] });
const set = anObject("MachineSet", "ms", { owners: [deployment] });
const machine = anObject("Machine", "m", { owners: [set] });
const infra = anObject("TestMachine", "m", { owners: [machine] });
const other = anObject("Cluster", "prod-eu");
const clusterClass = anObject("ClusterClass", "small");
const topology = { spec: { topology: { classRef: { name: "small" } } } };
const classy = anObject("Cluster", "prod", { body: topology });
const identity = anObject("TestIdentity", "account");

const CASES: readonly Case[] = [
  {
    name: "owners come before what they own, whatever the order of the list",
    objects: [infra, machine, set, deployment, cluster],
    layers: [
      ["Cluster/prod"],
      ["MachineDeployment/md"],
      ["MachineSet/ms"],
      ["Machine/m"],
      ["TestMachine/m"],
    ],
  },
  {
    name: "a secret without owner belongs by its name, a labelled object by its label",
    objects: [
      cluster,
      anObject("Secret", "prod-kubeconfig"),
      anObject("Secret", "prod-anything"),
      anObject("Secret", "other"),
      anObject("ConfigMap", "prod-config"),
      anObject("ConfigMap", "mine", { labels: { "cluster.x-k8s.io/cluster-name": "prod" } }),
      anObject("Machine", "lone", { body: { spec: { clusterName: "prod" } } }),
    ],
    layers: [
      ["Cluster/prod"],
      ["ConfigMap/mine", "Machine/lone", "Secret/prod-anything", "Secret/prod-kubeconfig"],
    ],
  },
  {
    name: "the longest cluster name decides about a secret",
    objects: [cluster, other, anObject("Secret", "prod-eu-ca"), anObject("Secret", "prod-ca")],
    layers: [["Cluster/prod"], ["Secret/prod-ca"]],
  },
  {
    name: "a label beats the name",
    objects: [
      cluster,
      other,
      anObject("Secret", "prod-ca", { labels: { "cluster.x-k8s.io/cluster-name": "prod-eu" } }),
    ],
    layers: [["Cluster/prod"]],
  },
  {
    name: "journal, root certificate and service-account tokens stay",
    objects: [
      cluster,
      anObject("ConfigMap", "lattice-move", {
        labels: { "cluster.x-k8s.io/cluster-name": "prod" },
      }),
      anObject("ConfigMap", "kube-root-ca.crt", {
        labels: { "cluster.x-k8s.io/cluster-name": "prod" },
      }),
      anObject("Secret", "prod-token", { body: { type: "kubernetes.io/service-account-token" } }),
    ],
    layers: [["Cluster/prod"]],
  },
  {
    name: "a ClusterClass comes before its Cluster",
    objects: [
      classy,
      clusterClass,
      anObject("TestMachine", "template", { owners: [clusterClass] }),
    ],
    layers: [["ClusterClass/small"], ["Cluster/prod"], ["TestMachine/template"]],
  },
  {
    name: "a ClusterClass that a neighbour uses is copied and kept",
    objects: [classy, clusterClass, anObject("Cluster", "prod-eu", { body: topology })],
    layers: [["ClusterClass/small*"], ["Cluster/prod"]],
  },
  {
    name: "a ClusterClass that another namespace uses is copied and kept",
    objects: [classy, clusterClass],
    usedElsewhere: new Set(["uid-ClusterClass-small"]),
    layers: [["ClusterClass/small*"], ["Cluster/prod"]],
  },
  {
    name: "a kind that says so moves without owner, after the Cluster",
    objects: [cluster, anObject("TestPool", "addresses")],
    layers: [["Cluster/prod"], ["TestPool/addresses"]],
  },
  {
    name: "an object that says so takes along what it owns",
    objects: (() => {
      const labels = { "clusterctl.cluster.x-k8s.io/move-hierarchy": "" };
      const head = anObject("ConfigMap", "head", { labels });
      return [cluster, head, anObject("Secret", "tail", { owners: [head] })];
    })(),
    layers: [["Cluster/prod"], ["ConfigMap/head"], ["Secret/tail"]],
  },
  {
    name: "cluster-scoped objects and what they own are copied and kept",
    objects: [
      cluster,
      identity,
      anObject("Secret", "credentials", { owners: [identity], namespace: "system" }),
    ],
    layers: [["Cluster/prod"], ["TestIdentity/account*"], ["Secret/credentials*"]],
  },
  {
    name: "the owner of something that moves moves with it",
    objects: (() => {
      const pool = anObject("TestMachine", "pool");
      return [cluster, pool, anObject("Secret", "both", { owners: [cluster, pool] })];
    })(),
    layers: [["Cluster/prod"], ["TestMachine/pool"], ["Secret/both"]],
  },
  {
    name: "what a neighbour owns, too, is copied and kept",
    objects: [cluster, other, anObject("Secret", "both", { owners: [cluster, other] })],
    layers: [["Cluster/prod"], ["Secret/both*"]],
  },
];

for (const { name, objects, layers, usedElsewhere } of CASES) {
  Deno.test(`plan: ${name}`, () => {
    for (const input of [objects, objects.toReversed()]) {
      const plan = makePlan(buildGraph(listed(...input)), {
        ...SCOPE,
        ...(usedElsewhere ? { usedElsewhere } : {}),
      });
      const found = plan?.layers.map((layer) =>
        layer.map(({ object, shared }) => displayName(object) + (shared ? "*" : ""))
      );
      assert.deepEqual(found, layers);
    }
  });
}

Deno.test("plan: without the Cluster there is none", () => {
  assert.equal(makePlan(buildGraph(listed(other)), SCOPE), undefined);
});

Deno.test("plan: a circle is refused by name", () => {
  const first = anObject("TestMachine", "a", { owners: [anObject("TestMachine", "b")] });
  const second = anObject("TestMachine", "b", { owners: [first, cluster] });
  assert.throws(() => makePlan(buildGraph(listed(cluster, first, second)), SCOPE), {
    code: "conflict",
    message:
      "Cannot move: objects own each other in a circle: TestMachine/a -> TestMachine/b -> TestMachine/a",
  });
});

Deno.test("plan: an owner that does not move is refused by name", () => {
  const stranger = anObject("TestMachine", "stranger");
  const owned = anObject("Secret", "owned", { owners: [cluster, stranger] });
  assert.throws(() => makePlan(buildGraph(listed(cluster, owned)), SCOPE), {
    code: "conflict",
    field: "metadata.ownerReferences",
    message: /Secret\/owned: its owner TestMachine\/stranger/,
  });
});

/** Objects in a random graph without circles: each is owned by some of those before it. */
const forest = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 40 }).map((picks) => {
  const objects: KubeObject[] = [cluster];
  for (const [index, pick] of picks.entries()) {
    const owners = [...new Set(pick.map((one) => one % objects.length))].map((at) => objects[at]);
    objects.push(
      anObject("TestMachine", `n${index}`, { owners: owners.filter((one) => one !== undefined) }),
    );
  }
  return objects;
});

Deno.test("plan: every object once, after all its owners, in any order of input", () => {
  fc.assert(fc.property(forest, fc.infiniteStream(fc.nat()), (objects, numbers) => {
    const shuffled = objects.map((object) => ({ object, at: numbers.next().value ?? 0 }))
      .sort((a, b) => a.at - b.at).map(({ object }) => object);
    const plan = makePlan(buildGraph(listed(...objects)), SCOPE);
    const again = makePlan(buildGraph(listed(...shuffled)), SCOPE);
    assert.ok(plan && again);
    const names = (one: typeof plan) => one.layers.map((layer) => layer.map((node) => node.key));
    assert.deepEqual(names(plan), names(again));
    const order = planned(plan).map((node) => node.uid);
    assert.equal(new Set(order).size, order.length);
    for (const [at, node] of planned(plan).entries()) {
      for (const owner of node.owners) assert.ok(order.indexOf(owner) < at);
    }
    assert.equal(order[0], "uid-Cluster-prod");
  }));
});

Deno.test("plan: what the Cluster owns, directly or not, is in it", () => {
  fc.assert(fc.property(forest, (objects) => {
    const plan = makePlan(buildGraph(listed(...objects)), SCOPE);
    const inside = new Set(planned(plan ?? assert.fail()).map((node) => node.uid));
    const owned = new Set(["uid-Cluster-prod"]);
    for (const { metadata: { uid = "", ownerReferences = [] } } of objects) {
      if (ownerReferences.some((owner) => owned.has(owner.uid))) owned.add(uid);
    }
    for (const uid of owned) assert.ok(inside.has(uid), uid);
  }));
});
