/**
 * `lattice get clusters` and `lattice get cluster NAME`: the flags; the work is in `clusters/`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import { oneOf } from "./parse.ts";

/** How a result is written to stdout. */
export type OutputFormat = "table" | "json" | "yaml" | "name";

/** Flags of both commands. */
export interface GetFlags {
  /** The one kubeconfig file to look at. */
  readonly kubeconfig?: string;
  /** Format of the result. */
  readonly output: OutputFormat;
}

const CLUSTERS_HELP = `
Looks at every context of --kubeconfig, else of $KUBECONFIG, else of ~/.kube/config and of the local
clusters in LATTICE_HOME. A context that does not answer is a warning on stderr.

Examples:
  lattice get clusters
  lattice get clusters -o json | jq '.[].name'`;

const CLUSTER_HELP = `
Examples:
  lattice get cluster prod
  lattice get cluster prod -o json | jq .worker_pools`;

/**
 * Adds `get` and what is below it to the program.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addGet(program: Command, io: Io): void {
  const get = program.command("get").helpCommand(false).description("Show clusters.").summary(
    "show clusters",
  );
  shared(get.command("clusters").alias("lc").description("List every cluster you can reach."))
    .addHelpText("after", CLUSTERS_HELP)
    .action(async (flags: GetFlags) => {
      const { getClusters } = await import("../clusters/get.ts");
      await getClusters(flags, io);
    });
  shared(get.command("cluster").description("Show one cluster in detail."))
    .argument("<NAME>", "name of the cluster")
    .addHelpText("after", CLUSTER_HELP)
    .action(async (name: string, flags: GetFlags) => {
      const { getCluster } = await import("../clusters/get.ts");
      await getCluster(name, flags, io);
    });
}

function shared(command: Command): Command {
  return command
    .option("--kubeconfig <PATH>", "look at this kubeconfig file only")
    .addOption(
      new Option("-o, --output <FORMAT>", "table, json, yaml or name")
        .argParser(oneOf("table", "json", "yaml", "name")).default("table"),
    );
}
