/**
 * `lattice render`: every CAPI object of a file, or its addons, offline.
 *
 * @module
 */

import { type KubeObject, type LatticeCluster, providerOf } from "@lattice/api";
import { renderCluster } from "@lattice/providers";
import type { RenderFlags } from "../commands/render.ts";
import type { Io } from "../io.ts";
import { toJson, toYamlDocuments } from "../output/yaml.ts";
import { DEFAULT_IMAGE, parse, readClusterFile } from "./request.ts";

/**
 * Renders a file and prints the objects in the order in which they are applied.
 *
 * @param flags The command line.
 * @param io The world.
 * @throws {ValidationError} When the file is not a valid LatticeCluster.
 * @throws {LatticeError} `prerequisite` when addons are wanted and helm or charts are missing.
 */
export async function render(flags: RenderFlags, io: Io): Promise<void> {
  const cluster = parse(await readClusterFile(flags.file, io), flags.file, flags.bootstrap);
  const objects = flags.addons ? await addonObjects(cluster, flags, io) : renderCluster(cluster);
  if (flags.output === "json") return io.stdout(toJson(objects));
  if (flags.output === "yaml") return io.stdout(toYamlDocuments(objects));
  const names = objects.map(({ apiVersion, kind, metadata }) => {
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
    return `${kind.toLowerCase()}${group}/${metadata.name}\n`;
  });
  io.stdout(names.join(""));
}

async function addonObjects(
  cluster: LatticeCluster,
  flags: RenderFlags,
  io: Io,
): Promise<KubeObject[]> {
  if (providerOf(cluster) === "local") {
    io.stderr("note: the nodes of a local cluster are simulated, so that it gets kinds only\n");
  }
  // Only this needs the addons, which take a moment to load.
  const { renderAddons } = await import("./addons.ts");
  const { items } = await renderAddons(cluster, {
    image: flags.image ?? io.env("LATTICE_IMAGE") ?? DEFAULT_IMAGE,
    only: flags.only,
    registry: {
      mirror: flags.registryMirror,
      ...(flags.pullSecret ? { pullSecret: {} } : {}),
    },
  }, io);
  return items.flatMap(({ objects }) => objects);
}
