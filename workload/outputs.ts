/**
 * What a template can read of the resources of a service.
 *
 * @module
 */
import type { Lookup, Part } from "./template.ts";
import { claimName } from "./volumes.ts";
import { secretSource } from "./secrets.ts";
import type { Rendering, Resource, ResourceOutputs } from "./types.ts";

/**
 * Finds what expressions stand for: `metadata.*`, `resources.*`, `cluster.*`, `env.*`, `config.*`.
 *
 * Only what is mentioned is resolved, so that a caller that does not exist yet is no reason to fail.
 *
 * @param rendering the service
 */
export function lookupIn(rendering: Rendering): Lookup {
  const { context, name, namespace, annotations } = rendering;
  const roots: Readonly<Record<string, (rest: readonly string[]) => Part | undefined>> = {
    metadata: ([field, ...rest]) =>
      field === "name"
        ? own({ name }, ["name", ...rest])
        : field === "namespace"
        ? own({ namespace }, ["namespace", ...rest])
        : field === "annotations"
        ? own(annotations, rest)
        : undefined,
    cluster: (rest) => own(context.cluster, rest),
    env: (rest) => own(context.environment, rest),
    config: (rest) => own(context.config, rest),
    resources: ([key = "", ...rest]) => outputOf(rendering, key, rest),
  };
  return ([root = "", ...rest]) => Object.hasOwn(roots, root) ? roots[root]?.(rest) : undefined;
}

function outputOf(rendering: Rendering, key: string, rest: readonly string[]): Part | undefined {
  const resources = rendering.spec.resources ?? {};
  const resource = Object.hasOwn(resources, key) ? resources[key] : undefined;
  if (resource === undefined) return undefined;
  if (resource.type === "secret") {
    const secretKey = rest.join(".");
    const offers = secretSource(resource)?.keys;
    const known = secretKey !== "" && (offers === undefined || offers.includes(secretKey));
    return known ? { resource: key, key: secretKey } : undefined;
  }
  return own(outputsOf(rendering, key, resource), rest);
}

function outputsOf(
  rendering: Rendering,
  key: string,
  resource: Resource,
): ResourceOutputs | undefined {
  switch (resource.type) {
    case "service":
    case "external-service":
      return rendering.context.resolve({
        type: resource.type,
        name: resource.id ?? key,
        namespace: resource.namespace ?? rendering.namespace,
      });
    case "volume": {
      const name = claimName(rendering.name, key, resource);
      return { claim_name: name, claimName: name };
    }
    default:
      return undefined;
  }
}

// Keys with dots, like annotations, may be written without brackets.
function own(
  map: Readonly<Record<string, string>> | undefined,
  rest: readonly string[],
): string | undefined {
  const key = rest.join(".");
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
