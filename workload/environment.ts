/**
 * Environment variables of a container: text in a ConfigMap, values of secrets as references.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { makeObject } from "./objects.ts";
import { lookupIn } from "./outputs.ts";
import { alias, refsOf, secretName } from "./secrets.ts";
import { type Part, renderTemplate, type SecretRef } from "./template.ts";
import { derivedName, sortedEntries } from "./text.ts";
import type { Container, Rendering } from "./types.ts";

/** Keys that a ConfigMap can have and a variable is allowed to be named. */
const VARIABLE = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;

/** Variables of a container. */
export interface Environment {
  /** ConfigMap with the variables that are mere text; absent: there are none. */
  readonly config?: KubeObject;
  /** `env` of the container: the others. */
  readonly env: Record<string, unknown>[];
}

/**
 * Renders the variables of a container.
 *
 * A variable with a secret in it is put together by the kubelet, from references: its text holds no secret.
 *
 * @param rendering the service
 * @param name name of the container
 * @param container the container
 * @param field path of the container
 */
export function renderEnvironment(
  rendering: Rendering,
  name: string,
  container: Container,
  field: string,
): Environment {
  const lookup = lookupIn(rendering);
  const plain: Record<string, string> = {};
  const composed: { variable: string; parts: readonly Part[] }[] = [];
  for (const [variable, template] of sortedEntries(container.variables)) {
    const at = `${field}.variables.${variable}`;
    if (!VARIABLE.test(variable)) {
      rendering.findings.block(
        at,
        "is not a name for a variable",
        "use letters, digits, _, . and -, and no digit first",
      );
    }
    const { parts, problems } = renderTemplate(template, lookup);
    problems.forEach(({ reason, remedy }) => rendering.findings.block(at, reason, remedy));
    if (parts.every((part) => typeof part === "string")) plain[variable] = parts.join("");
    else composed.push({ variable, parts });
  }
  const env = composedVariables(rendering.name, composed);
  if (Object.keys(plain).length === 0) return { env };
  const config = makeObject(rendering, {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: derivedName(rendering.name, name, "env"),
    body: { data: plain },
  });
  return { config, env };
}

function composedVariables(
  service: string,
  composed: readonly { variable: string; parts: readonly Part[] }[],
): Record<string, unknown>[] {
  const mixed = composed.filter(({ parts }) => parts.length > 1).flatMap(({ parts }) => parts);
  // The kubelet expands what comes earlier in the list only.
  return [
    ...refsOf(mixed).map((ref) => fromSecret(service, alias(ref), ref)),
    ...composed.map(({ variable, parts }) => {
      const [first] = parts;
      return parts.length === 1 && typeof first === "object"
        ? fromSecret(service, variable, first)
        : { name: variable, value: parts.map(expandable).join("") };
    }),
  ];
}

function fromSecret(service: string, variable: string, ref: SecretRef): Record<string, unknown> {
  const secretKeyRef = { name: secretName(service, ref.resource), key: ref.key };
  return { name: variable, valueFrom: { secretKeyRef } };
}

// A dollar of the user's is doubled, or the kubelet would read $(NAME) in it.
function expandable(part: Part): string {
  return typeof part === "string" ? part.replaceAll("$", "$$$$") : `$(${alias(part)})`;
}
