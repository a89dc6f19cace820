/**
 * Which of the kinds that are written the cluster serves, followed as definitions come and go.
 *
 * Only names are kept: the definitions of a cluster are megabytes.
 *
 * @module
 */
import type { Kind, KubeObject } from "@lattice/kube";
import { z } from "zod";
import type { MeshClient } from "./client.ts";
import { MESH_KINDS, type MeshKind } from "./kinds.ts";

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

const definition = z.object({
  spec: z.object({
    versions: z.array(z.object({ name: z.string(), served: z.boolean() })),
  }),
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  }).default({ conditions: [] }),
});

/** What to follow, and whom to tell. */
export interface ServedOptions {
  /** Client. */
  readonly client: Pick<MeshClient, "watch">;
  /** Hears of each kind that is served from now on, and of each that no longer is. */
  readonly onChange: (kind: MeshKind, served: boolean) => void;
  /** Hears of failures, which are retried. */
  readonly onError: (error: unknown) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Follows the definitions of the kinds that are written. */
export class ServedKinds {
  /** Resolves when the definitions have been read once; also when the signal aborts. */
  readonly synced: Promise<void>;
  /** Resolves when it has ended. */
  readonly done: Promise<void>;
  readonly #options: ServedOptions;
  readonly #served = new Set<string>();

  /** Starts at once; `onChange` hears of what is there, too. */
  constructor(options: ServedOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.done = this.#run(resolve).finally(resolve);
  }

  async #run(onSync: () => void): Promise<void> {
    const { client, signal, onError } = this.#options;
    for (const kind of MESH_KINDS) if (!kind.crd) this.#options.onChange(kind, true);
    for await (const event of client.watch<KubeObject>(CRD, { signal, onError })) {
      if (event.type === "SYNC") {
        const byName = new Map(event.objects.map((crd) => [crd.metadata.name, crd]));
        for (const kind of MESH_KINDS) if (kind.crd) this.#note(kind, byName.get(kind.crd));
        onSync();
      } else {
        const crd = event.type === "DELETED" ? undefined : event.object;
        const { name } = event.object.metadata;
        for (const kind of MESH_KINDS) if (kind.crd === name) this.#note(kind, crd);
      }
    }
  }

  #note(kind: MeshKind, crd: KubeObject | undefined): void {
    const name = kind.crd ?? "";
    const served = crd !== undefined && serves(crd, kind);
    if (this.#served.has(name) === served) return;
    if (served) this.#served.add(name);
    else this.#served.delete(name);
    this.#options.onChange(kind, served);
  }
}

/**
 * Whether a definition makes the cluster serve a kind in its version.
 *
 * @param crd CustomResourceDefinition of the kind.
 * @param kind The kind.
 */
export function serves(crd: KubeObject, { apiVersion }: Kind): boolean {
  if (crd.metadata.deletionTimestamp !== undefined) return false;
  const { data } = definition.safeParse(crd);
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  return data !== undefined &&
    data.spec.versions.some(({ name, served }) => name === version && served) &&
    data.status.conditions.some(({ type, status }) => type === "Established" && status === "True");
}
