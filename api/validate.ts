/**
 * Rules that look at more than one field of a LatticeCluster.
 *
 * The same rules run on files and, in the operator, on objects that the API server let through.
 *
 * @module
 */
import type { LatticeCluster, ProviderName } from "./cluster_types.ts";
import type { Problem } from "./errors.ts";
import { MAX_CLUSTER_NAME } from "./constants.ts";
import { DNS_LABEL } from "./schema_parts.ts";
import { versionProblems } from "./cluster_version.ts";
import { networkProblems } from "./validate_network.ts";
import { parentProblems } from "./validate_parent.ts";
import { validatePool } from "./validate_pool.ts";
import { validateProvider } from "./validate_provider.ts";

/** What a cluster is checked against. */
export interface ValidationContext {
  /** Kubernetes versions that a local cluster can have, without `v`. Absent: any. */
  versions?: readonly string[];
}

/** All providers, in the order in which a configuration is looked for. */
export const PROVIDERS: readonly ProviderName[] = [
  "aws",
  "docker",
  "openstack",
  "proxmox",
  "local",
];

/**
 * The provider that a cluster is configured for.
 *
 * @param cluster a valid cluster
 * @returns the key of `spec.provider.config`
 * @throws {RangeError} when no provider is configured, which `validateCluster` reports as a problem
 */
export function providerOf(cluster: LatticeCluster): ProviderName {
  const [provider] = configuredProviders(cluster);
  if (!provider) throw new RangeError("Cannot tell the provider: spec.provider.config is empty");
  return provider;
}

/**
 * Checks the rules that a schema cannot express.
 *
 * @param cluster a cluster that has the right shape
 * @param context what it is checked against
 * @returns problems; empty when the cluster is valid
 */
export function validateCluster(
  cluster: LatticeCluster,
  context: ValidationContext = {},
): Problem[] {
  return [
    ...nameProblems(cluster),
    ...providerProblems(cluster),
    ...versionProblems(cluster, context.versions),
    ...controlPlaneProblems(cluster),
    ...Object.entries(cluster.spec.nodes.workerPools).flatMap(([id, pool]) =>
      validatePool(cluster.metadata.name, id, pool)
    ),
    ...networkProblems(cluster),
    ...parentProblems(cluster),
    ...validateProvider(cluster),
  ];
}

function configuredProviders(cluster: LatticeCluster): ProviderName[] {
  return PROVIDERS.filter((name) => cluster.spec.provider.config[name] !== undefined);
}

function nameProblems(cluster: LatticeCluster): Problem[] {
  const { name } = cluster.metadata;
  if (DNS_LABEL.test(name) && name.length <= MAX_CLUSTER_NAME) return [];
  return [{
    field: "metadata.name",
    reason: name === "" ? "is empty" : `${JSON.stringify(name)} is not the name of a cluster`,
    remedy:
      `use a DNS label: a lower-case letter, then letters, digits and '-', at most ${MAX_CLUSTER_NAME} characters`,
  }];
}

function providerProblems(cluster: LatticeCluster): Problem[] {
  const found = configuredProviders(cluster);
  const field = "spec.provider.config";
  if (found.length === 0) {
    return [{
      field,
      reason: "no provider is configured",
      remedy: `write exactly one of ${PROVIDERS.join(", ")}, e.g. local: {}`,
    }];
  }
  if (found.length > 1) {
    return [{
      field,
      reason: `${found.length} providers are configured: ${found.join(", ")}`,
      remedy: "keep exactly one",
    }];
  }
  const { providerRef } = cluster.spec;
  const named = PROVIDERS.find((provider) => provider === providerRef);
  if (named === undefined || named === found[0]) return [];
  return [{
    field: `${field}.${found[0]}`,
    reason: `configures ${found[0]}, but spec.providerRef is ${named}`,
    remedy: `configure ${named} here, or set spec.providerRef to a CloudProvider of ${found[0]}`,
  }];
}

function controlPlaneProblems(cluster: LatticeCluster): Problem[] {
  const { controlPlane } = cluster.spec.nodes;
  if (controlPlane % 2 === 1) return [];
  return [{
    field: "spec.nodes.controlPlane",
    reason:
      `must be odd, not ${controlPlane}: an even number of etcd members tolerates no more failures`,
    remedy: `write ${Math.max(1, controlPlane - 1)} or ${controlPlane + 1}`,
  }];
}
