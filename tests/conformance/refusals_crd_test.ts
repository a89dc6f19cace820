/**
 * Every file that `parseCluster` refuses, put to a real API server as an object: the CRD refuses the same ones, but for
 * those of which it is said here why it cannot.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type KubeObject, kubernetesTags, latticeClusterCrd } from "@lattice/api";
import { connect, isApiError, type KubeClient } from "@lattice/kube";
import { parse } from "yaml";
import { CLUSTER_REFUSALS } from "../../api/cluster_refusals_fixtures_test.ts";
import { PROVIDER_REFUSALS } from "../../api/provider_refusals_fixtures_test.ts";
import { RULE_REFUSALS } from "../../api/rule_refusals_fixtures_test.ts";
import { startApiServer } from "../support/apiserver.ts";
import { installCrds } from "../support/provider_crds.ts";

const FILE = "it is about the file, and no object of this kind comes of it";
const ORDER = "CEL cannot tell which of two addresses comes first";
const MACHINE = "what can be installed depends on the machine";
const LITTLE = "CEL has no arithmetic for IPv6 ranges within a rule's budget";

/** Files of which no LatticeCluster comes, or one that an API server has no reason to refuse. */
const ACCEPTED: Readonly<Record<string, string>> = {
  "not YAML": FILE,
  "a key that is there twice": FILE,
  "empty file": FILE,
  "plain text": FILE,
  "wrong kind": FILE,
  "no kind": FILE,
  "wrong apiVersion": FILE,
  "no metadata": FILE,
  "no name": FILE,
  "empty name": FILE,
  "numeric name": FILE,
  "second document": FILE,
  "two clusters": FILE,
  "namespace": "a server drops the namespace of an object that has none",
  "version that was not built": MACHINE,
  "label of the pool": "a rule of a pool does not see the pool's id",
  "proxmox range that ends before it starts": ORDER,
  "proxmox virtual address in the range": ORDER,
  "proxmox gateway in the range": ORDER,
  "load balancers on the addresses of machines": ORDER,
  "proxmox IPv6 range that is none": LITTLE,
  "proxmox IPv6 range that ends before it starts": ORDER,
  "proxmox IPv6 gateway that is none": LITTLE,
  "proxmox IPv6 gateway outside of the network": LITTLE,
};

async function refusal(client: KubeClient, object: KubeObject): Promise<string | undefined> {
  try {
    await client.create(object, { dryRun: true, fieldValidation: "Strict" });
    return undefined;
  } catch (error) {
    assert.ok(isApiError(error), String(error));
    return error.message;
  }
}

Deno.test("the CRD refuses what a file is refused for, as far as an API server can", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  await installCrds(client, [latticeClusterCrd()]);
  const cases = { ...CLUSTER_REFUSALS, ...PROVIDER_REFUSALS, ...RULE_REFUSALS };
  const counts = { refused: 0, accepted: 0, noObject: 0 };
  for (const [name, { input }] of Object.entries(cases)) {
    const reason = ACCEPTED[name];
    if (reason === FILE) {
      counts.noObject++;
      continue;
    }
    await t.step(`${name}${reason ? `: accepted, since ${reason}` : ""}`, async () => {
      const object = parse(input, { version: "1.1", customTags: kubernetesTags }) as KubeObject;
      const message = await refusal(client, object);
      assert.equal(message === undefined, reason !== undefined, message ?? "accepted");
      counts[reason === undefined ? "refused" : "accepted"]++;
    });
  }
  await t.step("every exception is one of the files", () => {
    assert.deepEqual(Object.keys(ACCEPTED).filter((name) => !(name in cases)), []);
  });
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`refused files: ${JSON.stringify(counts)}`);
});
