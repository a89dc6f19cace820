import { deepEqual, equal, match } from "node:assert/strict";
import {
  cloudProviderCrd,
  type CloudProviderStatus,
  type KubeObject,
  latticeClusterCrd,
} from "@lattice/api";
import { eventually, patch, waitStatus } from "../mesh/shop_fixtures_test.ts";
import { loosen, Running, secretOf, World } from "./accounts_fixtures_test.ts";
import { runCloudProviders } from "./cloud_controller.ts";

const ACCOUNT = {
  apiVersion: "lattice.dev/v1alpha1",
  kind: "CloudProvider",
  namespace: "lattice-system",
} as const;
const CLUSTER = { apiVersion: "lattice.dev/v1alpha1", kind: "LatticeCluster" } as const;

function account(name: string, spec: object, namespace = "lattice-system"): KubeObject {
  const { apiVersion, kind } = ACCOUNT;
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

function cluster(name: string, providerRef: string): KubeObject {
  return {
    ...CLUSTER,
    metadata: { name },
    spec: {
      providerRef,
      provider: {
        kubernetes: { version: "1.35.4", bootstrap: "kubeadm" },
        config: { docker: {} },
      },
      nodes: { controlPlane: 1, workerPools: {} },
    },
  };
}

Deno.test("a CloudProvider says whether it can be used, and by how many clusters it is", async (t) => {
  await using world = await World.start(cloudProviderCrd(), latticeClusterCrd());
  const { admin, operator } = world;
  await using controller = new Running(runCloudProviders, operator);
  const status = (
    name: string,
    holds: (status: CloudProviderStatus) => boolean,
    what: string,
    namespace = "lattice-system",
  ): Promise<CloudProviderStatus> =>
    waitStatus<CloudProviderStatus>(admin, { ...ACCOUNT, name, namespace }, holds, what);

  await t.step("docker needs nothing", async () => {
    await admin.create(account("docker", { type: "docker" }));
    const seen = await status("docker", ({ phase }) => phase === "Ready", "docker to be ready");
    equal(seen.clusterCount, 0);
    equal(seen.observedGeneration, 1);
    equal(seen.conditions?.find(({ type }) => type === "Ready")?.reason, "AccountReady");
  });

  await t.step("its clusters are counted", async () => {
    const { lastValidated } = await status("docker", () => true, "any status");
    const counted = (count: number) =>
      status("docker", ({ clusterCount }) => clusterCount === count, `${count} clusters`);
    await admin.create(cluster("a", "docker"));
    await admin.create(cluster("b", "docker"));
    await admin.create(cluster("c", "somewhere-else"));
    const seen = await counted(2);
    equal(seen.lastValidated, lastValidated);
    await admin.delete({ ...CLUSTER, name: "b" });
    await counted(1);
  });

  await t.step("a steady state costs no request and no write", async () => {
    const ref = { ...ACCOUNT, name: "docker" };
    const nudge = (count: number) =>
      patch(admin, { ...CLUSTER, name: "a" }, { metadata: { labels: { nudge: `n${count}` } } });
    await controller.settled(nudge);
    const before = await world.versions(ref);
    await controller.settled(nudge);
    deepEqual(await world.versions(ref), before);
  });

  await t.step("credentials have to be named, to exist and to be complete", async () => {
    await admin.create(account("aws", { type: "aws" }));
    const says = (text: RegExp) =>
      status("aws", ({ message }) => text.test(message ?? ""), `aws to say ${text}`);
    const unnamed = await says(/^spec\.credentialsSecretRef: is missing/);
    equal(unnamed.phase, "Failed");
    const spec = { credentialsSecretRef: { name: "aws-credentials" } };
    await patch(admin, { ...ACCOUNT, name: "aws" }, { spec });
    await says(/^there is no Secret lattice-system\/aws-credentials; create it with keys AWS_/);
    await admin.create(secretOf("aws-credentials", { AWS_REGION: "eu-west-1" }));
    await says(/^Secret .* lacks keys AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY;/);
    const stringData = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "never-to-be-shown" };
    const secret = { apiVersion: "v1", kind: "Secret", namespace: "lattice-system" };
    await patch(admin, { ...secret, name: "aws-credentials" }, { stringData });
    const seen = await status("aws", ({ phase }) => phase === "Ready", "aws to be ready");
    equal(JSON.stringify(seen).includes("never-to-be-shown"), false);
  });

  await t.step("one in another namespace has no effect, and says so", async () => {
    await admin.create(account("docker", { type: "docker" }, "shop"));
    const seen = await status("docker", ({ phase }) => phase === "Failed", "its failure", "shop");
    match(seen.message ?? "", /a CloudProvider has an effect in namespace lattice-system only/);
    equal(seen.clusterCount, 0);
  });

  await t.step("one that breaks a rule stops no other", async () => {
    await loosen(admin, cloudProviderCrd());
    await eventually(
      "the definition to let anything through",
      () =>
        patch(admin, { ...ACCOUNT, name: "aws" }, { spec: { type: "gcp" } })
          .then(() => undefined, String),
    );
    const seen = await status("aws", ({ phase }) => phase === "Failed", "aws to be refused");
    match(seen.message ?? "", /^spec\.type: .*;/);
    await admin.delete({ ...CLUSTER, name: "a" });
    await status("docker", ({ clusterCount }) => clusterCount === 0, "docker to be counted");
  });
});
