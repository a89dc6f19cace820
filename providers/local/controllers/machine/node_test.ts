import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { aControlPlaneMachine, aMachine, aNode } from "../fixtures_test.ts";
import { keptNode, newNode, nodeDiffers, nodeLabels } from "./node.ts";

function labelled(labels: unknown): ReturnType<typeof aMachine> {
  const annotations = { "lattice.dev/node-labels": labels };
  return aMachine("m-1", { metadata: { annotations } });
}

Deno.test("nodeLabels() adds the labels of the pool to those of every node", () => {
  deepEqual(nodeLabels(labelled('{"lattice.dev/pool":"a","tier":"x"}')), {
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": "m-1",
    "kubernetes.io/os": "linux",
    "lattice.dev/pool": "a",
    tier: "x",
  });
});

for (const broken of ["", "no", "[1]", '{"a":1}', "null"]) {
  Deno.test(`nodeLabels() takes the annotation ${JSON.stringify(broken)} for empty`, () => {
    deepEqual(Object.keys(nodeLabels(labelled(broken))).length, 3);
  });
}

Deno.test("nodeLabels() gives control-plane nodes their role, in the words of the distribution", () => {
  const role = "node-role.kubernetes.io/control-plane";
  equal(nodeLabels(aControlPlaneMachine("m-1"))[role], "");
  const annotations = { "lattice.dev/node-labels": JSON.stringify({ [role]: "true" }) };
  equal(
    nodeLabels(aControlPlaneMachine("m-1", [], {
      metadata: {
        labels: { "cluster.x-k8s.io/control-plane": "" },
        annotations,
      },
    }))[role],
    "true",
  );
});

Deno.test("newNode() carries version, taints and provider id, and no label that an apply must own", () => {
  const taints = [{ key: "dedicated", value: "x", effect: "NoSchedule", propagation: "Always" }];
  const node = newNode(aMachine("m-1", { spec: { taints } }));
  deepEqual(node["spec"], {
    providerID: "local:///demo/m-1",
    taints: [{ key: "dedicated", value: "x", effect: "NoSchedule" }],
  });
  equal(node.metadata.labels, undefined);
  const { nodeInfo } = node["status"] as { nodeInfo: { kubeletVersion: string } };
  equal(nodeInfo.kubeletVersion, "v1.35.4");
});

Deno.test("nodeDiffers() is false for what keptNode() wrote, and true after any change of labels", () => {
  const labels = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.stringMatching(/^[a-z]{0,8}$/),
  );
  fc.assert(fc.property(labels, labels, (before, after) => {
    const [first, second] = [before, after].map((each) => labelled(JSON.stringify(each)));
    if (!first || !second) return;
    const applied = keptNode(first).metadata;
    const node = aNode({ metadata: { labels: applied.labels, annotations: applied.annotations } });
    equal(nodeDiffers(node, first), false);
    const same = JSON.stringify(nodeLabels(first)) === JSON.stringify(nodeLabels(second)) ||
      Object.keys({ ...before, ...after }).every((key) => before[key] === after[key]);
    equal(nodeDiffers(node, second), !same);
  }));
});
