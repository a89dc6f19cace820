/**
 * Reads what a decision about a LatticeCluster needs.
 *
 * @module
 */
import {
  CAPI_CLUSTER_LABEL,
  defaultCluster,
  type LatticeCluster,
  type Problem,
  providerOf,
  validateCluster,
  ValidationError,
} from "@lattice/api";
import type { Kind, KubeObject } from "@lattice/kube";
import { clusterNames } from "@lattice/providers";
import type { ClusterContext } from "./context.ts";
import type { ClusterWorld } from "./decide.ts";
import { JOURNAL, type Reads } from "./reads.ts";
import {
  type CapiClusterView,
  capiClusterView,
  controlPlaneView,
  isSettled,
  journalView,
  type MachineDeploymentView,
  machineDeploymentView,
  view,
} from "./views.ts";
import { stepOf, withVersion } from "./version_step.ts";
import { CAPI_CLUSTER, isControlPlane, liveControlPlane, MACHINE_DEPLOYMENT } from "./writes.ts";

const NAMESPACE: Kind = { apiVersion: "v1", kind: "Namespace" };
const MACHINE_SET: Kind = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "MachineSet" };

/**
 * Reads the world of a LatticeCluster.
 *
 * @param context What the controller works with.
 * @param reads Where everything is read from.
 * @param raw The LatticeCluster as it was read.
 * @param signal Ends the reads early.
 */
export async function gatherCluster(
  context: ClusterContext,
  reads: Reads,
  raw: KubeObject,
  signal: AbortSignal,
): Promise<ClusterWorld> {
  const { object, problems } = checked(raw, context.versions);
  const { name } = raw.metadata;
  const { namespace } = clusterNames(name);
  const found = { ...NAMESPACE, name: namespace };
  const [fenced, existing, cluster, journal, deployments, sets, resources] = await Promise.all([
    context.isFenced(namespace, reads),
    reads.find(found, { signal }),
    findCluster(reads, namespace, name, signal),
    reads.find({ ...JOURNAL, namespace }, { signal }),
    listAs(MACHINE_DEPLOYMENT, reads, namespace, name, signal),
    listAs(MACHINE_SET, reads, namespace, name, signal),
    problems.length > 0 ? NOTHING : listRendered(context, reads, object, signal),
  ]);
  const phase = journal && view(journalView, journal).data.phase;
  const controlPlane = liveControlPlane(resources);
  return {
    object,
    problems,
    self: name === context.clusterName,
    fenced,
    moving: phase !== undefined && phase !== "Done" && cluster?.spec.paused === true,
    namespaceExists: existing !== undefined,
    cluster,
    deployments,
    sets,
    isControlPlaneSettled: controlPlane && isSettled(view(controlPlaneView, controlPlane)),
    ...resources,
  };
}

type Resources = Pick<ClusterWorld, "rendered" | "templates" | "step">;

const NOTHING: Resources = { rendered: [], templates: [] };

function checked(
  raw: KubeObject,
  versions: readonly string[],
): { object: LatticeCluster; problems: readonly Problem[] } {
  try {
    const object = defaultCluster(raw);
    // Only local clusters are made from components that are on this machine already.
    const context = providerOf(object) === "local" ? { versions } : {};
    return { object, problems: validateCluster(object, context) };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    // The rest of the world is read through names only, which even an object of the wrong shape has.
    return { object: raw as unknown as LatticeCluster, problems: error.problems };
  }
}

async function findCluster(
  reads: Reads,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<CapiClusterView | undefined> {
  const raw = await reads.find({ ...CAPI_CLUSTER, namespace, name }, { signal });
  return raw === undefined ? undefined : view(capiClusterView, raw);
}

/** MachineDeployments, or MachineSets, which are of the same shape. */
async function listAs(
  kind: Kind,
  reads: Reads,
  namespace: string,
  cluster: string,
  signal: AbortSignal,
): Promise<MachineDeploymentView[]> {
  const labelSelector = `${CAPI_CLUSTER_LABEL}=${cluster}`;
  const { items } = await reads.list(kind, { namespace, labelSelector, signal });
  return items.map((item) => view(machineDeploymentView, item));
}

/**
 * Renders twice: the first time tells what to look for, the second time respects what was found. A control plane is among
 * that, since it keeps the commands that its machines were made with, and its version when it may not take another yet.
 */
async function listRendered(
  { render }: ClusterContext,
  reads: Reads,
  object: LatticeCluster,
  signal: AbortSignal,
): Promise<Resources> {
  const { namespace } = clusterNames(object.metadata.name);
  const first = render(object);
  const planned = first.find(isControlPlane);
  const [lists, controlPlane] = await Promise.all([
    Promise.all(templateKinds(first).map((kind) => reads.list(kind, { namespace, signal }))),
    findLive(reads, planned, signal),
  ]);
  const step = planned && controlPlane &&
    await stepOf(reads, object, { planned, live: controlPlane }, signal);
  const asked = step?.held === undefined ? object : withVersion(object, step.version);
  const templates = lists.flatMap(({ items }) => items);
  const existing = controlPlane === undefined ? templates : [...templates, controlPlane];
  const rendered = await Promise.all(
    render(asked, { existing }).map(async (wanted) => ({
      wanted,
      live: isControlPlane(wanted) ? controlPlane : await findLive(reads, wanted, signal),
    })),
  );
  return { rendered, templates, ...(step === undefined ? {} : { step }) };
}

async function findLive(
  reads: Reads,
  wanted: KubeObject | undefined,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  if (wanted === undefined) return undefined;
  const { apiVersion, kind, metadata: { namespace, name } } = wanted;
  return await reads.find({ apiVersion, kind, namespace, name }, { signal });
}

function templateKinds(objects: readonly KubeObject[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const { apiVersion, kind } of objects) {
    if (kind.endsWith("Template")) kinds.set(`${apiVersion}/${kind}`, { apiVersion, kind });
  }
  return [...kinds.values()];
}
