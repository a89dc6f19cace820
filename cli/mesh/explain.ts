/**
 * `lattice explain CALLER CALLEE[:PORT]`.
 *
 * @module
 */

import type { KubeObject, Problem } from "@lattice/api";
import type { KubeClient } from "@lattice/kube";
import { compileAll, explain, type Explanation } from "@lattice/policy";
import type { ExplainFlags } from "../commands/mesh.ts";
import type { Io } from "../io.ts";
import { columns } from "../output/table.ts";
import { toJson, toYaml } from "../output/yaml.ts";
import { failOn, type Mesh, UNNAMED_CLUSTER, warn, withMesh } from "./model.ts";
import { keyOf, needKnown, parseCallee } from "./names.ts";
import { type LiveState, liveState } from "./online.ts";
import { identity, refText } from "./objects.ts";

/** An object that implements a call, and what the cluster has of it. */
type Implementing = Explanation["objects"][number] & { readonly live?: LiveState };

/** What `-o json` prints. */
interface Report extends
  Pick<
    Explanation,
    "verdict" | "caller" | "callee" | "port" | "layer" | "missing" | "reason"
  > {
  readonly objects: readonly Implementing[];
}

/**
 * Tells whether one service may call another, why, and what to add if not.
 *
 * @param caller Who calls.
 * @param callee Who is called, and the port.
 * @param flags The command line.
 * @param io The world.
 * @throws {NotFoundError} When a name is misspelt: nobody has it and the other side does not mention it.
 */
export async function explainCall(
  caller: string,
  callee: string,
  flags: ExplainFlags,
  io: Io,
): Promise<void> {
  const { name, port } = parseCallee(callee);
  await withMesh(flags, io, async (mesh) => {
    const { graph, collection } = mesh;
    const known = new Set(graph.keys());
    const from = keyOf(caller, flags.namespace, known);
    const to = keyOf(name, flags.namespace ?? beside(mesh, from, name), known);
    warn(collection.problems.filter((problem) => !isAbout(problem, mesh, [from, to])), io);
    for (const [key, other] of [[from, to], [to, from]] as const) {
      failOnBroken(mesh, key);
      if (!mentions(mesh, other, key)) needKnown(key, known);
    }
    const explanation = explain(graph, from, to, port);
    const report = await reportOf(explanation, mesh, io);
    if (flags.output === "json") return io.stdout(toJson(report));
    if (flags.output === "yaml") return io.stdout(toYaml(report));
    io.stdout(sentences(report, explanation));
  });
}

/** Namespace of a callee without one: the caller's, as in its file, unless only another one can be meant. */
function beside({ graph }: Mesh, from: string, name: string): string | undefined {
  const namespace = from.slice(0, from.indexOf("/"));
  const known = graph.keys();
  if (known.includes(`${namespace}/${name}`)) return namespace;
  const declared = [...graph.dependencies(from), ...graph.dependents(from)]
    .find((key) => key.endsWith(`/${name}`));
  if (declared !== undefined) return declared.slice(0, declared.indexOf("/"));
  return known.some((key) => key.endsWith(`/${name}`)) ? undefined : namespace;
}

/** Whether `key` declares `other`, which may not exist. */
function mentions({ graph }: Mesh, key: string, other: string): boolean {
  return graph.dependencies(key).includes(other) || graph.dependents(key).includes(other) ||
    graph.dependencies(other).includes(key) || graph.dependents(other).includes(key);
}

/** A service that is there, but not valid, is neither unknown nor denied for want of a declaration. */
function failOnBroken(mesh: Mesh, key: string): void {
  if (mesh.graph.get(key) !== undefined) return;
  failOn(mesh.collection.problems.filter((problem) => isAbout(problem, mesh, [key])));
}

function isAbout(problem: Problem, { collection }: Mesh, keys: readonly string[]): boolean {
  const wanted = new Set(keys.flatMap((key) => kindsOf(key)));
  return collection.broken.some(({ identity, problems }) =>
    wanted.has(identity) && problems.includes(problem)
  );
}

function kindsOf(key: string): string[] {
  return [`LatticeService ${key}`, `LatticeExternalService ${key}`];
}

async function reportOf(
  { verdict, caller, callee, port, layer, missing, objects, reason }: Explanation,
  { client, graph, cluster = UNNAMED_CLUSTER }: Mesh,
  io: Io,
): Promise<Report> {
  const base = { verdict, caller, callee, port, layer, missing };
  if (client === undefined) return { ...base, objects, reason };
  const wanted = new Map(
    compileAll(graph, { cluster }).map((object) => [identity(object), object]),
  );
  const seen: Implementing[] = [];
  for (const ref of objects) {
    const object = wanted.get(refText(ref));
    seen.push({ ...ref, live: await stateOf(client, object, ref, io) });
  }
  return { ...base, objects: seen, reason };
}

async function stateOf(
  client: KubeClient,
  object: KubeObject | undefined,
  ref: Explanation["objects"][number],
  io: Io,
): Promise<LiveState> {
  if (object !== undefined) return await liveState(client, object, io);
  // What nobody compiles now must not be there.
  const bare = { apiVersion: ref.apiVersion, kind: ref.kind, metadata: metadataOf(ref) };
  return await liveState(client, bare, io) === "missing" ? "missing" : "differs";
}

function metadataOf(
  { name, namespace }: Explanation["objects"][number],
): { name: string; namespace?: string } {
  return { name, ...(namespace !== undefined && { namespace }) };
}

function indent(lines: string): string {
  return lines.split("\n").map((line) => line === "" ? "" : `  ${line}`).join("\n");
}

function sentences(report: Report, { ports, agreement }: Explanation): string {
  const { verdict, caller, callee, port, layer, missing, objects, reason } = report;
  const lines = [
    `${verdict}: ${caller} -> ${callee}${port === null ? "" : `:${port}`}`,
    reason,
    "",
    ...columns([
      ["Decided by:", layer],
      ["Agreement:", agreement],
      ...(ports.length > 0 ? [["Ports:", ports.join(", ")]] : []),
    ]),
  ];
  for (const { side, resource, add } of missing) {
    lines.push("", `Add to the ${side}, ${resource}:`, "", indent(add));
  }
  if (objects.length > 0) {
    lines.push("", verdict === "allowed" ? "Implemented by:" : "It would be implemented by:");
    lines.push(...columns(objects.map((ref) => [`  ${refText(ref)}`, ref.live ?? ""])));
  }
  return lines.join("\n") + "\n";
}
