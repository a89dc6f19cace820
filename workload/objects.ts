/**
 * Metadata of what a service becomes.
 *
 * @module
 */
import { type KubeObject, MANAGED_BY, MANAGED_BY_LABEL, SERVICE_LABEL } from "@lattice/api";
import { compact, compareText } from "./text.ts";
import type { Rendering } from "./types.ts";

/** Label that Kubernetes' own tools show. */
const NAME_LABEL = "app.kubernetes.io/name";

/**
 * Labels that only the pods of one service have; Services, controllers and policies select by them.
 *
 * @param rendering the service
 */
export function selectorOf({ name }: Rendering): Record<string, string> {
  return { [SERVICE_LABEL]: name };
}

/**
 * Labels of an object and of the pods of a service.
 *
 * @param rendering the service
 */
export function labelsOf(rendering: Rendering): Record<string, string> {
  return {
    [NAME_LABEL]: rendering.name,
    [MANAGED_BY_LABEL]: MANAGED_BY,
    ...selectorOf(rendering),
  };
}

/** Makes an object of a service. */
export interface ObjectInit {
  /** `group/version`. */
  readonly apiVersion: string;
  /** Kind. */
  readonly kind: string;
  /** Name. */
  readonly name: string;
  /** Labels beside the usual ones. */
  readonly labels?: Readonly<Record<string, string>>;
  /** `spec`, `data` and the like. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Makes an object in the namespace of a service, with its labels.
 *
 * @param rendering the service
 * @param init what the object is
 */
export function makeObject(rendering: Rendering, init: ObjectInit): KubeObject {
  return {
    apiVersion: init.apiVersion,
    kind: init.kind,
    metadata: {
      name: init.name,
      namespace: rendering.namespace,
      labels: { ...labelsOf(rendering), ...init.labels },
    },
    ...compact(init.body),
  };
}

/**
 * Sorts objects by kind, name and namespace, and the keys of their maps: equal objects are equal texts.
 *
 * @param objects the objects
 */
export function sortObjects(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map((object) => sortKeys(object) as KubeObject).sort((a, b) =>
    compareText(sortKey(a), sortKey(b))
  );
}

function sortKey({ apiVersion, kind, metadata }: KubeObject): string {
  return [kind, metadata.name, metadata.namespace ?? "", apiVersion].join("\n");
}

const FIRST = ["apiVersion", "kind", "metadata", "name", "namespace"];

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([a], [b]) => rank(a) - rank(b) || compareText(a, b));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}

function rank(key: string): number {
  const index = FIRST.indexOf(key);
  return index < 0 ? FIRST.length : index;
}
