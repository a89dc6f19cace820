/**
 * `lattice get clusters` and `lattice get cluster NAME`.
 *
 * @module
 */

import { NotFoundError } from "@lattice/api/errors";
import type { GetFlags } from "../commands/get.ts";
import type { Io } from "../io.ts";
import { toJson, toYaml } from "../output/yaml.ts";
import { places } from "./contexts.ts";
import { fleet, look } from "./discover.ts";
import type { ClusterInfo } from "./info.ts";
import { clusterSheet, clustersTable } from "./view.ts";

/**
 * Prints every cluster that can be reached. None at all is no error.
 *
 * @param flags The command line.
 * @param io The world.
 */
export async function getClusters(flags: GetFlags, io: Io): Promise<void> {
  const infos = await find(flags, io);
  switch (flags.output) {
    case "json":
      return io.stdout(toJson(infos));
    case "yaml":
      return io.stdout(toYaml(infos));
    case "name":
      return io.stdout(infos.map(resourceName).join(""));
    case "table":
      if (infos.length === 0) return io.stderr("No clusters found.\n");
      return io.stdout(clustersTable(infos, io.now()));
  }
}

/**
 * Prints one cluster.
 *
 * @param name Its name.
 * @param flags The command line.
 * @param io The world.
 * @throws {NotFoundError} When no place has a cluster of that name.
 */
export async function getCluster(name: string, flags: GetFlags, io: Io): Promise<void> {
  const infos = await find(flags, io);
  const info = infos.find((each) => each.name === name);
  if (info === undefined) {
    const names = infos.map((each) => each.name).join(", ");
    throw new NotFoundError(`There is no cluster '${name}'`, {
      remedy: names ? `choose one of: ${names}` : "no cluster can be reached; see --kubeconfig",
    });
  }
  switch (flags.output) {
    case "json":
      return io.stdout(toJson(info));
    case "yaml":
      return io.stdout(toYaml(info));
    case "name":
      return io.stdout(resourceName(info));
    case "table":
      return io.stdout(clusterSheet(info, io.now()));
  }
}

async function find(flags: GetFlags, io: Io): Promise<ClusterInfo[]> {
  const warn = (line: string): void => io.stderr(line + "\n");
  return fleet(await look(await places(flags.kubeconfig, io), warn, io.signal));
}

function resourceName({ name }: ClusterInfo): string {
  return `latticecluster.lattice.dev/${name}\n`;
}
