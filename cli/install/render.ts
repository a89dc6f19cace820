/**
 * `lattice render`: every CAPI object of a file, offline.
 *
 * @module
 */

import { renderCluster } from "@lattice/providers";
import type { RenderFlags } from "../commands/render.ts";
import type { Io } from "../io.ts";
import { toJson, toYamlDocuments } from "../output/yaml.ts";
import { parse, readClusterFile } from "./request.ts";

/**
 * Renders a file and prints the objects in the order in which they are applied.
 *
 * @param flags The command line.
 * @param io The world.
 * @throws {ValidationError} When the file is not a valid LatticeCluster.
 */
export async function render(flags: RenderFlags, io: Io): Promise<void> {
  const cluster = parse(await readClusterFile(flags.file, io), flags.file, flags.bootstrap);
  const objects = renderCluster(cluster);
  if (flags.output === "json") return io.stdout(toJson(objects));
  if (flags.output === "yaml") return io.stdout(toYamlDocuments(objects));
  const names = objects.map(({ apiVersion, kind, metadata }) => {
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
    return `${kind.toLowerCase()}${group}/${metadata.name}\n`;
  });
  io.stdout(names.join(""));
}
