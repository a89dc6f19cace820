/**
 * Versions that follow the cluster's Kubernetes.
 *
 * @module
 */
import type { AddonInput, KubernetesVersion } from "./types.ts";

/**
 * Reads a Kubernetes version.
 *
 * @param version e.g. `1.35.4`, `v1.35.4` or `1.35.4+rke2r1`
 * @returns the version; a distribution's suffix is dropped
 */
export function kubernetesVersion(version: string): KubernetesVersion {
  const text = version.replace(/^v/, "").split("+")[0] ?? "";
  return { minor: Number(text.split(".")[1]), text };
}

/**
 * The release of a program that has one for each minor version of Kubernetes. Patches of Kubernetes
 * have no counterpart there, so that the first release of the minor is taken.
 *
 * @param input the cluster
 * @param newest the newest release that is known; taken for a newer Kubernetes, too
 * @returns e.g. `1.34.0`
 */
export function releaseFor({ kubernetes }: AddonInput, newest: string): string {
  return kubernetes.minor < kubernetesVersion(newest).minor ? `1.${kubernetes.minor}.0` : newest;
}
