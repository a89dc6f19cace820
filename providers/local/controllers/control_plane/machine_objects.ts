/**
 * The objects of a control-plane machine as they are created. Pure.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL, CAPI_CONTROL_PLANE_LABEL } from "@lattice/api";
import type { KubeObject, ObjectLike, OwnerReference } from "@lattice/kube";
import {
  bootstrapSecret,
  CLONED_FROM_GROUP_KIND,
  CLONED_FROM_NAME,
  LOCAL_CONTROL_PLANE,
  LOCAL_MACHINE,
  MACHINE,
} from "../names.ts";
import { sameJson } from "../objects.ts";
import type { LocalControlPlaneView, MachineView } from "../views.ts";

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
): ObjectLike {
  const { infrastructureRef: template } = object.spec.machineTemplate.spec;
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
  const machine = { ...LOCAL_MACHINE, metadata, spec: {} };
  return machine;
}

/**
 * A Machine of the control plane.
 *
 * @param object The LocalControlPlane.
 * @param cluster Name of the cluster.
 * @param name Name of the Machine and of its LocalMachine.
 */
export function newMachine(
  object: LocalControlPlaneView,
  cluster: string,
  name: string,
): KubeObject {
  const { metadata: template, spec: { taints, deletion } } = object.spec.machineTemplate;
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
      labels: { ...template.labels, ...machineLabels(cluster) },
      annotations: { ...template.annotations },
      ownerReferences: [{ ...owner(object), controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      clusterName: cluster,
      version: object.spec.version,
      bootstrap: { dataSecretName: bootstrapSecret(cluster) },
      infrastructureRef,
      deletion: { ...deletion },
      ...(taints.length === 0 ? {} : { taints }),
    },
  };
}

/**
 * What of the machine template a Machine does not have yet: labels, annotations, taints and the rules of deletion are
 * carried to existing Machines, none of which is replaced for it.
 *
 * @param object The LocalControlPlane.
 * @param machine One of its Machines.
 * @returns A JSON merge patch; undefined when the Machine has everything.
 */
export function machineChanges(
  object: LocalControlPlaneView,
  machine: MachineView,
): Record<string, unknown> | undefined {
  const { metadata: template, spec: { taints, deletion } } = object.spec.machineTemplate;
  const labels = missing(template.labels, machine.metadata.labels);
  const annotations = missing(template.annotations, machine.metadata.annotations);
  const metadata = { ...(labels && { labels }), ...(annotations && { annotations }) };
  const spec = {
    ...(sameJson(taints, machine.spec.taints) ? {} : { taints }),
    // CAPI's webhook fills in deadlines that the template leaves out: only those that it names are compared.
    ...(sameJson({ ...machine.spec.deletion, ...deletion }, machine.spec.deletion)
      ? {}
      : { deletion }),
  };
  const changes = {
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(Object.keys(spec).length > 0 && { spec }),
  };
  return Object.keys(changes).length > 0 ? changes : undefined;
}

function missing(
  wanted: Record<string, string>,
  present: Record<string, string>,
): Record<string, string> | undefined {
  const entries = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function machineLabels(cluster: string): Record<string, string> {
  return { [CAPI_CLUSTER_LABEL]: cluster, [CAPI_CONTROL_PLANE_LABEL]: "" };
}

function owner(object: LocalControlPlaneView): OwnerReference {
  const { name, uid } = object.metadata;
  return { ...LOCAL_CONTROL_PLANE, name, uid };
}
