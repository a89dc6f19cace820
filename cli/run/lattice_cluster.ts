/**
 * Reading, writing and awaiting LatticeCluster objects.
 *
 * @module
 */

import { API_VERSION, CLUSTER_KIND, FINALIZER, type LatticeCluster } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import type { KubeClient, KubeObject, Ref } from "@lattice/kube";
import type { Step } from "../output/reporter.ts";

/** Kind of a LatticeCluster. */
export const LATTICE_CLUSTER = { apiVersion: API_VERSION, kind: CLUSTER_KIND } as const;

/** Annotation with the run that installed the cluster; it survives the loss of every journal. */
export const RUN_ANNOTATION = "lattice.dev/run-id";

/**
 * Refers to a LatticeCluster.
 *
 * @param name Its name.
 */
export function clusterRef(name: string): Ref {
  return { ...LATTICE_CLUSTER, name };
}

/**
 * The object as it was asked for: without status and without what only an API server fills in.
 *
 * @param object As read from an API server.
 */
export function asWanted(object: LatticeCluster): KubeObject {
  const { name, labels, annotations } = object.metadata;
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...kept } = annotations ?? {};
  return {
    ...LATTICE_CLUSTER,
    metadata: { name, ...(labels && { labels }), annotations: kept, finalizers: [FINALIZER] },
    spec: object.spec,
  };
}

/**
 * Waits for conditions of the object's present generation.
 *
 * @param client Where the object is.
 * @param name Its name.
 * @param types Conditions that have to be `True`.
 * @param step Is shown the object's message.
 * @param options Deadline in milliseconds and interruption.
 * @returns The object.
 * @throws {LatticeError} `validation` when the operator refused the spec, `timeout` at the deadline.
 */
export async function waitForConditions(
  client: KubeClient,
  name: string,
  types: readonly string[],
  step: Step,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<LatticeCluster> {
  const found = await client.wait<LatticeCluster>(clusterRef(name), (object) => {
    if (object?.status?.message) step.note(object.status.message);
    return object !== undefined && (refused(object) || holds(object, types));
  }, { ...options, what: `LatticeCluster '${name}' to have ${types.join(", ")}` });
  if (found === undefined || refused(found)) {
    throw new LatticeError("validation", found?.status?.message ?? "The LatticeCluster is gone", {
      field: `LatticeCluster/${name}`,
      remedy: "correct the file and run the same command with the same --run-id",
    });
  }
  return found;
}

/** Whether all conditions hold for the generation that was asked for. */
function holds({ metadata, status }: LatticeCluster, types: readonly string[]): boolean {
  return status?.observedGeneration === metadata.generation &&
    types.every((type) =>
      status?.conditions?.some((each) => each.type === type && each.status === "True")
    );
}

/** Whether the operator looked at the present generation and gave up on it. */
function refused({ metadata, status }: LatticeCluster): boolean {
  return status?.phase === "Failed" && status.observedGeneration === metadata.generation;
}
