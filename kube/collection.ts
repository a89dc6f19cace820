/**
 * The objects of one kind, or a selection of them, as one API server serves them: pages and watch streams.
 *
 * @module
 */
import { z } from "zod";
import { isApiError } from "./errors.ts";
import { randomFraction } from "./random.ts";
import { collectionPath, selectors, withQuery } from "./resource_path.ts";
import { type JsonObject, openStream, requestJson } from "./rest.ts";
import type { OpenStream, Transport } from "./transport.ts";
import type { ApiResource, CallOptions, Kind, KubeObject, ListResult, Selection } from "./types.ts";
import type { Page, WatchSource } from "./watch.ts";

const DEFAULT_PAGE_SIZE = 500;
/** Shortest and longest life of a watch stream in seconds; spread, so that they do not all end at once. */
const WATCH_SECONDS = { min: 240, spread: 60 };

// The frame alone is checked: objects belong to their readers, and a list may hold thousands of them.
const frame = z.looseObject({
  metadata: z.looseObject({
    resourceVersion: z.string().default(""),
    continue: z.string().optional(),
  }),
  items: z.array(z.custom<KubeObject>((item) => typeof item === "object" && item !== null))
    .nullish().transform((items) => items ?? []),
});

/** What a collection stands on. */
export interface CollectionInit extends Selection {
  /** Way to the server. */
  readonly transport: Transport;
  /** Looks the kind's resource up. */
  readonly resourceFor: (kind: Kind) => Promise<ApiResource>;
  /** The kind. */
  readonly kind: Kind;
  /** Objects a page; default 500. */
  readonly pageSize?: number | undefined;
}

/** A served collection. */
export class Collection implements WatchSource {
  readonly #init: CollectionInit;

  /** Asks nothing yet. */
  constructor(init: CollectionInit) {
    this.#init = init;
  }

  /** Reads every page; starts over once if the pages run out of date meanwhile (410). */
  async listAll(options: CallOptions): Promise<ListResult> {
    try {
      return await this.#listOnce(options);
    } catch (error) {
      if (!isApiError(error, 410)) throw error;
      return await this.#listOnce(options);
    }
  }

  /** Reads a page: the first, or the one that a token names. */
  list(next: string | undefined, signal: AbortSignal): Promise<Page> {
    return this.#page(next, { signal });
  }

  /** Opens a stream of what happens after a version. */
  async open(resourceVersion: string, signal: AbortSignal): Promise<OpenStream> {
    const path = withQuery(await this.#path(), {
      ...selectors(this.#init),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds: WATCH_SECONDS.min + Math.floor(randomFraction() * WATCH_SECONDS.spread),
    });
    return await openStream(this.#init.transport, { method: "GET", path, signal });
  }

  async #listOnce(options: CallOptions): Promise<ListResult> {
    const items: KubeObject[] = [];
    let next: string | undefined;
    while (true) {
      const page = await this.#page(next, options);
      items.push(...page.items);
      next = page.next;
      if (!next) return { items, resourceVersion: page.resourceVersion };
    }
  }

  async #page(next: string | undefined, options: CallOptions): Promise<Page> {
    const path = withQuery(await this.#path(), {
      ...selectors(this.#init),
      limit: this.#init.pageSize ?? DEFAULT_PAGE_SIZE,
      continue: next,
    });
    const { signal, timeoutMs } = options;
    const request = { method: "GET", path, signal, timeoutMs };
    return pageOf(await requestJson(this.#init.transport, request), this.#init.kind);
  }

  async #path(): Promise<string> {
    const { resourceFor, kind, namespace } = this.#init;
    return collectionPath(await resourceFor(kind), namespace);
  }
}

/** Reads a list; items get the `apiVersion` and `kind` that the server leaves out of lists of built-in kinds. */
function pageOf(document: JsonObject, kind: Kind): Page {
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
