/**
 * `lattice completion SHELL`, and the hidden command that its scripts call.
 *
 * @module
 */

import type { Command } from "commander";
import type { Io } from "../io.ts";
import { oneOf } from "./parse.ts";

const SCRIPTS = {
  bash: `_lattice() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(lattice __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _lattice lattice
`,
  zsh: `#compdef lattice
_lattice() {
  local -a found
  found=("\${(@f)$(lattice __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found || _files
}
compdef _lattice lattice
`,
  fish:
    `complete -c lattice -f -a '(lattice __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c lattice -s f -l file -r -F
complete -c lattice -s k -l kubeconfig -r -F
`,
} as const;

const HELP = `
Examples:
  source <(lattice completion bash)
  lattice completion fish > ~/.config/fish/completions/lattice.fish`;

/**
 * Adds `completion` and the hidden `__complete` to the program.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addCompletion(program: Command, io: Io): void {
  program.command("completion")
    .description("Print a completion script for bash, zsh or fish.")
    .summary("print a shell completion script")
    .argument("<SHELL>", "bash, zsh or fish", oneOf("bash", "zsh", "fish"))
    .addHelpText("after", HELP)
    .action((shell: keyof typeof SCRIPTS) => io.stdout(SCRIPTS[shell]));
  program.command("__complete", { hidden: true })
    .argument("[WORDS...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[]) => {
      const found = await complete(program, words);
      io.stdout(found.map((word) => word + "\n").join(""));
    });
}

/**
 * Finds what may stand at the end of a command line.
 *
 * @param program The command tree.
 * @param words What was typed after `lattice`; the last word is the one to complete.
 * @returns Commands, flags or names of local clusters.
 */
export async function complete(program: Command, words: readonly string[]): Promise<string[]> {
  let command = program;
  for (const word of words.slice(0, -1)) {
    command = command.commands.find((each) => each.name() === word) ?? command;
  }
  const last = words.at(-1) ?? "";
  if (last.startsWith("-")) {
    return command.options.flatMap((option) => option.long ? [option.long] : [])
      .filter((flag) => flag.startsWith(last));
  }
  const below = command.createHelp().visibleCommands(command).map((each) => each.name());
  const path = words.slice(0, -1).join(" ");
  const names = below.length > 0 ? below : await clusterNames(path);
  return names.filter((name) => name.startsWith(last));
}

const TAKES_CLUSTER = ["get cluster", "local start", "local stop", "local status"];

/** Names of local clusters, which are known without asking any API server. */
async function clusterNames(path: string): Promise<string[]> {
  if (!TAKES_CLUSTER.includes(path) && !/ (-n|--name)$/.test(path)) return [];
  const { listClusters, stateHome } = await import("@lattice/providers/local/host");
  const records = await listClusters(stateHome()).catch(() => []);
  return records.filter((record) => record.role === "workload").map((record) => record.name);
}
