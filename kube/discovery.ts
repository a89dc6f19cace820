/**
 * Which resources an API server serves.
 *
 * One kind costs one request for its group and version; everything at once costs two (aggregated discovery). Both are
 * cached, and a kind that is not in the cache is asked for again, since a CRD may have come meanwhile.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";
import { isApiError } from "./errors.ts";
import type { ApiResource, Kind } from "./types.ts";

/**
 * Fetches a JSON document of the server; the client gives it. Readings are shared between callers, so that no caller's
 * signal may end them: the request timeout does.
 */
export type FetchJson = (path: string, accept?: string) => Promise<unknown>;

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const strings = z.array(z.string()).nullish().transform((list) => list ?? []);

const resourceList = z.looseObject({
  resources: z.array(z.looseObject({
    name: z.string(),
    singularName: z.string().default(""),
    namespaced: z.boolean(),
    kind: z.string(),
    verbs: strings,
    shortNames: strings,
    categories: strings,
  })),
});

const aggregatedList = z.looseObject({
  items: z.array(z.looseObject({
    metadata: z.looseObject({ name: z.string().default("") }).default({ name: "" }),
    versions: z.array(z.looseObject({
      version: z.string(),
      resources: z.array(z.looseObject({
        resource: z.string(),
        responseKind: z.looseObject({ kind: z.string() }).nullish(),
        scope: z.string(),
        singularResource: z.string().default(""),
        verbs: strings,
        shortNames: strings,
        categories: strings,
        subresources: z.array(z.looseObject({ subresource: z.string() })).nullish(),
      })).nullish(),
    })),
  })),
});

/** Cache of what one API server serves. */
export class Discovery {
  readonly #fetch: FetchJson;
  readonly #versions = new Map<string, Promise<readonly ApiResource[]>>();
  #all: Promise<readonly ApiResource[]> | undefined;

  /** Makes an empty cache. */
  constructor(fetch: FetchJson) {
    this.#fetch = fetch;
  }

  /**
   * Every resource of every served version, freshly read; calls at the same time share one reading.
   */
  async resources(): Promise<readonly ApiResource[]> {
    this.#all ??= this.#readAll();
    try {
      return await this.#all;
    } finally {
      this.#all = undefined;
    }
  }

  /**
   * The resource of a kind.
   *
   * @throws {LatticeError} `not-found` when the server does not serve the kind.
   */
  async resourceFor(kind: Kind): Promise<ApiResource> {
    const cached = this.#versions.get(kind.apiVersion);
    const known = cached && match(await cached, kind);
    if (known) return known;
    const fresh = match(await this.#readVersion(kind.apiVersion), kind);
    if (fresh) return fresh;
    throw new LatticeError(
      "not-found",
      `The API server does not serve kind '${kind.kind}' of '${kind.apiVersion}'`,
      { remedy: "install its CustomResourceDefinition or correct kind and apiVersion" },
    );
  }

  #readVersion(apiVersion: string): Promise<readonly ApiResource[]> {
    const reading = this.#fetchVersion(apiVersion);
    this.#versions.set(apiVersion, reading);
    reading.catch(() => {
      if (this.#versions.get(apiVersion) === reading) this.#versions.delete(apiVersion);
    });
    return reading;
  }

  async #fetchVersion(apiVersion: string): Promise<readonly ApiResource[]> {
    const { group, version } = splitApiVersion(apiVersion);
    const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    try {
      const list = resourceList.parse(await this.#fetch(path));
      return fromResourceList(list.resources, group, version);
    } catch (error) {
      if (isApiError(error, 404)) return [];
      throw error;
    }
  }

  async #readAll(): Promise<readonly ApiResource[]> {
    const [core, groups] = await Promise.all(
      ["/api", "/apis"].map((path) => this.#fetch(path, AGGREGATED)),
    );
    const resources = [core, groups].flatMap((list) => fromAggregated(aggregatedList.parse(list)));
    const byVersion = Map.groupBy(resources, (resource) => resource.apiVersion);
    for (const [apiVersion, list] of byVersion) {
      this.#versions.set(apiVersion, Promise.resolve(list));
    }
    return resources;
  }
}

/**
 * Splits `apps/v1` into group and version; the core group is empty.
 *
 * @param apiVersion Group and version, or only a version.
 */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

function match(resources: readonly ApiResource[], kind: Kind): ApiResource | undefined {
  return resources.find((resource) => resource.kind === kind.kind);
}

function fromResourceList(
  list: z.infer<typeof resourceList>["resources"],
  group: string,
  version: string,
): ApiResource[] {
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return list.filter((entry) => !entry.name.includes("/")).map((entry) => ({
    apiVersion,
    kind: entry.kind,
    group,
    version,
    plural: entry.name,
    singular: entry.singularName || entry.kind.toLowerCase(),
    namespaced: entry.namespaced,
    verbs: entry.verbs,
    shortNames: entry.shortNames,
    categories: entry.categories,
    subresources: list.filter((other) => other.name.startsWith(`${entry.name}/`))
      .map((other) => other.name.slice(entry.name.length + 1)),
  }));
}

function fromAggregated(list: z.infer<typeof aggregatedList>): ApiResource[] {
  return list.items.flatMap(({ metadata: { name: group }, versions }) =>
    versions.flatMap(({ version, resources }) =>
      (resources ?? []).flatMap((entry) => {
        const kind = entry.responseKind?.kind;
        if (!kind) return [];
        return [{
          apiVersion: group === "" ? version : `${group}/${version}`,
          kind,
          group,
          version,
          plural: entry.resource,
          singular: entry.singularResource || kind.toLowerCase(),
          namespaced: entry.scope === "Namespaced",
          verbs: entry.verbs,
          shortNames: entry.shortNames,
          categories: entry.categories,
          subresources: (entry.subresources ?? []).map((sub) => sub.subresource),
        }];
      })
    )
  );
}
