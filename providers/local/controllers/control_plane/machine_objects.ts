/**
 * The objects of a control-plane machine as they are created. Pure.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL, CAPI_CONTROL_PLANE_LABEL } from "@lattice/api";
import type { KubeObject, OwnerReference } from "@lattice/kube";
import {
  bootstrapSecret,
  CLONED_FROM_GROUP_KIND,
  CLONED_FROM_NAME,
  LOCAL_CONTROL_PLANE,
  LOCAL_MACHINE,
  MACHINE,
} from "../names.ts";
import type { LocalControlPlaneView } from "../views.ts";
import type { MachineTaint } from "./decide.ts";
import { controlPlaneLabels } from "./labels.ts";

/**
 * A LocalMachine, cloned from the machine template. The API server completes its name. Until CAPI makes the Machine
 * its owner, the control plane owns it, so that neither a move nor a deletion forgets it.
 *
 * @param object The LocalControlPlane.
 * @param cluster Name of the cluster.
 */
export function newLocalMachine(
  object: LocalControlPlaneView,
  cluster: string,
): Omit<KubeObject, "metadata"> & { metadata: { generateName: string; namespace: string } } {
  const { infrastructureRef: template } = object.spec.machineTemplate;
  const metadata = {
    generateName: `${object.metadata.name}-`,
    namespace: object.metadata.namespace ?? "",
    labels: machineLabels(cluster),
    annotations: {
      [CLONED_FROM_NAME]: template.name,
      [CLONED_FROM_GROUP_KIND]: `${template.kind}.${template.apiGroup}`,
    },
    ownerReferences: [owner(object)],
  };
  return { ...LOCAL_MACHINE, metadata, spec: {} };
}

/**
 * A Machine of the control plane.
 *
 * @param object The LocalControlPlane.
 * @param cluster Name of the cluster.
 * @param name Name of the Machine and of its LocalMachine.
 * @param taints Taints of its Node.
 */
export function newMachine(
  object: LocalControlPlaneView,
  cluster: string,
  name: string,
  taints: readonly MachineTaint[],
): KubeObject {
  const infrastructureRef = {
    apiGroup: LOCAL_MACHINE.apiVersion.split("/")[0],
    kind: LOCAL_MACHINE.kind,
    name,
  };
  return {
    ...MACHINE,
    metadata: {
      name,
      namespace: object.metadata.namespace ?? "",
      labels: machineLabels(cluster),
      annotations: controlPlaneLabels(object.spec.flavour),
      ownerReferences: [{ ...owner(object), controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      clusterName: cluster,
      version: object.spec.version,
      bootstrap: { dataSecretName: bootstrapSecret(cluster) },
      infrastructureRef,
      ...(taints.length === 0 ? {} : { taints }),
    },
  };
}

function machineLabels(cluster: string): Record<string, string> {
  return { [CAPI_CLUSTER_LABEL]: cluster, [CAPI_CONTROL_PLANE_LABEL]: "" };
}

function owner(object: LocalControlPlaneView): OwnerReference {
  const { name, uid } = object.metadata;
  return { ...LOCAL_CONTROL_PLANE, name, uid };
}
