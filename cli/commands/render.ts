/**
 * `lattice render`: prints every CAPI object of a LatticeCluster file, or its addons, offline.
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
  /** Print what is installed in the cluster instead. */
  readonly addons?: boolean;
  /** With `addons`: only these. */
  readonly only?: readonly string[];
  /** With `addons`: image of the operator. */
  readonly image?: string;
  /** With `addons`: registry that all images come from. */
  readonly registryMirror?: string;
  /** With `addons`: pods use the pull secret. */
  readonly pullSecret?: boolean;
}

const HELP = `
Needs no cluster, no network and no state; works for every provider.
With --addons it needs helm and the charts: those in the folder LATTICE_CHARTS_DIR, or else those of
their repositories. Credentials are never printed: the Secrets that hold them are left out.

Examples:
  lattice render -f cluster.yaml
  lattice render -f cluster.yaml -o name
  lattice render -f cluster.yaml --addons --only cilium
  LATTICE_CHARTS_DIR=charts lattice render -f cluster.yaml --addons --registry-mirror mirror.local:5000`;

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
    .option("--addons", "print what is installed in the cluster instead")
    .option("--only <NAME...>", "with --addons: only these")
    .option("--image <IMAGE>", "with --addons: image of the operator (env LATTICE_IMAGE)")
    .option(
      "--registry-mirror <HOST>",
      "with --addons: registry of all images (env LATTICE_REGISTRY_MIRROR)",
    )
    .option("--pull-secret", "with --addons: pods use the pull secret lattice-registry")
    .addHelpText("after", HELP)
    .action(async (flags: RenderFlags, self: Command) => {
      needOption(self, "file");
      for (const name of ["only", "image", "registryMirror", "pullSecret"]) {
        if (self.getOptionValue(name) !== undefined) needOption(self, "addons");
      }
      const { render } = await import("../install/render.ts");
      await render(flags, io);
    });
}
