/**
 * The form in which the set-up keeps Kubernetes manifests: JSON documents between `---` lines.
 *
 * @module
 */

/** An object of a manifest. */
export interface ManifestObject {
  /** Group and version. */
  apiVersion: string;
  /** Kind. */
  kind: string;
  /** Name, and what else the module's file says. */
  metadata: {
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  /** `spec`, `rules` and whatever else the kind has. */
  [field: string]: unknown;
}

/**
 * Parses a manifest file as the set-up writes them (JSON documents between `---` lines).
 *
 * @param text content of the file
 * @returns its objects, in file order
 */
export function parseManifest(text: string): ManifestObject[] {
  return `\n${text}`.split("\n---\n").filter((part) => part.trim() !== "").map((part) =>
    JSON.parse(part)
  );
}

/**
 * Writes objects in the form that {@linkcode parseManifest} reads. JSON is YAML, so kubectl and
 * kwok read the files, too; parsing a megabyte of CRDs as JSON takes milliseconds, not a second.
 *
 * @param objects the objects, in the order they are to be applied
 * @returns the text of the file
 */
export function formatManifest(objects: readonly ManifestObject[]): string {
  return objects.map((object) => `---\n${JSON.stringify(object)}\n`).join("");
}
