/**
 * `lattice graph`: the mesh as a picture.
 *
 * @module
 */

import { toMermaid, toSvg, toTree } from "@lattice/policy";
import type { GraphFlags } from "../commands/mesh.ts";
import type { Io } from "../io.ts";
import { failOn, withMesh } from "./model.ts";

const DRAW = { tree: toTree, mermaid: toMermaid, svg: toSvg } as const;

/**
 * Draws services and their agreements.
 *
 * @param flags The command line.
 * @param io The world.
 * @throws {ValidationError} After drawing the others, when an object is not valid.
 */
export async function drawGraph(flags: GraphFlags, io: Io): Promise<void> {
  await withMesh(flags, io, ({ graph, collection }) => {
    if (graph.keys().length === 0) io.stderr("No services found.\n");
    const text = DRAW[flags.output](graph);
    io.stdout(text.endsWith("\n") || text === "" ? text : `${text}\n`);
    failOn(collection.problems);
  });
}
