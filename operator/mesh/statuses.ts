/**
 * Writes the status of one declared object, if it says anything new, and records what happened.
 *
 * @module
 */
import {
  type EdgeStatus,
  EXTERNAL_SERVICE_KIND,
  type LatticeService,
  type LatticeServiceStatus,
  SERVICE_KIND,
  SERVICE_POLICY_KIND,
} from "@lattice/api";
import { isApiError, type KubeObject, recordEvent } from "@lattice/kube";
import { edgeStates } from "@lattice/policy";
import { CLUSTER_KEY, type EdgeCounts, type MeshContext } from "./context.ts";
import { happenings } from "./happenings.ts";
import { MESH_MANAGER } from "./kinds.ts";
import type { DeclaredKind } from "./model.ts";
import { selected, servicePolicyStatus } from "./service_policies.ts";
import { externalStatus, isSameStatus, serviceStatus } from "./status.ts";
import { outputsOf } from "./workloads.ts";

/** Name of the controllers in events. */
const COMPONENT = "lattice-mesh";

/**
 * Reports on an object.
 *
 * @param context What the controllers share.
 * @param kind Its kind.
 * @param key `namespace/name`.
 * @param signal Ends it early.
 * @throws {ApiError} When the server refuses the status.
 */
export async function reconcileStatus(
  context: MeshContext,
  kind: DeclaredKind,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const raw = context.model.get(kind, key)?.raw;
  const status = raw && statusOf(context, kind, key);
  if (raw === undefined || status === undefined) return;
  const before = raw["status"] as LatticeServiceStatus | undefined;
  if (isSameStatus(before ?? {}, status)) return;
  if (!await write(context, raw, status, signal)) return;
  const pruned = kind === SERVICE_POLICY_KIND ? [] : takePruned(context, key);
  for (const event of happenings(key, before, status as LatticeServiceStatus, pruned)) {
    await recordEvent(context.client, raw, { ...event, component: COMPONENT, signal });
  }
}

function statusOf(context: MeshContext, kind: DeclaredKind, key: string): object | undefined {
  const { model, policies, workloads } = context;
  const cluster = policies.get(CLUSTER_KEY);
  const now = context.now();
  if (kind === SERVICE_KIND) {
    const declared = model.get(kind, key);
    if (declared === undefined) return undefined;
    const { raw, object: service, problems } = declared;
    return serviceStatus({
      raw,
      service,
      problems,
      cluster,
      policies: policies.get(key),
      workload: workloads.get(key),
      controller: controllerOf(context, key),
      edges: edgesOf(context, key),
      resolved: service ? resolved(context, service) : {},
    }, now);
  }
  if (kind === EXTERNAL_SERVICE_KIND) {
    const declared = model.get(kind, key);
    return declared && externalStatus({ ...declared, cluster, policies: policies.get(key) }, now);
  }
  const declared = model.get(kind, key);
  if (declared === undefined) return undefined;
  const services = model.list(SERVICE_KIND).flatMap(({ object }) => object ?? []);
  const keys = declared.object
    ? selected(
      declared.object,
      services,
      (name) => context.namespaces.get(name)?.metadata.labels ?? {},
    )
    : [];
  return servicePolicyStatus(declared.raw, declared.problems, keys, now);
}

/** The Deployment, or the StatefulSet where pods have volumes of their own. */
function controllerOf({ inventory }: MeshContext, key: string): KubeObject | undefined {
  const [namespace = "", name = ""] = key.split("/");
  const controllers = ["Deployment", "StatefulSet"].flatMap((kind) =>
    inventory.get({ apiVersion: "apps/v1", kind, metadata: { namespace, name } }) ?? []
  );
  return controllers.find(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Edges seen from one side; one to itself goes out. Those that go out are counted. */
function edgesOf({ model, edges: counted }: MeshContext, key: string): EdgeStatus[] {
  const edges = edgeStates(model.graph, key).map(({ caller, callee, verdict }): EdgeStatus =>
    caller === key
      ? { peer: callee, direction: "outbound", state: verdict }
      : { peer: caller, direction: "inbound", state: verdict }
  );
  const counts: EdgeCounts = {};
  for (const { direction, state } of edges) {
    if (direction === "outbound") counts[state] = (counts[state] ?? 0) + 1;
  }
  counted.set(key, counts);
  return edges;
}

function resolved({ model }: MeshContext, service: LatticeService): Record<string, string> {
  const home = service.metadata.namespace ?? "default";
  const entries = Object.entries(service.spec.resources).flatMap(([key, resource]) => {
    const { type, direction, namespace = home, id: name = key } = resource;
    if (direction === "inbound") return [];
    if (type !== "service" && type !== "external-service") return [];
    const url = outputsOf(model, { type, namespace, name })?.["url"];
    return url === undefined ? [] : [[key, url] as const];
  });
  return Object.fromEntries(entries);
}

async function write(
  { client }: MeshContext,
  { apiVersion, kind, metadata }: KubeObject,
  status: object,
  signal: AbortSignal,
): Promise<boolean> {
  const { name, namespace } = metadata;
  const identity = { name, ...(namespace === undefined ? {} : { namespace }) };
  const options = { manager: MESH_MANAGER, force: true, subresource: "status", signal };
  try {
    await client.apply({ apiVersion, kind, metadata: identity, status }, options);
    return true;
  } catch (error) {
    if (isApiError(error, 404)) return false;
    throw error;
  }
}

/** What was deleted since the last time; it is told once. */
function takePruned({ pruned }: MeshContext, key: string): readonly string[] {
  const names = pruned.get(key) ?? [];
  pruned.delete(key);
  return names;
}
