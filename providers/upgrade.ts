/**
 * Kubernetes upgrades: which version a cluster may take next, given what runs.
 *
 * The rules are those of Kubernetes: never back, one minor at a time, kubelets at most three minors behind the API
 * server. That pools follow their control plane is the operator's order of writes.
 *
 * @module
 */
import type { Problem } from "@lattice/api";

/** How many minors a kubelet may be behind its API server. */
export const KUBELET_SKEW = 3;

const FIELD = "spec.provider.kubernetes.version";

/** Versions of a cluster that is there, as CAPI writes them: `v1.35.4` or `v1.35.4+rke2r1`. */
export interface PresentVersions {
  /** What its control plane was told last: `spec.version`. */
  told: string;
  /** Oldest version of a machine of the control plane: `status.version`. Absent before the first machine. */
  oldest?: string;
  /** Versions that nodes of the control plane run. */
  running: readonly string[];
  /** Versions of its worker pools. */
  pools: readonly string[];
}

/** The version that a cluster takes next, and why it is not the one that was asked for. */
export interface VersionStep {
  /** What the control plane is told now. */
  version: string;
  /** `refused`: somebody must change the spec; `waiting`: it will go on by itself. */
  held?: "refused" | "waiting";
  /** Why, and what to do; present when held. */
  problem?: Problem;
}

/**
 * Decides which version a control plane is told.
 *
 * @param wanted the version that the spec asks for
 * @param present what is there; absent: nothing yet, so that every version is a first one
 * @returns the version to render, and the problem when it is not the wanted one
 * @throws {RangeError} when a version is none of Kubernetes
 */
export function nextVersion(wanted: string, present: PresentVersions | undefined): VersionStep {
  if (!present || wanted === present.told) return { version: wanted };
  const hold = (held: "refused" | "waiting", reason: string, remedy: string): VersionStep => ({
    version: present.told,
    held,
    problem: { field: FIELD, reason, remedy },
  });
  const known = present.oldest === undefined ? [] : [present.oldest];
  const newest = [...known, ...present.running].sort(compareVersions).at(-1);
  if (newest !== undefined && compareVersions(wanted, newest) < 0) {
    return hold(
      "refused",
      `${wanted} is older than ${newest}, which the control plane runs; Kubernetes cannot go back`,
      `write ${newest} or a newer version`,
    );
  }
  const oldest = present.oldest ?? present.told;
  if (minorOf(wanted) > minorOf(oldest) + 1) {
    // Two steps that were asked for one after the other are taken one after the other.
    if (minorOf(wanted) <= minorOf(present.told) + 1) {
      return hold(
        "waiting",
        `the control plane is still on its way from ${oldest} to ${present.told}`,
        `nothing to do: ${wanted} follows`,
      );
    }
    return hold(
      "refused",
      `${wanted} is more than one minor above ${oldest}, which the control plane runs`,
      `write a version of 1.${minorOf(oldest) + 1} first`,
    );
  }
  const behind = [...present.pools].sort(compareVersions)[0];
  if (behind !== undefined && minorOf(wanted) - minorOf(behind) > KUBELET_SKEW) {
    return hold(
      "waiting",
      `workers still run ${behind}, and kubelets may be ${KUBELET_SKEW} minors behind at most`,
      "nothing to do, or find out why the workers are not replaced",
    );
  }
  return { version: wanted };
}

/**
 * Compares two Kubernetes versions by the rules of semantic versions, RKE2's revision last.
 *
 * @param a e.g. `v1.35.4`
 * @param b e.g. `v1.35.4+rke2r2`
 * @returns below 0 when `a` is older, 0 when they are the same, above 0 when it is newer
 * @throws {RangeError} when one is not a Kubernetes version
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  return compareLists(left.release, right.release) ||
    comparePreReleases(left.preRelease, right.preRelease) || left.revision - right.revision;
}

interface VersionParts {
  release: (string | number)[];
  /** Empty for a release. */
  preRelease: (string | number)[];
  revision: number;
}

function partsOf(version: string): VersionParts {
  const match = /^v?([0-9.]+)(?:-([^+]*))?(?:\+rke2r([0-9]+))?$/.exec(version);
  if (!match) throw new RangeError(`Cannot compare '${version}': it is not a Kubernetes version`);
  const [, release = "", preRelease, revision = "0"] = match;
  return {
    release: identifiers(release),
    preRelease: preRelease === undefined ? [] : identifiers(preRelease),
    revision: Number(revision),
  };
}

function identifiers(text: string): (string | number)[] {
  return text.split(".").map((one) => (/^[0-9]+$/.test(one) ? Number(one) : one));
}

// A release follows all of its candidates.
function comparePreReleases(a: (string | number)[], b: (string | number)[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  return compareLists(a, b);
}

function compareLists(a: (string | number)[], b: (string | number)[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = compareIdentifiers(a[index] ?? 0, b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

// Numbers come before words.
function compareIdentifiers(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}
