/**
 * The kinds and webhooks that an operator needs: the leader installs them, every replica sees whether they are there.
 *
 * @module
 */
import { installManagement, isEstablished, type ManifestSource } from "@lattice/addons";
import { LatticeError } from "@lattice/api/errors";
import type { KubeClient, KubeObject } from "@lattice/kube";
import { localCrds } from "@lattice/providers";
import { readRecord } from "@lattice/providers/local/host";
import { installStandIns } from "./mesh/stand_ins.ts";

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;
/** Kinds without which no controller can start. */
const OWN = [
  "latticeclusters.lattice.dev",
  "cloudproviders.lattice.dev",
  "secretsproviders.lattice.dev",
  "latticeservices.lattice.dev",
  "latticeexternalservices.lattice.dev",
  "latticeservicepolicies.lattice.dev",
];
/** What the operator of a local cluster installs beside them. */
const LOCAL = [
  "clusters.cluster.x-k8s.io",
  "machinedeployments.cluster.x-k8s.io",
  "localcontrolplanes.controlplane.lattice.dev",
  "localmachines.infrastructure.lattice.dev",
];

/**
 * Tells whether the kinds that the controllers need are served.
 *
 * @param client Client.
 * @param isLocal Whether that means Cluster API's and the local provider's, too. Elsewhere Cluster API comes later than
 * the operator, whose clusters say until then that they wait for it.
 * @param signal Ends it early.
 */
export async function isInstalled(
  client: KubeClient,
  isLocal: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const checks = [...OWN, ...isLocal ? LOCAL : []].map(async (name) =>
    isEstablished(await client.find<KubeObject>({ ...CRD, name }, { signal }))
  );
  return (await Promise.all(checks)).every(Boolean);
}

/**
 * Installs kinds and webhooks into the own cluster.
 *
 * @param client Client.
 * @param where State directory and name of the own cluster, which tell where its CAPI manager answers webhooks.
 * @param where.home State directory.
 * @param where.clusterName Name of the own cluster.
 * @param tools Manifests of the pinned Cluster API.
 * @param signal Ends it early.
 * @throws {LatticeError} `not-found` when the state directory does not know the own cluster.
 */
export async function install(
  client: KubeClient,
  where: { readonly home: string; readonly clusterName: string },
  tools: ManifestSource,
  signal: AbortSignal,
): Promise<void> {
  const record = await readRecord(where.home, where.clusterName);
  if (record === undefined) {
    throw new LatticeError("not-found", `Cannot find the state of cluster '${where.clusterName}'`, {
      file: where.home,
      remedy: "check LATTICE_HOME and LATTICE_CLUSTER_NAME",
    });
  }
  const { url, caFile } = record.webhook;
  const webhook = { url, caPem: await Deno.readTextFile(caFile) };
  await installManagement(client, { tools, webhook, providerCrds: localCrds(), signal });
  if (record.role === "workload") await installStandIns(client, signal);
}
