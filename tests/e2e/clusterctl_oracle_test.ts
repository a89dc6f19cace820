import assert from "node:assert/strict";
import type { KubeClient, KubeObject } from "@lattice/kube";
import { move } from "@lattice/pivot";
import { locateTools } from "../../tools/locate.ts";
import { makeFleet } from "../faults/move/fleet.ts";
import { type Pair, startPair } from "../faults/move/pair.ts";
import { fleetOf, readState } from "../faults/move/state.ts";

const CLUSTER = "prod";
const FLEET = { name: CLUSTER, pools: 2, machines: 3 };

Deno.test("clusterctl move and ours leave equal sets of objects", async (t) => {
  await using pair = await startPair();
  const [ours, theirs] = ["capi-ours", "capi-theirs"] as const;
  const [source, target] = [pair.source.client, pair.target.client];
  const objects = await makeFleet(source, { ...FLEET, namespace: ours });
  await makeFleet(source, { ...FLEET, namespace: theirs });
  assert.deepEqual(await readState(source, ours), await readState(source, theirs), "equal start");

  const report = await move({ source, target, namespace: ours, cluster: CLUSTER, runId: "oracle" });
  await moveWithClusterctl(pair, theirs);

  await t.step(
    "in the target: names, specs, labels, annotations, owners, secret bytes",
    async () => {
      const moved = fleetOf(await readState(target, ours));
      assert.equal(Object.keys(moved).length, objects);
      assert.equal(report.moved, objects);
      assert.deepEqual(moved, await readState(target, theirs));
    },
  );
  await t.step("in the source: what does not belong to the cluster", async () => {
    const { "ConfigMap/lattice-move": journal, ...left } = await readState(source, ours);
    assert.ok(journal);
    assert.deepEqual(left, await readState(source, theirs));
  });
  // clusterctl leaves the UIDs of the source in the names of owner references; ours are those of the target.
  await t.step("owners of fields, where somebody applies", async () => {
    assert.deepEqual(await appliers(target, ours), await appliers(target, theirs));
  });
});

async function moveWithClusterctl(pair: Pair, namespace: string): Promise<void> {
  const tools = await locateTools();
  const { dir, kubeconfigPath } = pair.source.server;
  const { success, stderr } = await new Deno.Command(tools.bin("clusterctl"), {
    args: [
      "move",
      `--kubeconfig=${kubeconfigPath}`,
      `--to-kubeconfig=${pair.target.server.kubeconfigPath}`,
      `--namespace=${namespace}`,
    ],
    env: { HOME: dir, XDG_CONFIG_HOME: dir, CLUSTERCTL_DISABLE_VERSIONCHECK: "true" },
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** Who owns fields of objects that somebody applies, without the status, which no move takes along. */
async function appliers(
  client: KubeClient,
  namespace: string,
): Promise<Record<string, readonly string[]>> {
  const kinds = [
    ["cluster.x-k8s.io/v1beta2", "Cluster"],
    ["cluster.x-k8s.io/v1beta2", "MachineDeployment"],
    ["cluster.x-k8s.io/v1beta2", "MachineSet"],
    ["cluster.x-k8s.io/v1beta2", "Machine"],
    ["infrastructure.lattice.dev/v1alpha1", "LocalMachine"],
  ] as const;
  const result: Record<string, readonly string[]> = {};
  for (const [apiVersion, kind] of kinds) {
    const { items } = await client.list<KubeObject>({ apiVersion, kind }, { namespace });
    for (const object of items) result[`${kind}/${object.metadata.name}`] = ownersOfFields(object);
  }
  return result;
}

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: unknown;
}

function ownersOfFields(object: KubeObject): string[] {
  const entries = (object.metadata.managedFields ?? []) as Entry[];
  return entries.filter((entry) => entry.operation === "Apply" && !entry.subresource)
    .map((entry) => `${entry.manager} ${JSON.stringify(entry.fieldsV1).replace(UID, "UID")}`)
    .sort();
}

const UID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
