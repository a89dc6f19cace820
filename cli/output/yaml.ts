/**
 * YAML and JSON as the CLI prints them.
 *
 * @module
 */

import { stringify } from "yaml";

/**
 * Renders a value as YAML that Kubernetes tools read back unchanged.
 *
 * @param value Plain data.
 */
export function toYaml(value: unknown): string {
  // Kubernetes reads YAML 1.1: "no", "on" and bare dates have to be quoted, which 1.1 mode does.
  return stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * Renders objects as a stream of YAML documents.
 *
 * @param objects The documents, in order.
 */
export function toYamlDocuments(objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${toYaml(object)}`).join("");
}

/**
 * Renders a value as indented JSON with a final newline.
 *
 * @param value Plain data.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
