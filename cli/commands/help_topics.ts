/**
 * `lattice help TOPIC` for topics that are no commands.
 *
 * @module
 */

import type { Command } from "commander";
import { EXIT_CODE_HELP } from "../exit_codes.ts";
import type { Io } from "../io.ts";

const TOPICS: Readonly<Record<string, string>> = {
  "exit-codes": EXIT_CODE_HELP,
  environment: `Environment variables:
  LATTICE_HOME               state of local clusters (default: $XDG_STATE_HOME/lattice)
  LATTICE_TOOLS_DIR          built components (default: $XDG_CACHE_HOME/lattice/bin)
  LATTICE_PORT_RANGE         ports of local clusters (default: 20000-29999)
  LATTICE_CHARTS_DIR         charts of the addons (default: from their repositories)
  LATTICE_HELM               program that renders charts (default: the one that was built, or PATH's)
  LATTICE_REGISTRY_MIRROR    registry that the images of the addons come from
  LATTICE_RUN_ID             same as --run-id
  LATTICE_IMAGE              same as --image
  REGISTRY_CREDENTIALS_FILE  same as --registry-credentials-file
  LATTICE_CLUSTER_NAME       same as --cluster of "lattice compile" and "lattice explain"
  CLUSTERCTL_CONFIG          configuration of clusterctl, e.g. for a mirror of the providers' releases
  DOCKER_HOST                where Docker listens
  AWS_*, PROXMOX_*, OS_*     credentials: see "lattice install --help"
  KUBECONFIG                 list of kubeconfig files for "lattice get"
  NO_COLOR                   no colours
  CI                         no spinner: plain progress lines
  LATTICE_DEBUG              print the stack of an error
`,
};

/**
 * Adds `help` to the program: commands as usual, and the topics of this module.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addHelpTopics(program: Command, io: Io): void {
  program.helpCommand(false);
  program.command("help")
    .description("Show help of a command, or of a topic: exit-codes, environment.")
    .summary("help of a command or topic")
    .argument("[NAME...]", "a command, exit-codes or environment")
    .action((names: string[]) => {
      const topic = TOPICS[names[0] ?? ""];
      if (topic !== undefined) return io.stdout(topic);
      let command = program;
      for (const name of names) {
        const next = command.commands.find((each) => each.name() === name);
        if (next === undefined) {
          return command.error(`error: no help for '${names.join(" ")}'`, { exitCode: 2 });
        }
        command = next;
      }
      command.outputHelp();
    });
}
