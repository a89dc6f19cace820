/**
 * From the graph to the objects of the mesh.
 *
 * A pure function of the graph and the name of the cluster: the order in which objects came in, and how often,
 * leaves no trace.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { externalCilium, serviceCilium } from "./cilium.ts";
import { effectiveExternal, effectiveService } from "./effective.ts";
import type { ServiceGraph } from "./graph.ts";
import { infrastructurePolicies } from "./infrastructure.ts";
import { externalIstio, serviceIstio } from "./istio.ts";
import { namespaceOf } from "./names.ts";
import type { CompileOptions, ObjectRef } from "./types.ts";

/**
 * The objects that belong to one key: to its service, to its external service, or to both.
 *
 * They live in the namespace of the key and carry the label `lattice.dev/service` or
 * `lattice.dev/external-service` with its name.
 *
 * @param graph graph
 * @param key `namespace/name`
 * @param options name of the cluster
 * @returns objects sorted by kind and name; none when the key does not exist
 */
export function compile(
  graph: ServiceGraph,
  key: string,
  options: CompileOptions,
): KubeObject[] {
  const service = effectiveService(graph, key);
  const external = effectiveExternal(graph, key);
  return [
    ...(service ? [...serviceCilium(service), ...serviceIstio(service, options.cluster)] : []),
    ...(external ? [...externalCilium(external), ...externalIstio(external, options.cluster)] : []),
  ].sort(compareObjects);
}

/**
 * All objects of the mesh: default deny and its exceptions, namespaces, and those of every key.
 *
 * @param graph graph
 * @param options name of the cluster
 * @returns objects sorted by kind, namespace and name
 */
export function compileAll(graph: ServiceGraph, options: CompileOptions): KubeObject[] {
  const keys = graph.keys();
  const namespaces = new Set(keys.map((key) => namespaceOf(key)));
  return [
    ...infrastructurePolicies(options),
    ...[...namespaces].flatMap((namespace) => namespaceObject(graph, namespace) ?? []),
    ...keys.flatMap((key) => compile(graph, key, options)),
  ].sort(compareObjects);
}

/**
 * The labels that enrol a namespace in the mesh.
 *
 * Only these two fields: apply it server-side, beside whoever owns the rest of the namespace.
 *
 * @param graph graph
 * @param namespace name of the namespace
 * @returns the Namespace, or undefined when nothing in it takes part in the mesh
 */
export function namespaceObject(graph: ServiceGraph, namespace: string): KubeObject | undefined {
  if (!graph.hasMembers(namespace)) return undefined;
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace, labels: { "istio.io/dataplane-mode": "ambient" } },
  };
}

/**
 * Points at an object.
 *
 * @param object object
 * @returns reference
 */
export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  const { name, namespace } = metadata;
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/**
 * Orders objects, and references to them, by kind, namespace and name.
 *
 * @param a one
 * @param b the other
 * @returns negative, 0 or positive
 */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return compareText(a.kind, b.kind) || compareText(a.namespace ?? "", b.namespace ?? "") ||
    compareText(a.name, b.name) || compareText(a.apiVersion, b.apiVersion);
}

function compareObjects(a: KubeObject, b: KubeObject): number {
  return compareText(a.kind, b.kind) ||
    compareText(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compareText(a.metadata.name, b.metadata.name);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
