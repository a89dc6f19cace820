/**
 * The fake API server of the controllers' histories, held against a real one: the same calls, the same answers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { connect, isApiError, type KubeClient, type KubeObject } from "@lattice/kube";
import { needsWrite } from "../../operator/mesh/difference.ts";
import { extras } from "../../operator/mesh/drift.ts";
import { isApplied } from "../../operator/mesh/ownership.ts";
import { standIns } from "../../operator/mesh/stand_ins.ts";
import { startApiServer } from "../support/apiserver.ts";
import { FakeCluster } from "../support/fake_cluster.ts";
import { installCrds } from "../support/provider_crds.ts";

const LABELS = { "app.kubernetes.io/managed-by": "lattice", "lattice.dev/service": "web" };
const REF = { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", namespace: "a", name: "p" };
const MESH = { manager: "lattice-mesh", force: true } as const;
const OPENED_MS = 15_000;

function policy(spec: unknown, labels: Record<string, string> = LABELS): KubeObject {
  const { apiVersion, kind, namespace, name } = REF;
  return { apiVersion, kind, metadata: { name, namespace, labels }, spec };
}

const RULE = { fromEndpoints: [{ matchLabels: { a: "b" } }] };
const FIRST = policy({ endpointSelector: { matchLabels: { x: "y" } }, ingress: [RULE] });
const SECOND = policy({ endpointSelector: { matchLabels: { x: "y" } }, egress: [] });

type Client = Pick<KubeClient, "apply" | "delete" | "find" | "patch">;

/** What a caller can tell of one call: whether something was written, and what there is now. */
type Call = readonly [string, (client: Client) => Promise<unknown>];

const CALLS: readonly Call[] = [
  ["apply creates", (client) => client.apply(FIRST, MESH)],
  ["the same again writes nothing", (client) => client.apply(FIRST, MESH)],
  [
    "somebody changes a rule",
    (client) => edit(client, { spec: { ingress: [{ fromEntities: ["all"] }] } }),
  ],
  ["apply puts it back", (client) => client.apply(FIRST, MESH)],
  ["somebody adds a field", (client) => edit(client, { spec: { nodeSelector: { a: "b" } } })],
  ["apply leaves that alone", (client) => client.apply(FIRST, MESH)],
  ["what was added is removed", (client) => edit(client, { spec: { nodeSelector: null } })],
  ["apply drops what it no longer names", (client) => client.apply(SECOND, MESH)],
  [
    "somebody takes a label away",
    (client) => edit(client, { metadata: { labels: { "lattice.dev/service": null } } }),
  ],
  ["apply puts the label back", (client) => client.apply(SECOND, MESH)],
  [
    "a status is no spec",
    (client) =>
      client.apply({ ...policy(undefined, {}), status: { phase: "Ready" } }, {
        ...MESH,
        subresource: "status",
      }),
  ],
  [
    "the wrong UID is a conflict",
    (client) => client.apply({ ...SECOND, metadata: { ...SECOND.metadata, uid: "other" } }, MESH),
  ],
  ["so it is for the status", (client) => {
    const { metadata } = policy(undefined, {});
    const status = { phase: "Lost" };
    const late = { ...policy(undefined, {}), metadata: { ...metadata, uid: "other" }, status };
    return client.apply(late, { ...MESH, subresource: "status" });
  }],
  ["a deletion with the wrong UID, too", (client) => client.delete(REF, { uid: "other" })],
  ["deletion", (client) => client.delete(REF)],
  ["a second deletion", (client) => client.delete(REF)],
  [
    "a status of nothing",
    (client) =>
      client.apply({ ...policy(undefined, {}), status: { phase: "Ready" } }, {
        ...MESH,
        subresource: "status",
      }),
  ],
];

Deno.test("the fake cluster answers as a real API server does", async () => {
  await using server = await startApiServer();
  using real = await connect({ kubeconfig: server.kubeconfigPath });
  const crd = standIns().find(({ metadata }) => metadata.name.startsWith("ciliumnetworkpolicies"));
  assert.ok(crd);
  await installCrds(real, [crd]);
  await real.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } });
  const fake = new FakeCluster();
  const [atReal, atFake] = [await watched(real), await watched(fake.client())];
  try {
    for (const [what, call] of CALLS) {
      assert.deepEqual(await told(fake.client(), call), await told(real, call), what);
    }
    await settled(atReal.events, atFake.events);
    assert.deepEqual(atFake.events, atReal.events);
  } finally {
    await atReal.stop();
    await atFake.stop();
  }
});

async function edit(client: Client, body: unknown): Promise<unknown> {
  return await client.patch(REF, { type: "merge", body, manager: "somebody" });
}

async function told(client: Client, run: Call[1]): Promise<unknown> {
  const before = await client.find<KubeObject>(REF);
  let answer: unknown = "done";
  try {
    const result = await run(client);
    if (typeof result === "boolean") answer = result;
  } catch (error) {
    answer = isApiError(error) ? error.httpStatus : String(error);
  }
  const after = await client.find<KubeObject>(REF);
  const isWritten = before?.metadata.resourceVersion !== after?.metadata.resourceVersion;
  return {
    answer,
    isWritten,
    generation: after?.metadata.generation,
    labels: after?.metadata.labels,
    spec: after?.["spec"],
    status: after?.["status"],
    isApplied: after && isApplied(after),
    needs: after && [FIRST, SECOND].map((wanted) => needsWrite(wanted, after)),
    extras: after && [FIRST, SECOND].map((wanted) => extras(after, wanted)),
  };
}

/** Types of the events that a watch with a label selector sees, after its first list. */
async function watched(
  client: Pick<KubeClient, "watch">,
): Promise<{ events: string[]; stop: () => Promise<void> }> {
  const stop = new AbortController();
  const events: string[] = [];
  const { promise: listed, resolve } = Promise.withResolvers<void>();
  const running = (async () => {
    const options = { labelSelector: "lattice.dev/service=web", signal: stop.signal };
    for await (const event of client.watch<KubeObject>(REF, options)) {
      if (event.type === "SYNC") resolve();
      else events.push(event.type);
    }
  })();
  await listed;
  return {
    events,
    stop: async () => {
      stop.abort(new Error("The test ended"));
      await running;
    },
  };
}

async function settled(a: readonly string[], b: readonly string[]): Promise<void> {
  const deadline = performance.now() + OPENED_MS;
  while (a.length < b.length && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
