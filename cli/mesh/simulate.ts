/**
 * `lattice simulate`: what a change would open and close.
 *
 * @module
 */

import type { LatticeObject } from "@lattice/api";
import { graphOf, type ServiceGraph, simulate, type Simulation } from "@lattice/policy";
import type { SimulateFlags } from "../commands/mesh.ts";
import type { Io } from "../io.ts";
import { toJson, toYaml } from "../output/yaml.ts";
import { type Collection, identityOf, loadPaths } from "./load.ts";
import { failOn, type Mesh, meshOf, UNNAMED_CLUSTER, warn, withMesh } from "./model.ts";
import { keyOf, needKnown } from "./names.ts";
import { refText } from "./objects.ts";
import { hasCluster } from "./online.ts";

/**
 * Compares what is there with what would be there after a change.
 *
 * @param flags The command line.
 * @param io The world.
 * @throws {ValidationError} When the change holds something that is not valid.
 * @throws {NotFoundError} When something is to be deleted that is not there.
 */
export async function simulateChange(flags: SimulateFlags, io: Io): Promise<void> {
  const change = await loadPaths(flags.file, io);
  failOn(change.problems);
  await withBase(flags, io, (base) => {
    warn(base.collection.problems, io);
    const after = afterwards(base, change, flags.delete);
    const { cluster } = meshOf(change, flags, io);
    const options = { cluster: base.cluster ?? cluster ?? UNNAMED_CLUSTER };
    const result = simulate(base.graph, after, options);
    if (flags.output === "json") return io.stdout(toJson(result));
    if (flags.output === "yaml") return io.stdout(toYaml(result));
    io.stdout(sentences(result));
  });
}

async function withBase(
  flags: SimulateFlags,
  io: Io,
  work: (base: Mesh) => void,
): Promise<void> {
  const nowhere = flags.base.length === 0 && !await hasCluster(flags.kubeconfig, io);
  if (!nowhere) return await withMesh({ ...flags, file: flags.base }, io, work);
  io.stderr("note: neither --base nor a cluster: everything in the files counts as new\n");
  work(meshOf({ loaded: [], problems: [], broken: [] }, flags, io));
}

function afterwards(base: Mesh, change: Collection, deleted: readonly string[]): ServiceGraph {
  const objects = new Map<string, LatticeObject>();
  for (const { object } of [...base.collection.loaded, ...change.loaded]) {
    objects.set(identityOf(object), object);
  }
  const known = new Set(base.graph.keys());
  for (const name of deleted) {
    const key = keyOf(name, undefined, known);
    needKnown(key, known);
    for (const kind of ["LatticeService", "LatticeExternalService"]) {
      objects.delete(`${kind} ${key}`);
    }
  }
  return graphOf(objects.values());
}

function sentences({ edges, objects }: Simulation): string {
  const lines = [
    ...edges.gained.map(({ caller, callee }) => `+ ${caller} -> ${callee}`),
    ...edges.lost.map(({ caller, callee }) => `- ${caller} -> ${callee}`),
  ];
  const changes = [
    ...objects.created.map((ref) => `+ ${refText(ref)}`),
    ...objects.changed.map((ref) => `~ ${refText(ref)}`),
    ...objects.deleted.map((ref) => `- ${refText(ref)}`),
  ];
  if (lines.length + changes.length === 0) return "Nothing changes.\n";
  return [
    "Agreed edges:",
    ...(lines.length === 0 ? ["  none gained, none lost"] : lines.map((line) => `  ${line}`)),
    "",
    "Policy objects:",
    ...(changes.length === 0 ? ["  none change"] : changes.map((line) => `  ${line}`)),
    "",
  ].join("\n");
}
