/**
 * Templates cannot be changed: a changed template is a new object with a name of its own.
 *
 * Every rendered template carries the hash of its spec. Where an object of the same name exists with another hash, the
 * rendered one is renamed to `NAME-HASH`, and so are the references to it; CAPI then rolls the machines over. Content that
 * is there already keeps its name, so that rendering again changes nothing, even after the first template was pruned.
 *
 * @module
 */
import { type KubeObject, TEMPLATE_HASH_ANNOTATION } from "@lattice/api";

const NAME_DIGITS = 8;

/**
 * Whether an object is a template that CAPI makes machines or their configuration from.
 *
 * @param object any object
 * @returns true when its kind says so
 */
export function isTemplate(object: KubeObject): boolean {
  return object.kind.endsWith("Template");
}

/**
 * Marks the templates with the hash of their content and renames those that would change an existing one.
 *
 * @param rendered objects as a provider rendered them
 * @param existing objects of the cluster that exist
 * @returns objects in the same order
 */
export function settleTemplates(
  rendered: readonly KubeObject[],
  existing: readonly KubeObject[],
): KubeObject[] {
  const hashes = new Map(
    existing.filter(isTemplate).map((object) => [keyOf(object), hashOf(object)]),
  );
  const renamed = new Map<string, string>();
  for (const object of rendered.filter(isTemplate)) {
    const hash = contentHash(object.spec);
    const own = hashes.get(keyOf(object));
    const name = `${object.metadata.name}-${hash.slice(0, NAME_DIGITS)}`;
    // One that was renamed before keeps its name, although the first of the name may be gone by now.
    const kept = own !== hash && hashes.get(`${object.kind}/${name}`) === hash;
    if (kept || (hashes.has(keyOf(object)) && own !== hash)) renamed.set(keyOf(object), name);
  }
  return rendered.map((object) =>
    isTemplate(object) ? settled(object, renamed) : redirected(object, renamed) as KubeObject
  );
}

function settled(object: KubeObject, renamed: ReadonlyMap<string, string>): KubeObject {
  const { metadata } = object;
  const annotations = {
    ...metadata.annotations,
    [TEMPLATE_HASH_ANNOTATION]: contentHash(object.spec),
  };
  const name = renamed.get(keyOf(object)) ?? metadata.name;
  return { ...object, metadata: { ...metadata, name, annotations } };
}

// References are objects with the kind and name of what they point to.
function redirected(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (renamed.size === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redirected(item, renamed));
  const fields = Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, redirected(field, renamed)]),
  );
  const name = renamed.get(`${fields.kind}/${fields.name}`);
  return name === undefined ? fields : { ...fields, name };
}

function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

function hashOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[TEMPLATE_HASH_ANNOTATION];
}

/**
 * Hash of a value's content: not for secrets, only to tell two contents apart.
 *
 * @param value JSON value; the order of keys does not matter
 * @returns 16 hexadecimal digits
 */
export function contentHash(value: unknown): string {
  const text = JSON.stringify(sorted(value));
  return hex(fnv1a(text, 0x811c9dc5)) + hex(fnv1a(text, 0x01000193));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map((
      [key, field],
    ) => [key, sorted(field)]),
  );
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
