/**
 * The real CRDs of Cluster API and of the providers, in an API server of which their managers are not part.
 *
 * @module
 */
import { waitEstablished } from "@lattice/addons";
import type { KubeObject } from "@lattice/api";
import type { KubeClient } from "@lattice/kube";
import { locateTools } from "../../tools/locate.ts";
import { locateSet } from "../../tools/sets/locate.ts";

const CRD = "CustomResourceDefinition";
const ESTABLISHED_MS = 60_000;

/** Files of the sets that hold the kinds that clusters are rendered to. */
const FILES = [
  ["crds", "capa-crds.yaml"],
  ["crds", "capmox-crds.yaml"],
  ["crds", "capo-crds.yaml"],
  ["crds", "caprke2-crds.yaml"],
  ["kubeadm", "kubeadm-bootstrap-crds.yaml"],
  ["kubeadm", "kubeadm-control-plane-crds.yaml"],
  ["kubeadm", "capd-crds.yaml"],
] as const;

/**
 * All CRDs of Cluster API's core, of both bootstrap providers and of the four clouds.
 *
 * @returns CRDs as their modules have them
 */
export async function providerCrds(): Promise<KubeObject[]> {
  const tools = await locateTools();
  const core: KubeObject[] = await tools.objects("capi-crds.yaml");
  const others = await Promise.all(
    FILES.map(async ([set, file]) => await (await locateSet(set)).objects(file)),
  );
  return [core, ...others].flat().filter(({ kind }) => kind === CRD);
}

/**
 * A CRD for a server without the manager that converts between its versions. An object is still held against the schema
 * of the version that it is written in.
 *
 * @param crd a CRD
 * @returns the CRD, whose versions only differ in their names for the server
 */
export function withoutConversion(crd: KubeObject): KubeObject {
  return { ...crd, spec: { ...crd.spec as object, conversion: { strategy: "None" } } };
}

/**
 * Creates CRDs and waits until they are served.
 *
 * @param client where to
 * @param crds the CRDs
 */
export async function installCrds(
  client: KubeClient,
  crds: readonly KubeObject[],
): Promise<void> {
  const made: KubeObject[] = [];
  for (const crd of crds) made.push(await client.create(crd));
  await waitEstablished(client, made, { timeoutMs: ESTABLISHED_MS });
}

/**
 * The group and kind that an object or a CRD is about.
 *
 * @param object either
 * @returns e.g. `infrastructure.cluster.x-k8s.io/AWSCluster`
 */
export function groupKind(object: KubeObject): string {
  if (object.kind === CRD) {
    const { group, names } = object.spec as { group: string; names: { kind: string } };
    return `${group}/${names.kind}`;
  }
  return `${object.apiVersion.split("/").slice(0, -1).join("/")}/${object.kind}`;
}
