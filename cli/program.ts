/**
 * The command tree: names, flags and help of every command. What a command does is imported when it
 * runs.
 *
 * @module
 */

import { Command } from "commander";
import { addCompletion } from "./commands/completion.ts";
import { addGet } from "./commands/get.ts";
import { addHelpTopics } from "./commands/help_topics.ts";
import { addInstall } from "./commands/install.ts";
import { addLocal } from "./commands/local.ts";
import { addMesh } from "./commands/mesh.ts";
import { addRender } from "./commands/render.ts";
import { addUninstall } from "./commands/uninstall.ts";
import type { Io } from "./io.ts";
import { VERSION } from "./version.ts";

const EXAMPLES = `
Examples:
  lattice install -f cluster.yaml             one file to a cluster that manages itself
  lattice install -f cluster.yaml --dry-run   show the plan and every object, change nothing
  lattice get clusters                        list every cluster you can reach
  lattice uninstall -k cluster.kubeconfig     take a cluster apart again

Run "lattice help exit-codes" for the meaning of exit codes.`;

/**
 * Builds the whole command tree.
 *
 * @param io Where commands read and write; commander's own output goes there, too.
 */
export function buildProgram(io: Io): Command {
  const program = new Command("lattice")
    .description("Self-managing Kubernetes clusters with zero-trust networking.")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "show help")
    .showSuggestionAfterError()
    .addHelpText("after", EXAMPLES);
  addInstall(program, io);
  addUninstall(program, io);
  addGet(program, io);
  addRender(program, io);
  addLocal(program, io);
  addMesh(program, io);
  addCompletion(program, io);
  addHelpTopics(program, io);
  for (const command of [program, ...descendants(program)]) adopt(command, io);
  return program;
}

/** Every command below `parent`. */
function descendants(parent: Command): Command[] {
  return parent.commands.flatMap((command) => [command, ...descendants(command)]);
}

/** Routes output to `io` and turns exits into exceptions. */
function adopt(command: Command, io: Io): void {
  command.exitOverride();
  command.configureOutput({ writeOut: io.stdout, writeErr: io.stderr });
  command.configureHelp({ helpWidth: 100 });
}
