/**
 * Pages of lists.
 *
 * @module
 */
import { z } from "zod";
import type { JsonObject } from "./rest.ts";
import type { Kind, KubeObject } from "./types.ts";
import type { Page } from "./watch.ts";

// The frame alone is checked: objects belong to their readers, and a list may hold thousands of them.
const frame = z.looseObject({
  metadata: z.looseObject({
    resourceVersion: z.string().default(""),
    continue: z.string().optional(),
  }),
  items: z.array(z.custom<KubeObject>((item) => typeof item === "object" && item !== null))
    .nullish().transform((items) => items ?? []),
});

/**
 * Reads a list document. Items get the `apiVersion` and `kind` that the server leaves out of lists of built-in kinds.
 *
 * @param document The list.
 * @param kind Kind of its items.
 */
export function pageOf(document: JsonObject, kind: Kind): Page {
  const { metadata, items } = frame.parse(document);
  for (const item of items) {
    item.apiVersion ??= kind.apiVersion;
    item.kind ??= kind.kind;
  }
  return {
    items,
    resourceVersion: metadata.resourceVersion,
    next: metadata.continue || undefined,
  };
}
