/**
 * What plain words of YAML mean to Kubernetes.
 *
 * @module
 */
import type { CollectionTag, ScalarTag, Tags } from "yaml";

// The library reads a mere exponent, such as the name of the network card e1000, as a number.
const EXPONENT = /^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)[eE][-+]?[0-9]+$/;

/**
 * YAML 1.1 as Kubernetes reads it: `no` and `010` are a boolean and an octal number, but `e1000` and `12:30` are words.
 *
 * @param tags the tags of YAML 1.1
 * @returns those that Kubernetes's own parser knows; for the option `customTags` of `yaml`
 */
export function kubernetesTags(tags: Tags): Tags {
  return tags
    .filter((tag) => typeof tag === "string" || !isScalar(tag) || tag.format !== "TIME")
    .map((tag) =>
      typeof tag === "object" && isScalar(tag) && tag.format === "EXP"
        ? { ...tag, test: EXPONENT }
        : tag
    );
}

function isScalar(tag: ScalarTag | CollectionTag): tag is ScalarTag {
  return tag.collection === undefined;
}
