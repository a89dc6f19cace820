/**
 * The Secrets of a local cluster: kubeconfig, certificate authority, and the empty one that stands for bootstrap
 * data, of which simulated machines need none.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import type { ClusterRecord } from "@lattice/providers/local/host";
import {
  bootstrapSecret,
  caSecret,
  kubeconfigSecret,
  LOCAL_CONTROL_PLANE,
  SECRET,
  SECRET_TYPE,
} from "../names.ts";
import { sameJson } from "../objects.ts";
import type { LocalControlPlaneView, SecretView } from "../views.ts";

/** A Secret that should be there. */
export interface WantedSecret {
  /** Name. */
  readonly name: string;
  /** Base64 values by key. */
  readonly data: Readonly<Record<string, string>>;
}

/**
 * The Secrets of a cluster, with the content that its state directory has now. The authority's private key stays in
 * that directory: nothing that reads the Secret signs certificates.
 *
 * @param record What the state directory knows of the cluster.
 */
export async function clusterSecrets(
  record: Pick<ClusterRecord, "name" | "kubeconfig" | "caFile">,
): Promise<WantedSecret[]> {
  const [kubeconfig, ca] = await Promise.all([
    Deno.readFile(record.kubeconfig),
    Deno.readFile(record.caFile),
  ]);
  return [
    { name: kubeconfigSecret(record.name), data: { value: kubeconfig.toBase64() } },
    { name: caSecret(record.name), data: { "tls.crt": ca.toBase64() } },
    { name: bootstrapSecret(record.name), data: { value: "", format: btoa("cloud-config") } },
  ];
}

/**
 * Tells whether a Secret has other content, or lacks the label without which CAPI does not see it.
 *
 * @param secret The Secret as it is.
 * @param data Wanted content.
 * @param cluster Name of the cluster.
 */
export function secretDiffers(
  secret: SecretView,
  data: Readonly<Record<string, string>>,
  cluster: string,
): boolean {
  return !sameJson(secret.data, data) || secret.metadata.labels[CAPI_CLUSTER_LABEL] !== cluster;
}

/**
 * A Secret of a cluster as it is applied: owned by the control plane, so that it moves and goes with it.
 *
 * @param wanted Name and content.
 * @param owner The LocalControlPlane.
 * @param cluster Name of the cluster.
 */
export function secretObject(
  wanted: WantedSecret,
  owner: LocalControlPlaneView,
  cluster: string,
): KubeObject {
  const { name, namespace, uid } = owner.metadata;
  return {
    ...SECRET,
    metadata: {
      name: wanted.name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [CAPI_CLUSTER_LABEL]: cluster },
      ownerReferences: [
        { ...LOCAL_CONTROL_PLANE, name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    type: SECRET_TYPE,
    data: { ...wanted.data },
  };
}
