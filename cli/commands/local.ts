/**
 * `lattice local start|stop|status`: the processes of local clusters.
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import { oneOf } from "./parse.ts";

/** Flags of `lattice local status`. */
export interface LocalStatusFlags {
  /** Format of the result. */
  readonly output: "table" | "json" | "yaml" | "name";
}

const HELP = `
Without NAME the command is about every local cluster in LATTICE_HOME.

Examples:
  lattice local status          which processes run, which restarted
  lattice local start           bring all clusters back after a reboot
  lattice local stop staging    stop one cluster, keep its state`;

/**
 * Adds `local` and what is below it to the program.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addLocal(program: Command, io: Io): void {
  const local = program.command("local").helpCommand(false)
    .description("Start, stop and look at the processes of local clusters.")
    .summary("start, stop and look at local clusters")
    .addHelpText("after", HELP);
  local.command("start").argument("[NAME]", "name of the cluster").addHelpText("after", HELP)
    .description("Start the processes and wait until they are ready.")
    .action(async (name: string | undefined) => {
      const { localStart } = await import("../clusters/local.ts");
      await localStart(name, io);
    });
  local.command("stop").argument("[NAME]", "name of the cluster").addHelpText("after", HELP)
    .description("Stop the processes, keep all state.")
    .action(async (name: string | undefined) => {
      const { localStop } = await import("../clusters/local.ts");
      await localStop(name, io);
    });
  local.command("status").argument("[NAME]", "name of the cluster").addHelpText("after", HELP)
    .description("Show every process.")
    .addOption(
      new Option("-o, --output <FORMAT>", "table, json, yaml or name")
        .argParser(oneOf("table", "json", "yaml", "name")).default("table"),
    )
    .action(async (name: string | undefined, flags: LocalStatusFlags) => {
      const { localStatus } = await import("../clusters/local.ts");
      await localStatus(name, flags, io);
    });
}
