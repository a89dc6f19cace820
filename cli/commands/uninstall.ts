/**
 * `lattice uninstall`: the flags; the work is in `uninstall/`.
 *
 * @module
 */

import type { Command } from "commander";
import type { Io } from "../io.ts";
import { needOption } from "./parse.ts";

/** Flags of `lattice uninstall` as commander parses them. */
export interface UninstallFlags {
  /** Kubeconfig of the cluster to destroy, or of a bootstrap cluster to discard. */
  readonly kubeconfig: string;
  /** Name of the LatticeCluster. */
  readonly name?: string;
  /** Do not ask. */
  readonly yes?: boolean;
  /** Never remove the temporary cluster after a failure. */
  readonly keepBootstrapOnFailure?: boolean;
  /** Identity of this run; the same one resumes. */
  readonly runId?: string;
}

const HELP = `
Environment: LATTICE_RUN_ID, LATTICE_HOME (state)

Given the kubeconfig of a bootstrap cluster that a failed install kept, discards the half-installed
cluster together with that bootstrap cluster.

Examples:
  lattice uninstall -k ~/.kube/staging.yaml
  lattice uninstall -k ~/.kube/staging.yaml -y
  lattice uninstall -k ~/.kube/config -n production`;

/**
 * Adds `uninstall` to the program.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addUninstall(program: Command, io: Io): void {
  program.command("uninstall")
    .summary("take a cluster apart again")
    .description(
      "Moves the CAPI resources out of a self-managing cluster into a temporary one and deletes the\n" +
        "infrastructure: afterwards no process, no state and no kubeconfig entry is left.",
    )
    .option("-k, --kubeconfig <PATH>", "kubeconfig of the cluster to destroy")
    .option("-n, --name <NAME>", "cluster name (default: from the kubeconfig's context)")
    .option("-y, --yes", "skip the confirmation prompt")
    .option(
      "--keep-bootstrap-on-failure",
      "keep the temporary cluster on failure for debugging",
    )
    .option("--run-id <ID>", "identity of this run; the same one resumes (env: LATTICE_RUN_ID)")
    .addHelpText("after", HELP)
    .action(async (flags: UninstallFlags, self: Command) => {
      needOption(self, "kubeconfig");
      const { uninstall } = await import("../uninstall/uninstall.ts");
      await uninstall(flags, io);
    });
}
