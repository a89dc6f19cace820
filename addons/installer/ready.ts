/**
 * Waiting until the programs of a bundle run.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import type { KubeClient } from "@lattice/kube";
import type { RenderedBundle } from "../charts/render.ts";
import { refOf } from "./inventory.ts";

/** How long to wait. */
export interface ReadyOptions {
  /** Milliseconds for all of them together. */
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** What an API server says of a Deployment or a DaemonSet. */
interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { type: string; status: string }[];
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
}

/** It has nothing to scale, and does not run, before Cluster API's kinds are there. */
const AFTER_THE_PIVOT: ReadonlySet<string> = new Set(["cluster-autoscaler"]);

/**
 * Waits until every Deployment and DaemonSet of a bundle is available, in the version that was applied.
 *
 * @param client the cluster
 * @param bundle what was applied
 * @param options deadline and signal
 * @throws {DeadlineError} when one is not available in time; the error names it
 */
export async function waitBundleReady(
  client: KubeClient,
  bundle: RenderedBundle,
  options: ReadyOptions,
): Promise<void> {
  const workloads = bundle.items.filter(({ name }) => !AFTER_THE_PIVOT.has(name))
    .flatMap(({ objects }) => objects).filter(({ kind }) =>
      kind === "Deployment" || kind === "DaemonSet"
    );
  await Promise.all(workloads.map((object) =>
    client.wait<KubeObject>(refOf(object), isAvailable, {
      ...options,
      what: `${object.kind} ${object.metadata.namespace}/${object.metadata.name} to be available`,
    })
  ));
}

/**
 * Tells whether a program runs as it was last applied.
 *
 * @param object a Deployment or a DaemonSet, or undefined when there is none
 * @returns whether enough pods of the present version are available
 */
export function isAvailable(object: KubeObject | undefined): boolean {
  if (object === undefined) return false;
  const status = (object["status"] ?? {}) as WorkloadStatus;
  if ((status.observedGeneration ?? 0) < (object.metadata.generation ?? 1)) return false;
  if (object.kind === "Deployment") {
    return status.conditions?.some((c) => c.type === "Available" && c.status === "True") ?? false;
  }
  const wanted = status.desiredNumberScheduled ?? 0;
  return wanted > 0 && (status.updatedNumberScheduled ?? 0) >= wanted &&
    (status.numberAvailable ?? 0) >= wanted;
}
