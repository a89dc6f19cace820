/**
 * Names of CloudProviders and SecretsProviders.
 *
 * @module
 */
import type { Problem } from "./errors.ts";
import type { CelRule } from "./schema_parts.ts";
import { DNS_LABEL } from "./schema_parts.ts";

/** Longest name, in characters: it becomes the value of a label. */
const MAX_NAME = 63;

/** What the API server checks of a name. */
export const PROVIDER_NAME_RULES: readonly CelRule[] = [{
  rule: `self.metadata.name.size() <= ${MAX_NAME} && ` +
    "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
  message:
    `metadata.name must be a DNS label of at most ${MAX_NAME} characters that starts with a letter`,
}];

/**
 * Checks a name.
 *
 * @param name `metadata.name`
 * @param kind kind of the object, for the message
 * @returns problems; empty when the name is legal
 */
export function nameProblems(name: string, kind: string): Problem[] {
  if (DNS_LABEL.test(name) && name.length <= MAX_NAME) return [];
  return [{
    field: "metadata.name",
    reason: name === "" ? "is empty" : `${JSON.stringify(name)} is not the name of a ${kind}`,
    remedy:
      `use a DNS label: a lower-case letter, then letters, digits and '-', at most ${MAX_NAME} characters`,
  }];
}
