/**
 * `lattice render`: prints every CAPI object of a LatticeCluster file, offline.
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import { needOption, oneOf } from "./parse.ts";

/** Flags of `lattice render`. */
export interface RenderFlags {
  /** Path of the LatticeCluster file, `-` for standard input. */
  readonly file: string;
  /** Overrides `spec.provider.kubernetes.bootstrap`. */
  readonly bootstrap?: "kubeadm" | "rke2";
  /** Format of the result. */
  readonly output: "yaml" | "json" | "name";
}

const HELP = `
Needs no cluster, no network and no state; works for every provider.

Examples:
  lattice render -f cluster.yaml
  lattice render -f cluster.yaml -o name`;

/**
 * Adds `render` to the program.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addRender(program: Command, io: Io): void {
  program.command("render")
    .summary("print the CAPI objects of a file, offline")
    .description("Prints every Cluster API object that a LatticeCluster file stands for.")
    .option("-f, --file <PATH>", "LatticeCluster YAML file, - for stdin")
    .addOption(
      new Option("--bootstrap <PROVIDER>", "kubeadm or rke2 (default: as in the file)")
        .argParser(oneOf("kubeadm", "rke2")),
    )
    .addOption(
      new Option("-o, --output <FORMAT>", "yaml, json or name")
        .argParser(oneOf("yaml", "json", "name")).default("yaml"),
    )
    .addHelpText("after", HELP)
    .action(async (flags: RenderFlags, self: Command) => {
      needOption(self, "file");
      const { render } = await import("../install/render.ts");
      await render(flags, io);
    });
}
