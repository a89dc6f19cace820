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
import { type Cloud, clusterFile } from "../support/provider_matrix.ts";

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

/** Fields that keep the value they were made with, since the provider's webhook or the cloud refuses a change. */
const FIXED: readonly [Cloud, string, unknown][] = [
  ["aws", "region", "eu-west-1"],
  ["aws", "vpcId", "vpc-1"],
  ["aws", "loadBalancerType", "nlb"],
  ["aws", "internalLoadBalancer", false],
  ["openstack", "externalNetwork", "other"],
  ["openstack", "nodeCidr", "10.8.0.0/24"],
  ["openstack", "apiServerLoadBalancerFlavor", "other"],
  ["proxmox", "controlPlaneEndpoint", "10.0.0.99"],
];
/** Versions after 1.35.4, and whether they may follow it as far as the object tells. */
const VERSIONS: readonly [string, boolean][] = [
  ["1.35.5", true],
  ["1.36.1", true],
  ["v1.36.0", true],
  // Whether a machine runs the newer one already is not in the object: the operator decides it.
  ["1.34.9", true],
  ["1.37.0", false],
];

Deno.test("what a cluster was made with stays, and versions go one minor at a time", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  await installCrds(client, [latticeClusterCrd()]);
  const write = (object: KubeObject) =>
    client.apply(object, { manager: "user", force: true, fieldValidation: "Strict" });
  const fileOf = (cloud: Cloud) => clusterFile(cloud, "kubeadm", "everything") as unknown as File;
  for (const cloud of ["aws", "openstack", "proxmox"] as const) await write(fileOf(cloud));
  for (const [cloud, field, value] of FIXED) {
    await t.step(`${cloud}.${field}`, async () => {
      const file = structuredClone(fileOf(cloud));
      const { config } = file.spec.provider;
      config[cloud] = { ...config[cloud], [field]: value };
      await assert.rejects(
        write(file),
        new RegExp(`${field} cannot be changed after the cluster was made`),
      );
    });
  }
  for (const [version, follows] of VERSIONS) {
    await t.step(`1.35.4 -> ${version}: ${follows ? "accepted" : "refused"}`, async () => {
      const file = structuredClone(fileOf("aws"));
      file.spec.provider.kubernetes.version = version;
      const options = { manager: "user", force: true, dryRun: true } as const;
      const written = client.apply(file, options);
      await (follows ? written : assert.rejects(written, /version/));
    });
  }
});

interface File extends KubeObject {
  spec: {
    provider: { kubernetes: { version: string }; config: Record<string, Record<string, unknown>> };
  };
}
