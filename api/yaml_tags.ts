/**
 * What plain words of YAML mean to Kubernetes.
 *
 * @module
 */

// The library reads a mere exponent, such as the name of the network card e1000, as a number.
const EXPONENT = /^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)[eE][-+]?[0-9]+$/;

/**
 * YAML 1.1 as Kubernetes reads it: `no` and `010` are a boolean and an octal number, but `e1000` and `12:30` are words.
 *
 * @param tags the tags of YAML 1.1
 * @returns those that Kubernetes's own parser knows; for the option `customTags` of `yaml`
 */
export function kubernetesTags<Tag>(tags: readonly Tag[]): Tag[] {
  return tags
    .filter((tag) => formatOf(tag) !== "TIME")
    .map((tag) => formatOf(tag) === "EXP" ? { ...tag, test: EXPONENT } : tag);
}

/** The notation that a tag reads; undefined for names of tags and for tags with one notation only. */
function formatOf(tag: unknown): unknown {
  return typeof tag === "object" && tag !== null && "format" in tag ? tag.format : undefined;
}
