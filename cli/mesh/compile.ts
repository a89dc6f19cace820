/**
 * `lattice compile`: the objects that services compile to.
 *
 * @module
 */

import {
  type KubeObject,
  type LatticeService,
  objectKey,
  type Problem,
  SERVICE_LABEL,
} from "@lattice/api";
import { compileAll, unsupportedRules } from "@lattice/policy";
import { externalOutputs, renderWorkload, serviceOutputs } from "@lattice/workload";
import type { CompileFlags } from "../commands/mesh.ts";
import type { Io } from "../io.ts";
import { toJson, toYamlDocuments } from "../output/yaml.ts";
import type { Collection } from "./load.ts";
import {
  externalsOf,
  failOn,
  type Mesh,
  servicesOf,
  UNNAMED_CLUSTER,
  warn,
  withMesh,
} from "./model.ts";
import { identity, resourceName } from "./objects.ts";

/**
 * Prints every policy object of the mesh and, if wanted, the objects of its workloads.
 *
 * @param flags The command line.
 * @param io The world.
 * @throws {ValidationError} After printing the others, when an object is not valid or cannot be compiled.
 */
export async function compileMesh(flags: CompileFlags, io: Io): Promise<void> {
  await withMesh(flags, io, (mesh) => {
    if (mesh.graph.keys().length === 0) io.stderr("No services found.\n");
    if (mesh.cluster === undefined) {
      const remedy = "name the cluster with --cluster or LATTICE_CLUSTER_NAME";
      io.stderr(`note: identities are those of a cluster named '${UNNAMED_CLUSTER}'; ${remedy}\n`);
    }
    const cluster = mesh.cluster ?? UNNAMED_CLUSTER;
    const policies = compileAll(mesh.graph, { cluster });
    const workloads = flags.workloads ? renderWorkloads(mesh, policies, cluster) : NOTHING;
    io.stdout(printed(unique([...policies, ...workloads.objects]), flags.output));
    const unsupported = [...servicesOf(mesh.collection).values()].sort(byKey)
      .flatMap((service) => locate(unsupportedRules(service), service, mesh.collection));
    warn([...unsupported, ...workloads.warnings], io);
    failOn([...mesh.collection.problems, ...workloads.problems]);
  });
}

/** Objects of workloads, what has no effect, and what could not be rendered. */
interface Workloads {
  readonly objects: readonly KubeObject[];
  readonly warnings: readonly Problem[];
  readonly problems: readonly Problem[];
}

/** Istio's label of a Gateway that is a waypoint. */
const WAYPOINT_LABEL = "istio.io/waypoint-for";

const NOTHING: Workloads = { objects: [], warnings: [], problems: [] };

function renderWorkloads(
  { collection }: Mesh,
  policies: readonly KubeObject[],
  cluster: string,
): Workloads {
  const services = servicesOf(collection);
  const externals = externalsOf(collection);
  const all = [...services.values()].sort(byKey).map((service) => {
    const waypoint = waypointOf(policies, service.metadata);
    const result = renderWorkload(service, {
      cluster: { name: cluster },
      ...(waypoint !== undefined && { waypoint }),
      resolve: ({ type, name, namespace }) => {
        const target = `${namespace}/${name}`;
        const peer = services.get(target);
        const external = externals.get(target);
        if (type === "service") return peer && serviceOutputs(peer);
        return external && externalOutputs(external);
      },
    });
    return { ...result, service, located: locate(result.problems, service, collection) };
  });
  const made = new Map<string, LatticeService>();
  const clashes = all.flatMap(({ service, objects }) =>
    objects.flatMap((object) => {
      const first = made.get(identity(object)) ?? service;
      made.set(identity(object), first);
      return first === service ? [] : locate([clash(object, first)], service, collection);
    })
  );
  return {
    objects: all.flatMap(({ objects }) => objects),
    warnings: all.filter(({ blocked }) => !blocked).flatMap(({ located }) => located),
    problems: [
      ...all.filter(({ blocked }) => blocked).flatMap(({ located }) => located),
      ...clashes,
    ],
  };
}

/** Two services that own one volume, say, would overwrite each other for ever. */
function clash(object: KubeObject, first: LatticeService): Problem {
  return {
    field: "spec.resources",
    reason: `${identity(object)} is also made by ${objectKey(first)}, and left to it`,
    remedy: "let one service own it; the others leave params.size out",
  };
}

/** Says where the object of some problems is written. */
function locate(
  problems: readonly Problem[],
  service: LatticeService,
  { loaded }: Collection,
): Problem[] {
  if (problems.length === 0) return [];
  const { file, line } = loaded.find(({ object }) => object === service) ?? {};
  return problems.map((problem) => ({
    ...problem,
    ...(file === undefined
      ? { field: `LatticeService ${objectKey(service)}: ${problem.field}` }
      : { file, ...(line !== undefined && { line }) }),
  }));
}

function byKey(a: LatticeService, b: LatticeService): number {
  return objectKey(a) < objectKey(b) ? -1 : 1;
}

/** The waypoint that the compiled mesh has for a service, which then has to be told to the Service. */
function waypointOf(
  policies: readonly KubeObject[],
  { name, namespace = "default" }: { name: string; namespace?: string },
): string | undefined {
  return policies.find(({ kind, metadata }) =>
    kind === "Gateway" && metadata.namespace === namespace &&
    metadata.labels?.[SERVICE_LABEL] === name &&
    metadata.labels[WAYPOINT_LABEL] !== undefined
  )?.metadata.name;
}

/** Each object once, as its first maker wants it; namespaces first, so that the stream can be applied as it is. */
function unique(objects: readonly KubeObject[]): KubeObject[] {
  const byIdentity = new Map<string, KubeObject>();
  for (const object of objects) {
    if (!byIdentity.has(identity(object))) byIdentity.set(identity(object), object);
  }
  const all = [...byIdentity.values()];
  const namespaces = all.filter(({ kind }) => kind === "Namespace");
  return [...namespaces, ...all.filter(({ kind }) => kind !== "Namespace")];
}

function printed(objects: readonly KubeObject[], output: CompileFlags["output"]): string {
  switch (output) {
    case "json":
      return toJson(objects);
    case "yaml":
      return toYamlDocuments(objects);
    case "name":
      return objects.map((object) => `${resourceName(object)}\n`).join("");
  }
}
