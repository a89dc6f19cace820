import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { Inventory } from "../../operator/mesh/inventory.ts";
import { MESH_KINDS } from "../../operator/mesh/kinds.ts";
import { MANAGED_SELECTOR } from "../../operator/mesh/ownership.ts";
import { FakeCluster } from "../support/fake_cluster.ts";

const KIND = MESH_KINDS.find(({ kind }) => kind === "AuthorizationPolicy");
const [LABEL = "", VALUE = ""] = MANAGED_SELECTOR.split("=");

/** An inventory that has seen one policy, and a way to wait for what its watch tells next. */
async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  assert.ok(KIND);
  const cluster = new FakeCluster();
  const stop = new AbortController();
  let told = Promise.withResolvers<void>();
  const inventory = new Inventory({
    client: cluster.client(),
    onChange: () => told.resolve(),
    onKind: () => {},
    onError: (_kind, error) => told.reject(error),
    signal: stop.signal,
  });
  const { apiVersion, kind } = KIND;
  const policy = (level: number): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name: "p", namespace: "shop", labels: { [LABEL]: VALUE } },
    spec: { level },
  });
  const written = (): KubeObject => {
    const found = cluster.object({ apiVersion, kind, name: "p", namespace: "shop" });
    assert.ok(found);
    return found;
  };
  const change = async (act: () => void) => {
    told = Promise.withResolvers();
    act();
    await told.promise;
  };
  cluster.put(policy(0));
  inventory.setServed(KIND, true);
  await inventory.synced();
  try {
    await run({ cluster, inventory, policy, written, change });
  } finally {
    stop.abort();
    await inventory.ended();
  }
}

interface Scene {
  readonly cluster: FakeCluster;
  readonly inventory: Inventory;
  readonly policy: (level: number) => KubeObject;
  readonly written: () => KubeObject;
  readonly change: (act: () => void) => Promise<void>;
}

Deno.test("an answer that comes after the watch told of it hides nothing that happened since", () =>
  scene(async ({ cluster, inventory, policy, written, change }) => {
    await change(() => cluster.put(policy(1)));
    const answer = written();
    await change(() => cluster.put(policy(2)));
    inventory.noteApplied(policy(1), answer);
    assert.deepEqual(inventory.get(policy(0))?.["spec"], { level: 2 });
  }));

Deno.test("an answer counts until the watch has told of it", () =>
  scene(async ({ cluster, inventory, policy, written, change }) => {
    const before = written();
    const ahead = {
      ...policy(5),
      metadata: {
        ...before.metadata,
        resourceVersion: String(Number(before.metadata.resourceVersion) + 1),
      },
    };
    inventory.notePatched(ahead);
    assert.deepEqual(inventory.get(policy(0))?.["spec"], { level: 5 });
    await change(() => cluster.put(policy(6)));
    assert.deepEqual(inventory.get(policy(0))?.["spec"], { level: 6 });
  }));

Deno.test("the answer to a deletion hides no object that was made since", () =>
  scene(async ({ cluster, inventory, policy, written, change }) => {
    const old = written();
    const { apiVersion, kind } = old;
    inventory.noteDeleted(old);
    assert.equal(inventory.get(policy(0)), undefined);
    await change(() => cluster.remove({ apiVersion, kind, name: "p", namespace: "shop" }));
    await change(() => cluster.put(policy(3)));
    inventory.noteDeleted(old);
    assert.deepEqual(inventory.get(policy(0))?.["spec"], { level: 3 });
  }));
