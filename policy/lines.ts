/**
 * The YAML lines that a side has to add. As a merge patch of the object they do just that.
 *
 * @module
 */
import { requestersField, type ServiceResource } from "@lattice/api";
import type { Node } from "./node.ts";
import type { NodeKind } from "./types.ts";

/**
 * What the caller adds.
 *
 * @param from caller
 * @param to callee
 * @param kind as what it is called
 * @returns lines without a line end at the end
 */
export function callerLines(from: Node, to: Node, kind: NodeKind): string {
  return resourceLines(from, to, kind === "service" ? "service" : "external-service", "outbound");
}

/**
 * What the callee adds.
 *
 * @param from caller
 * @param to callee
 * @param kind as what it is called
 * @returns lines without a line end at the end
 */
export function calleeLines(from: Node, to: Node, kind: NodeKind): string {
  if (kind === "service") return resourceLines(to, from, "service", "inbound");
  if (!to.external) return "";
  const requester = from.namespace === to.namespace ? from.name : from.key;
  return [
    "spec:",
    `  ${requestersField(to.external.spec)}:`,
    ...[...to.external.spec.allowedRequesters, requester].map((name) =>
      `    - ${name.startsWith("*") || /[^-a-z/]/.test(name) ? JSON.stringify(name) : name}`
    ),
  ].join("\n");
}

function resourceLines(
  owner: Node,
  peer: Node,
  type: "service" | "external-service",
  direction: "inbound" | "outbound",
): string {
  const resources = owner.service?.spec.resources ?? {};
  const opposite = type === "service"
    ? Object.entries(resources).find(([name, resource]) => isAbout(owner, name, resource, peer))
    : undefined;
  if (opposite) {
    return ["spec:", "  resources:", `    ${quoted(opposite[0])}:`, "      direction: both"].join(
      "\n",
    );
  }
  const key = freeKey(resources, peer);
  return [
    "spec:",
    "  resources:",
    `    ${quoted(key)}:`,
    `      type: ${type}`,
    ...(key === peer.name ? [] : [`      id: ${quoted(peer.name)}`]),
    `      direction: ${direction}`,
    ...(peer.namespace === owner.namespace ? [] : [`      namespace: ${quoted(peer.namespace)}`]),
  ].join("\n");
}

function isAbout(owner: Node, name: string, resource: ServiceResource, peer: Node): boolean {
  return resource.type === "service" && (resource.id ?? name) === peer.name &&
    (resource.namespace ?? owner.namespace) === peer.namespace;
}

// A key names one resource only; another one under the same name needs another key and an id.
function freeKey(resources: Record<string, unknown>, peer: Node): string {
  for (const key of [peer.name, `${peer.name}-${peer.namespace}`]) {
    if (!Object.hasOwn(resources, key)) return key;
  }
  let number = 2;
  while (Object.hasOwn(resources, `${peer.name}-${number}`)) number++;
  return `${peer.name}-${number}`;
}

// YAML 1.1 reads some words and numbers as something else than text.
function quoted(text: string): string {
  return /^[a-z][a-z0-9-]*$/.test(text) && !/^(y|n|yes|no|on|off|true|false|null)$/.test(text)
    ? text
    : JSON.stringify(text);
}
