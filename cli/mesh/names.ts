/**
 * Names of services as people write them.
 *
 * @module
 */

import { editDistance } from "@lattice/api";
import { NotFoundError, UsageError } from "@lattice/api/errors";

/** The callee of a call, and the port when one was named. */
export interface Callee {
  /** NAME or NAMESPACE/NAME. */
  readonly name: string;
  /** Number, or name of a port. */
  readonly port?: number | string;
}

/** What `namespace/name` and `name` may look like. */
const NAME = /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

/**
 * Takes CALLEE[:PORT] apart.
 *
 * @param text What was written.
 * @throws {UsageError} When the port is empty or no port.
 */
export function parseCallee(text: string): Callee {
  const colon = text.indexOf(":");
  if (colon < 0) return { name: text };
  const name = text.slice(0, colon);
  const port = text.slice(colon + 1);
  const number = Number(port);
  const legal = /^[0-9]+$/.test(port)
    ? number >= 1 && number <= 65_535
    : /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(port);
  if (!legal) {
    throw new UsageError(`'${port}' is not a port`, {
      remedy: "write a number from 1 to 65535, or the name of a port",
    });
  }
  return { name, port: /^[0-9]+$/.test(port) ? number : port };
}

/**
 * The key of a service that was named with or without its namespace.
 *
 * @param name What was written.
 * @param namespace Namespace of names without one; absent: `default`, else the only one that has the name.
 * @param known Keys that exist.
 * @returns `namespace/name`, whether it exists or not.
 * @throws {UsageError} When it is no name, or several namespaces have it.
 */
export function keyOf(
  name: string,
  namespace: string | undefined,
  known: ReadonlySet<string>,
): string {
  if (!NAME.test(name)) {
    throw new UsageError(`'${name}' is not the name of a service`, {
      remedy: "write NAME or NAMESPACE/NAME",
    });
  }
  if (name.includes("/")) return name;
  const usual = `${namespace ?? "default"}/${name}`;
  if (namespace !== undefined || known.has(usual)) return usual;
  const [only, ...others] = [...known].filter((key) => key.endsWith(`/${name}`)).sort();
  if (only === undefined) return onlyNamespace(known, name) ?? usual;
  if (others.length > 0) {
    throw new UsageError(`'${name}' is in several namespaces`, {
      remedy: `write one of: ${[only, ...others].join(", ")}`,
    });
  }
  return only;
}

// A misspelt name is best compared with its neighbours.
function onlyNamespace(known: ReadonlySet<string>, name: string): string | undefined {
  const namespaces = new Set([...known].map((key) => key.slice(0, key.indexOf("/"))));
  return namespaces.size === 1 ? `${[...namespaces][0]}/${name}` : undefined;
}

/**
 * Refuses a name that nobody has.
 *
 * @param key `namespace/name`.
 * @param known Keys that exist.
 * @throws {NotFoundError} With the name that was perhaps meant.
 */
export function needKnown(key: string, known: ReadonlySet<string>): void {
  if (known.has(key)) return;
  const meant = nearestKey(key, [...known].sort());
  const some = [...known].sort().slice(0, 10).join(", ");
  throw new NotFoundError(`There is no service '${key}'`, {
    remedy: meant !== undefined
      ? `did you mean ${meant}?`
      : known.size === 0
      ? "there are no services at all; see -f and --kubeconfig"
      : `choose one of: ${some}${known.size > 10 ? ", …" : ""}`,
  });
}

/**
 * The key that is nearest to a misspelt one: by name first, since the namespace is often left out, then by namespace.
 *
 * @param key What was written.
 * @param known Keys that exist, in order of preference.
 */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const [namespace, name] = parts(key);
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: { readonly key: string; readonly name: number; readonly space: number } | undefined;
  for (const each of known) {
    const [otherSpace, otherName] = parts(each);
    const next = {
      key: each,
      name: editDistance(name, otherName),
      space: editDistance(namespace, otherSpace),
    };
    const nearer = best === undefined || next.name < best.name ||
      (next.name === best.name && next.space < best.space);
    if (next.name <= limit && nearer) best = next;
  }
  return best?.key;
}

function parts(key: string): [string, string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
}
