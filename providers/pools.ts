/**
 * What a worker pool turns into, whatever the provider: sizes, labels, taints, its MachineDeployment.
 *
 * @module
 */
import {
  AUTOSCALER_MAX_ANNOTATION,
  AUTOSCALER_MIN_ANNOTATION,
  CAPI_CLUSTER_LABEL,
  CAPI_DEPLOYMENT_LABEL,
  isMachineSyncedLabel,
  type KubeObject,
  POOL_LABEL,
  type WorkerPool,
} from "@lattice/api";
import type { Rendering } from "./rendering.ts";

/** A pool with its id. */
export interface NamedPool {
  /** Key in `spec.nodes.workerPools`. */
  id: string;
  /** The pool. */
  pool: WorkerPool;
}

/** What the MachineDeployment of a pool needs from the provider. */
export interface DeploymentParts {
  /** `spec.template.spec.bootstrap`. */
  bootstrap: Record<string, unknown>;
  /** `spec.template.spec.infrastructureRef`. */
  infrastructureRef: Record<string, unknown>;
  /** Annotations of the Machines. */
  machineAnnotations?: Record<string, string>;
  /** Further fields of `spec.template.spec`. */
  machineSpec?: Record<string, unknown>;
}

/**
 * The pools of a cluster, sorted by id.
 *
 * @param rendering the run
 * @returns pools with their ids
 */
export function poolsOf(rendering: Rendering): NamedPool[] {
  return Object.entries(rendering.cluster.spec.nodes.workerPools)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([id, pool]) => ({ id, pool }));
}

/**
 * Whether the autoscaler owns the size of a pool.
 *
 * @param pool the pool
 * @returns true when both bounds are set
 */
export function isAutoscaled(pool: WorkerPool): boolean {
  return pool.min !== undefined && pool.max !== undefined;
}

/**
 * The labels that a pool's nodes carry.
 *
 * @param named the pool
 * @returns the pool's labels and `lattice.dev/pool`, sorted by key
 */
export function nodeLabels({ id, pool }: NamedPool): Record<string, string> {
  const labels = { ...pool.labels, [POOL_LABEL]: id };
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A pool's MachineDeployment.
 *
 * Selector and labels are written out as CAPI's webhook would fill them in, so that applying the object again
 * changes nothing.
 *
 * @param rendering the run
 * @param named the pool
 * @param parts what the provider adds
 * @returns `cluster.x-k8s.io/v1beta2` MachineDeployment
 */
export function machineDeployment(
  rendering: Rendering,
  named: NamedPool,
  parts: DeploymentParts,
): KubeObject {
  const { names, labels, version } = rendering;
  const name = names.pool(named.id).machineDeployment;
  const selector = { [CAPI_CLUSTER_LABEL]: names.cluster, [CAPI_DEPLOYMENT_LABEL]: name };
  const annotations = autoscalerAnnotations(named.pool);
  return {
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "MachineDeployment",
    metadata: {
      name,
      namespace: names.namespace,
      labels: { ...labels, [POOL_LABEL]: named.id },
      ...(annotations ? { annotations } : {}),
    },
    spec: {
      clusterName: names.cluster,
      replicas: named.pool.replicas,
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: { ...selector, [POOL_LABEL]: named.id, ...syncedLabels(named.pool) },
          ...(parts.machineAnnotations ? { annotations: parts.machineAnnotations } : {}),
        },
        spec: {
          clusterName: names.cluster,
          version,
          bootstrap: parts.bootstrap,
          infrastructureRef: parts.infrastructureRef,
          ...parts.machineSpec,
        },
      },
    },
  };
}

function autoscalerAnnotations(pool: WorkerPool): Record<string, string> | undefined {
  if (!isAutoscaled(pool)) return undefined;
  return {
    [AUTOSCALER_MIN_ANNOTATION]: String(pool.min),
    [AUTOSCALER_MAX_ANNOTATION]: String(pool.max),
  };
}

// Labels that a kubelet may not give itself; CAPI copies them from the Machine to the Node.
function syncedLabels(pool: WorkerPool): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pool.labels ?? {}).filter(([key]) => isMachineSyncedLabel(key)),
  );
}
