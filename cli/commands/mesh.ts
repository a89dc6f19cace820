/**
 * The commands about services: `get services`, `explain`, `simulate`, `graph`, `compile`. Flags only; the work is in
 * `mesh/`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import type { OutputFormat } from "./get.ts";
import { needOption, oneOf } from "./parse.ts";

/** Where services are read from. */
export interface SourceFlags {
  /** Files, folders and `-`; none: the cluster. */
  readonly file: readonly string[];
  /** The one kubeconfig file to use. */
  readonly kubeconfig?: string;
  /** Name of the cluster that policies are made for. */
  readonly cluster?: string;
}

/** Flags of `lattice get services`. */
export interface ServicesFlags extends SourceFlags {
  /** Only this namespace. */
  readonly namespace?: string;
  /** Format of the result. */
  readonly output: OutputFormat;
}

/** Flags of `lattice explain`. */
export interface ExplainFlags extends SourceFlags {
  /** Namespace of names without one. */
  readonly namespace?: string;
  /** Format of the result. */
  readonly output: "text" | "json" | "yaml";
}

/** Flags of `lattice simulate`. */
export interface SimulateFlags extends SourceFlags {
  /** What is there before the change; none: the cluster. */
  readonly base: readonly string[];
  /** Services that the change deletes. */
  readonly delete: readonly string[];
  /** Format of the result. */
  readonly output: "text" | "json" | "yaml";
}

/** Flags of `lattice graph`. */
export interface GraphFlags extends SourceFlags {
  /** Format of the result. */
  readonly output: "tree" | "mermaid" | "svg";
}

/** Flags of `lattice compile`. */
export interface CompileFlags extends SourceFlags {
  /** Whether workloads are compiled, too. */
  readonly workloads?: boolean;
  /** Format of the result. */
  readonly output: "yaml" | "json" | "name";
}

const SERVICES_HELP = `
INBOUND counts the callers that a service allows, OUTBOUND the services that it calls, agreed or not.

Examples:
  lattice get services
  lattice get services -n payments -o json
  lattice get services -f services/`;

const EXPLAIN_HELP = `
Names are NAME or NAMESPACE/NAME. A call is allowed when the caller and the callee both declare it.

Examples:
  lattice explain web cart -f examples/mesh
  lattice explain shop/web shop/cart:8080 -o json`;

const SIMULATE_HELP = `
Compares what is there with what would be there after the files of -f were applied.

Examples:
  lattice simulate -f cart.yaml                     against the cluster
  lattice simulate --base services/ -f cart.yaml    offline
  lattice simulate --base services/ --delete shop/cart`;

const GRAPH_HELP = `
Examples:
  lattice graph -f examples/mesh
  lattice graph -f services/ -o svg > mesh.svg`;

const COMPILE_HELP = `
An object that is not valid is an error on stderr; all others are compiled all the same.

Examples:
  lattice compile -f examples/mesh --cluster prod
  lattice compile -f services/ more.yaml --workloads -o name`;

/**
 * Adds the commands about services to the program, which has `get` already.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addMesh(program: Command, io: Io): void {
  const get = program.commands.find((command) => command.name() === "get") ??
    program.command("get");
  get.description("Show clusters and services.").summary("show clusters and services");
  addServices(get, io);
  addExplain(program, io);
  addSimulate(program, io);
  addGraph(program, io);
  addCompile(program, io);
}

function addServices(get: Command, io: Io): void {
  sources(get.command("services").alias("ls").description("List services and their declarations."))
    .option("-n, --namespace <NS>", "only this namespace (default: all)")
    .addOption(
      new Option("-o, --output <FORMAT>", "table, json, yaml or name")
        .argParser(oneOf("table", "json", "yaml", "name")).default("table"),
    )
    .addHelpText("after", SERVICES_HELP)
    .action(async (flags: Given<ServicesFlags>) => {
      const { getServices } = await import("../mesh/services.ts");
      await getServices(complete(flags), io);
    });
}

function addExplain(program: Command, io: Io): void {
  named(sources(
    program.command("explain")
      .summary("tell why a call is allowed or denied")
      .description("Tells whether one service may call another, why, and what to add if not.")
      .argument("<CALLER>", "service that calls")
      .argument("<CALLEE[:PORT]>", "service or external service that is called"),
  ))
    .option("-n, --namespace <NS>", "namespace of names without one (default: found by name)")
    .addOption(reportFormat())
    .addHelpText("after", EXPLAIN_HELP)
    .action(async (caller: string, callee: string, flags: Given<ExplainFlags>) => {
      const { explainCall } = await import("../mesh/explain.ts");
      await explainCall(caller, callee, complete(flags), io);
    });
}

function addSimulate(program: Command, io: Io): void {
  sources(
    program.command("simulate")
      .summary("tell what a change would open and close")
      .description("Tells which agreed edges and policy objects a change would gain and lose."),
    "files of the change: file, folder or -; repeatable",
  )
    .option(
      "--base <PATH>",
      "what is there before, instead of the cluster; repeatable",
      collect,
    )
    .option("--delete <NAME>", "a service that the change deletes; repeatable", collect)
    .addOption(reportFormat())
    .addHelpText("after", SIMULATE_HELP)
    .action(async (flags: Given<SimulateFlags>, self: Command) => {
      if (flags.delete === undefined) needOption(self, "file");
      const { simulateChange } = await import("../mesh/simulate.ts");
      await simulateChange(complete(flags), io);
    });
}

function addGraph(program: Command, io: Io): void {
  sources(
    program.command("graph")
      .summary("draw the services and their agreements")
      .description("Draws services and their agreements as a tree, as Mermaid or as SVG.")
      .argument("[PATHS...]", "further files"),
  )
    .addOption(
      new Option("-o, --output <FORMAT>", "tree, mermaid or svg")
        .argParser(oneOf("tree", "mermaid", "svg")).default("tree"),
    )
    .addHelpText("after", GRAPH_HELP)
    .action(async (paths: string[], flags: Given<GraphFlags>) => {
      const { drawGraph } = await import("../mesh/graph.ts");
      await drawGraph(complete(flags, paths), io);
    });
}

function addCompile(program: Command, io: Io): void {
  named(sources(
    program.command("compile")
      .summary("print the objects that services compile to")
      .description("Prints every policy object of the mesh and, if wanted, of the workloads.")
      .argument("[PATHS...]", "further files"),
  ))
    .option("--workloads", "also Deployments, Services and what else runs the services")
    .addOption(
      new Option("-o, --output <FORMAT>", "yaml, json or name")
        .argParser(oneOf("yaml", "json", "name")).default("yaml"),
    )
    .addHelpText("after", COMPILE_HELP)
    .action(async (paths: string[], flags: Given<CompileFlags>) => {
      const { compileMesh } = await import("../mesh/compile.ts");
      await compileMesh(complete(flags, paths), io);
    });
}

function sources(
  command: Command,
  file = "read this file, folder or - instead of the cluster; repeatable",
): Command {
  return command
    .option("-f, --file <PATH>", file, collect)
    .option("--kubeconfig <PATH>", "use the current context of this kubeconfig file");
}

/** Adds the name of the cluster, where objects carry it. */
function named(command: Command): Command {
  return command.option(
    "--cluster <NAME>",
    "name of the cluster in identities (default: as found)",
  );
}

/** Whatever the user left out of the options that may be repeated. */
type Given<T extends SourceFlags> =
  & Omit<T, "file" | "base" | "delete">
  & Partial<Pick<SimulateFlags, "file" | "base" | "delete">>;

function complete<T extends SourceFlags>(
  flags: Given<T>,
  paths: readonly string[] = [],
): Given<T> & Pick<SimulateFlags, "file" | "base" | "delete"> {
  const { file = [], base = [], delete: deleted = [] } = flags;
  return { ...flags, file: [...file, ...paths], base, delete: deleted };
}

function reportFormat(): Option {
  return new Option("-o, --output <FORMAT>", "text, json or yaml")
    .argParser(oneOf("text", "json", "yaml")).default("text");
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
