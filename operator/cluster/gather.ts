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
  validateCluster,
  ValidationError,
} from "@lattice/api";
import type { Kind, KubeClient, KubeObject } from "@lattice/kube";
import { clusterNames, renderCluster } from "@lattice/providers";
import type { ClusterContext } from "./context.ts";
import type { ClusterWorld, Rendered } from "./decide.ts";
import {
  type CapiClusterView,
  capiClusterView,
  journalView,
  type MachineDeploymentView,
  machineDeploymentView,
  templateNames,
  view,
} from "./views.ts";
import { CAPI_CLUSTER, MACHINE_DEPLOYMENT } from "./writes.ts";

const NAMESPACE: Kind = { apiVersion: "v1", kind: "Namespace" };
const MACHINE_SET: Kind = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "MachineSet" };
const CONFIG_MAP: Kind = { apiVersion: "v1", kind: "ConfigMap" };
/** ConfigMap in which the mover keeps its journal (architecture, section 11). */
const JOURNAL = "lattice-move";

/**
 * Reads the world of a LatticeCluster.
 *
 * @param context What the controller works with.
 * @param raw The LatticeCluster as it was read.
 * @param signal Ends the reads early.
 */
export async function gatherCluster(
  context: ClusterContext,
  raw: KubeObject,
  signal: AbortSignal,
): Promise<ClusterWorld> {
  const { client } = context;
  const { object, problems } = checked(raw, context.versions);
  const { name } = raw.metadata;
  const { namespace } = clusterNames(name);
  const found = { ...NAMESPACE, name: namespace };
  const [fenced, existing, cluster, journal, deployments, resources] = await Promise.all([
    context.isFenced(namespace),
    client.find(found, { signal }),
    findCluster(client, namespace, name, signal),
    client.find({ ...CONFIG_MAP, namespace, name: JOURNAL }, { signal }),
    listDeployments(client, namespace, name, signal),
    problems.length > 0 ? NOTHING : listRendered(client, object, signal),
  ]);
  const phase = journal && view(journalView, journal).data.phase;
  return {
    object,
    problems,
    self: name === context.clusterName,
    fenced,
    moving: phase !== undefined && phase !== "Done" && cluster?.spec.paused === true,
    namespaceExists: existing !== undefined,
    cluster,
    deployments,
    ...resources,
  };
}

type Resources = Pick<ClusterWorld, "rendered" | "templates" | "usedTemplates">;

const NOTHING: Resources = { rendered: [], templates: [], usedTemplates: [] };

function checked(
  raw: KubeObject,
  versions: readonly string[],
): { object: LatticeCluster; problems: readonly Problem[] } {
  try {
    const object = defaultCluster(raw);
    return { object, problems: validateCluster(object, { versions }) };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    // The rest of the world is read through names only, which even an object of the wrong shape has.
    return { object: raw as unknown as LatticeCluster, problems: error.problems };
  }
}

async function findCluster(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<CapiClusterView | undefined> {
  const raw = await client.find({ ...CAPI_CLUSTER, namespace, name }, { signal });
  return raw === undefined ? undefined : view(capiClusterView, raw);
}

async function listDeployments(
  client: KubeClient,
  namespace: string,
  cluster: string,
  signal: AbortSignal,
): Promise<MachineDeploymentView[]> {
  const labelSelector = `${CAPI_CLUSTER_LABEL}=${cluster}`;
  const { items } = await client.list(MACHINE_DEPLOYMENT, { namespace, labelSelector, signal });
  return items.map((item) => view(machineDeploymentView, item));
}

/** Renders twice: the first time tells which kinds of templates to look for, the second time respects those found. */
async function listRendered(
  client: KubeClient,
  object: LatticeCluster,
  signal: AbortSignal,
): Promise<Resources> {
  const { namespace } = clusterNames(object.metadata.name);
  const kinds = templateKinds(renderCluster(object));
  const lists = await Promise.all(
    kinds.map((kind) => client.list(kind, { namespace, signal })),
  );
  const templates = lists.flatMap(({ items }) => items);
  const rendered = await Promise.all(
    renderCluster(object, { existing: templates }).map(async (wanted) => {
      const { apiVersion, kind, metadata } = wanted;
      const ref = { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
      return { wanted, live: await client.find(ref, { signal }) };
    }),
  );
  return {
    rendered,
    templates,
    usedTemplates: await usedBySets(client, object, rendered, templates, signal),
  };
}

/**
 * Names of the templates that MachineSets refer to: one that is still being replaced needs its old template. They are
 * asked for only when there is a template that is not rendered any more.
 */
async function usedBySets(
  client: KubeClient,
  object: LatticeCluster,
  rendered: readonly Rendered[],
  templates: readonly KubeObject[],
  signal: AbortSignal,
): Promise<string[]> {
  const wanted = new Set(rendered.map(({ wanted: { metadata } }) => metadata.name));
  if (templates.every(({ metadata }) => wanted.has(metadata.name))) return [];
  const { name } = object.metadata;
  const { items } = await client.list(MACHINE_SET, {
    namespace: clusterNames(name).namespace,
    labelSelector: `${CAPI_CLUSTER_LABEL}=${name}`,
    signal,
  });
  return items.flatMap((item) => templateNames(view(machineDeploymentView, item)));
}

function templateKinds(objects: readonly KubeObject[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const { apiVersion, kind } of objects) {
    if (kind.endsWith("Template")) kinds.set(`${apiVersion}/${kind}`, { apiVersion, kind });
  }
  return [...kinds.values()];
}
