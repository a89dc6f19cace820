/**
 * Amazon's volumes.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { EBS_NAMESPACE, ebsAccess } from "./aws_ebs_access.ts";
import { EBS_LABELS, ebsController, ebsNode } from "./aws_ebs_workloads.ts";
import { DEFAULT_CLASS, meta, objectsPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** Name of the driver, which volumes carry. */
const DRIVER = "ebs.csi.aws.com";

/** The volume driver and the default storage class. */
export const awsEbs: Addon = {
  name: "aws-ebs-csi-driver",
  namespace: EBS_NAMESPACE,
  isWanted: ({ provider }) => provider === "aws",
  parts: ({ options: { versions } }) => {
    const image = `registry.k8s.io/provider-aws/aws-ebs-csi-driver:v${versions.awsEbsCsiDriver}`;
    return [objectsPart([
      secret(),
      ...ebsAccess(),
      ...ebsController(image),
      ebsNode(image),
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "CSIDriver",
        metadata: meta(DRIVER, undefined, EBS_LABELS),
        spec: { attachRequired: true, podInfoOnMount: false },
      },
      storageClass(),
    ])];
  },
};

// The instance profile is what counts. Without data in it, keys that somebody puts there are not ours and stay.
function secret(): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: meta("aws-secret", EBS_NAMESPACE, EBS_LABELS),
    type: "Opaque",
  };
}

function storageClass(): KubeObject {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { ...meta("gp3"), annotations: DEFAULT_CLASS },
    provisioner: DRIVER,
    parameters: { type: "gp3", encrypted: "true" },
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  };
}
