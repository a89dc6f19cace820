/**
 * A process of its own that compiles a mesh once and prints what it holds in memory: bytes of the resident set.
 *
 * @module
 */
import { compileAll } from "@lattice/policy";
import { graphWith, realistic } from "./policy_fixtures.ts";

const [size = 0, edges = 0] = Deno.args.map(Number);
const graph = graphWith(realistic(size, edges));
const objects = compileAll(graph, { cluster: "prod" });
const { rss } = Deno.memoryUsage();
// The objects are part of what is held.
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ rss, objects: objects.length })));
