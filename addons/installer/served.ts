/**
 * Waiting until an API server serves kinds that a program of the cluster registers, as Cilium's operator does.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { backoffMs, type Kind, type KubeClient, sleep } from "@lattice/kube";
import { isBuiltIn } from "../charts/template.ts";

/** How long to wait. */
export interface ServedOptions {
  /** The moment at which to give up, as `performance.now()` counts. */
  readonly deadline: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Called once for each kind that has to be waited for. */
  readonly onWait?: ((kind: Kind) => void) | undefined;
}

const BACKOFF = { baseMs: 250, maxMs: 5_000 };

/**
 * Waits until every kind of some objects is served. Kinds of Kubernetes itself are.
 *
 * @param client the cluster
 * @param objects what is to be applied
 * @param options deadline and signal
 * @throws {DeadlineError} when a kind is not served in time; the error names it
 */
export async function waitServed(
  client: KubeClient,
  objects: readonly KubeObject[],
  options: ServedOptions,
): Promise<void> {
  const kinds = new Map<string, Kind>();
  for (const { apiVersion, kind } of objects) {
    if (!isBuiltIn({ apiVersion })) kinds.set(`${apiVersion}/${kind}`, { apiVersion, kind });
  }
  for (const kind of kinds.values()) await waitKind(client, kind, options);
}

async function waitKind(client: KubeClient, kind: Kind, options: ServedOptions): Promise<void> {
  for (let attempt = 0; !await isServed(client, kind); attempt++) {
    if (attempt === 0) options.onWait?.(kind);
    if (performance.now() >= options.deadline) {
      throw new DeadlineError(
        `The cluster does not serve ${kind.kind} (${kind.apiVersion}) in time`,
        {
          remedy: "look at the program that registers the kind, e.g. Cilium's operator",
        },
      );
    }
    await sleep(backoffMs(attempt, BACKOFF), options.signal);
  }
}

async function isServed(client: KubeClient, kind: Kind): Promise<boolean> {
  try {
    await client.resourceFor(kind);
    return true;
  } catch (error) {
    // An API server that is away for a moment serves nothing, either.
    const codes: readonly string[] = ["not-found", "unavailable"];
    if (error instanceof LatticeError && codes.includes(error.code)) return false;
    throw error;
  }
}
