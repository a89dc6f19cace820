/**
 * Kubernetes versions of a cluster: which can be made, and which may follow which.
 *
 * @module
 */
import type { LatticeCluster } from "./cluster_types.ts";
import type { Problem } from "./errors.ts";
import type { CelRule } from "./schema_parts.ts";

/** Minors of Kubernetes 1 that the pinned Cluster API brings up and keeps: its support table for workload clusters. */
export const SUPPORTED_MINORS: Readonly<{ oldest: number; newest: number }> = {
  oldest: 30,
  newest: 36,
};

const FIELD = "spec.provider.kubernetes.version";

// Whether a version may go back depends on what the machines run, which no rule about the object can see: the operator
// decides it.
const minor = (of: string) => `int(${of}.version.find('[.][0-9]+').substring(1))`;

/** Rules of `spec.provider.kubernetes` in the Common Expression Language. */
export const VERSION_RULES: readonly CelRule[] = [
  {
    rule: `${minor("self")} >= ${SUPPORTED_MINORS.oldest} && ` +
      `${minor("self")} <= ${SUPPORTED_MINORS.newest}`,
    message: `version must lie within Kubernetes 1.${SUPPORTED_MINORS.oldest} and ` +
      `1.${SUPPORTED_MINORS.newest}`,
    fieldPath: ".version",
  },
  {
    rule: `${minor("self")} <= ${minor("oldSelf")} + 1`,
    message: "version can go up by one minor at a time",
    fieldPath: ".version",
  },
];

/**
 * The Kubernetes version without `v` and without an RKE2 revision.
 *
 * @param version e.g. `v1.35.4+rke2r1`
 * @returns e.g. `1.35.4`
 */
export function bareVersion(version: string): string {
  return version.replace(/^v/, "").replace(/\+.*$/, "");
}

/**
 * Checks the version that a cluster asks for.
 *
 * @param cluster a cluster that has the right shape
 * @param available versions that can be installed here; only a local cluster is bound to them. Absent: any
 * @returns problems; empty when the version is legal
 */
export function versionProblems(
  cluster: LatticeCluster,
  available?: readonly string[],
): Problem[] {
  const { version, bootstrap } = cluster.spec.provider.kubernetes;
  const bare = bareVersion(version);
  if (bootstrap !== "rke2" && version.includes("+")) {
    return [{
      field: FIELD,
      reason: `${
        JSON.stringify(version)
      } names an RKE2 revision, but the bootstrap is ${bootstrap}`,
      remedy: `write "${bare}", or set bootstrap: rke2`,
    }];
  }
  const { oldest, newest } = SUPPORTED_MINORS;
  const number = Number(bare.split(".")[1]);
  if (number < oldest || number > newest) {
    return [{
      field: FIELD,
      reason: `Kubernetes ${bare} is not supported by Cluster API`,
      remedy: `write a version from 1.${oldest} to 1.${newest}`,
    }];
  }
  if (!cluster.spec.provider.config.local || !available) return [];
  if (available.map(bareVersion).includes(bare)) return [];
  return [{
    field: FIELD,
    reason: `Kubernetes ${bare} is not available here`,
    remedy: `use one of: ${available.join(", ")}`,
  }];
}
