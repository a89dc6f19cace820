/**
 * Reads what a decision about a LocalControlPlane needs.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";
import {
  type ClusterRecord,
  type ClusterStatus,
  clusterStatus,
  readRecord,
} from "@lattice/providers/local/host";
import type { LocalContext } from "../context.ts";
import { clusterNameOf, ownerOf } from "../lifecycle.ts";
import {
  CLUSTER,
  LOCAL_CLUSTER,
  LOCAL_MACHINE,
  LOCAL_MACHINE_TEMPLATE,
  MACHINE,
  SECRET,
} from "../names.ts";
import {
  type ClusterView,
  localClusterView,
  type LocalControlPlaneView,
  type MachineView,
  machineView,
  type ObjectView,
  objectView,
  secretView,
  view,
} from "../views.ts";
import type { ControlPlaneWorld } from "./decide.ts";
import { clusterSecrets, secretDiffers } from "./secrets.ts";
import { machineSelector } from "./status.ts";

/**
 * Reads the world of a LocalControlPlane.
 *
 * @param context What the controllers share.
 * @param object The LocalControlPlane.
 * @param cluster Its Cluster, when it exists.
 * @param signal Ends the reads early.
 */
export async function gatherControlPlane(
  context: LocalContext,
  object: LocalControlPlaneView,
  cluster: ClusterView | undefined,
  signal: AbortSignal,
): Promise<ControlPlaneWorld> {
  const { client, home, clusterName } = context;
  const name = clusterNameOf(object);
  const namespace = object.metadata.namespace ?? "";
  if (name === undefined) return nothingKnown(object);
  const [record, base, machines, locals, templateOwned] = await Promise.all([
    readRecord(home, name),
    findBase(client, namespace, name, signal),
    listMachines(client, namespace, name, signal),
    listControlPlaneLocals(client, namespace, name, signal),
    cluster ? isTemplateOwned(client, object, cluster, signal) : false,
  ]);
  const status = record && await clusterStatus(home, name);
  const used = new Set(machines.map((machine) => machine.spec.infrastructureRef.name));
  return {
    object,
    cluster,
    own: name === clusterName,
    base,
    record,
    supervised: status?.supervisor.active !== undefined,
    serving: isServing(status),
    secretsWritten: record !== undefined &&
      await areSecretsWritten(client, namespace, record, signal),
    templateOwned,
    machines,
    orphans: locals.filter((local) => isOrphan(local, used)),
  };
}

function nothingKnown(object: LocalControlPlaneView): ControlPlaneWorld {
  return {
    object,
    cluster: undefined,
    own: false,
    base: undefined,
    record: undefined,
    supervised: false,
    serving: false,
    secretsWritten: false,
    templateOwned: false,
    machines: [],
    orphans: [],
  };
}

function isServing(status: ClusterStatus | undefined): boolean {
  return status?.components.some(({ name, ready }) => name === "kube-apiserver" && ready) ?? false;
}

/** The LocalCluster, named like the Cluster, holds the endpoint before CAPI copies it. */
async function findBase(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const raw = await client.find({ ...LOCAL_CLUSTER, namespace, name }, { signal });
  return raw === undefined
    ? undefined
    : view(localClusterView, raw).spec.controlPlaneEndpoint?.port;
}

async function listMachines(
  client: KubeClient,
  namespace: string,
  cluster: string,
  signal: AbortSignal,
): Promise<MachineView[]> {
  const labelSelector = machineSelector(cluster);
  const { items } = await client.list(MACHINE, { namespace, labelSelector, signal });
  return items.map((item) => view(machineView, item));
}

async function listControlPlaneLocals(
  client: KubeClient,
  namespace: string,
  cluster: string,
  signal: AbortSignal,
): Promise<ObjectView[]> {
  const labelSelector = machineSelector(cluster);
  const { items } = await client.list(LOCAL_MACHINE, { namespace, labelSelector, signal });
  return items.map((item) => view(objectView, item));
}

function isOrphan(local: ObjectView, used: ReadonlySet<string>): boolean {
  const { name, deletionTimestamp, ownerReferences } = local.metadata;
  return !used.has(name) && deletionTimestamp === undefined &&
    ownerOf(ownerReferences, "Machine", "cluster.x-k8s.io") === undefined;
}

async function isTemplateOwned(
  client: KubeClient,
  object: LocalControlPlaneView,
  cluster: ClusterView,
  signal: AbortSignal,
): Promise<boolean> {
  const { name } = object.spec.machineTemplate.spec.infrastructureRef;
  const namespace = object.metadata.namespace ?? "";
  const raw = await client.find({ ...LOCAL_MACHINE_TEMPLATE, namespace, name }, { signal });
  // A template that is not there yet cannot be owned yet; Machines can be made without it.
  if (raw === undefined) return true;
  return view(objectView, raw).metadata.ownerReferences.some(({ kind, uid }) =>
    kind === CLUSTER.kind && uid === cluster.metadata.uid
  );
}

async function areSecretsWritten(
  client: KubeClient,
  namespace: string,
  record: ClusterRecord,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = await clusterSecrets(record);
  const checks = wanted.map(async ({ name, data }) => {
    const raw = await client.find({ ...SECRET, namespace, name }, { signal });
    return raw !== undefined && !secretDiffers(view(secretView, raw), data, record.name);
  });
  return (await Promise.all(checks)).every(Boolean);
}
