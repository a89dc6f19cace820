/**
 * Rules of a worker pool.
 *
 * @module
 */
import type { Taint, WorkerPool } from "./cluster_types.ts";
import type { Problem } from "./errors.ts";
import { POOL_LABEL } from "./constants.ts";
import { DNS_LABEL } from "./schema_parts.ts";

const MAX_POOL_ID = 40;
const MAX_LABEL_VALUE = 63;

// Labels that a kubelet may give itself; every other name under these domains makes it refuse to start.
const KUBELET_PREFIXES = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const KUBELET_LABELS = new Set([
  "kubernetes.io/arch",
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
]);
// Labels that CAPI copies from a Machine to its Node.
const SYNCED_PREFIXES = [
  "node-role.kubernetes.io",
  "node-restriction.kubernetes.io",
  "node.cluster.x-k8s.io",
];

/**
 * Whether CAPI copies a label from a Machine to its Node; the kubelet may not set such a label itself.
 *
 * @param key label key
 * @returns true when the label belongs on the Machine
 */
export function isMachineSyncedLabel(key: string): boolean {
  return SYNCED_PREFIXES.some((domain) => inDomain(prefixOf(key), domain));
}

/**
 * Checks a worker pool.
 *
 * @param cluster name of the cluster
 * @param id key of the pool
 * @param pool the pool
 * @returns problems; empty when the pool is valid
 */
export function validatePool(cluster: string, id: string, pool: WorkerPool): Problem[] {
  const field = `spec.nodes.workerPools.${id}`;
  return [
    ...idProblems(field, cluster, id),
    ...sizeProblems(field, pool),
    ...labelProblems(field, id, pool.labels ?? {}),
    ...taintProblems(field, pool.taints ?? []),
  ];
}

function idProblems(field: string, cluster: string, id: string): Problem[] {
  if (!DNS_LABEL.test(id) || id.length > MAX_POOL_ID) {
    return [{
      field,
      reason: `${JSON.stringify(id)} is not the id of a pool`,
      remedy:
        `use a lower-case letter, then letters, digits and '-', not '-' at the end, at most ${MAX_POOL_ID} characters`,
    }];
  }
  const name = `${cluster}-pool-${id}`;
  if (name.length <= MAX_LABEL_VALUE) return [];
  return [{
    field,
    reason: `the name ${name} would be ${name.length} characters long`,
    remedy: `shorten the cluster's name or the pool's id by ${name.length - MAX_LABEL_VALUE}`,
  }];
}

function sizeProblems(field: string, { replicas, min, max }: WorkerPool): Problem[] {
  if (min === undefined && max === undefined) return [];
  if (min === undefined || max === undefined) {
    const [set, missing] = min === undefined ? ["max", "min"] : ["min", "max"];
    return [{
      field: `${field}.${set}`,
      reason: `is set without ${missing}`,
      remedy: `set both for autoscaling, or neither`,
    }];
  }
  if (min > max) {
    return [{
      field: `${field}.min`,
      reason: `${min} is above max, ${max}`,
      remedy: "make min at most max",
    }];
  }
  if (replicas >= min && replicas <= max) return [];
  return [{
    field: `${field}.replicas`,
    reason: `${replicas} lies outside of min..max, ${min}..${max}`,
    remedy: `write a first size from ${min} to ${max}; the autoscaler owns the number afterwards`,
  }];
}

function labelProblems(field: string, id: string, labels: Record<string, string>): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    if (key === POOL_LABEL && value !== id) {
      return [{
        field: `${field}.labels.${key}`,
        reason: `is set by Lattice to ${id}`,
        remedy: "leave it out",
      }];
    }
    if (isSettable(key)) return [];
    return [{
      field: `${field}.labels.${key}`,
      reason: "a node may not have this label: its domain is reserved for Kubernetes",
      remedy: "use a domain of your own, node.kubernetes.io/ or node-role.kubernetes.io/",
    }];
  });
}

function isSettable(key: string): boolean {
  const prefix = prefixOf(key);
  if (!inDomain(prefix, "kubernetes.io") && !inDomain(prefix, "k8s.io")) return true;
  return KUBELET_LABELS.has(key) || isMachineSyncedLabel(key) ||
    KUBELET_PREFIXES.some((domain) => inDomain(prefix, domain));
}

function taintProblems(field: string, taints: readonly Taint[]): Problem[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const id = `${taint.key}:${taint.effect}`;
    const at = `${field}.taints[${index}].key`;
    if (seen.has(id)) {
      return [{ field: at, reason: `${id} is there twice`, remedy: "keep one of them" }];
    }
    seen.add(id);
    if (!isReservedTaint(taint.key)) return [];
    return [{
      field: at,
      reason: `${taint.key} is set by Kubernetes or Cluster API`,
      remedy: "use a key with a domain of your own",
    }];
  });
}

// What the CAPI webhooks refuse on a worker.
function isReservedTaint(key: string): boolean {
  if (key === "node.kubernetes.io/out-of-service") return false;
  const prefix = prefixOf(key);
  return prefix === "node.kubernetes.io" || prefix === "node.cloudprovider.kubernetes.io" ||
    key === "node-role.kubernetes.io/control-plane" || key === "node-role.kubernetes.io/master" ||
    key === "node.cluster.x-k8s.io/uninitialized" ||
    key === "node.cluster.x-k8s.io/outdated-revision";
}

function prefixOf(key: string): string {
  const slash = key.indexOf("/");
  return slash < 0 ? "" : key.slice(0, slash);
}

function inDomain(prefix: string, domain: string): boolean {
  return prefix === domain || prefix.endsWith(`.${domain}`);
}
