/**
 * The bilateral mesh: who may call whom, and the policies that make it so.
 *
 * Traffic flows only where the caller and the callee both declare it. Pure: nothing here does I/O, reads a
 * clock or needs a permission.
 *
 * ```ts
 * import { parseDocuments } from "@lattice/api";
 * import { compileAll, explain, graphOf } from "@lattice/policy";
 *
 * const graph = graphOf(parseDocuments(text).flatMap((parsed) => parsed.object ?? []));
 * const objects = compileAll(graph, { cluster: "prod" });
 * const answer = explain(graph, "shop/web", "shop/cart", 8000);
 * ```
 *
 * @module
 */
export * from "./types.ts";
export { graphOf, type NodeView, ServiceGraph } from "./graph.ts";
export { agreement, edgeStates } from "./agreement.ts";
export { compareRefs, compile, compileAll, namespaceObject, refOf } from "./compile.ts";
export { infrastructurePolicies } from "./infrastructure.ts";
export { unsupportedRules } from "./unsupported.ts";
export { explain, resolveKey } from "./explain.ts";
export { simulate } from "./simulate.ts";
export { type DeclaredEdge, declaredEdges, toMermaid, toTree } from "./draw.ts";
export { toSvg } from "./draw_svg.ts";
export { type IngressGateway, ingressGatewayOf, principal, waypointOf } from "./names.ts";
