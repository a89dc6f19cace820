/**
 * The kinds of Lattice.
 *
 * @module
 */
import {
  cloudProviderCrd,
  type KubeObject,
  latticeClusterCrd,
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
  secretsProviderCrd,
  SYSTEM_NAMESPACE,
} from "@lattice/api";
import { objectsPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** Every kind of Lattice that a cluster serves, whatever its provider. */
export const latticeCrds: Addon = {
  name: "lattice-crds",
  namespace: SYSTEM_NAMESPACE,
  parts: () => [objectsPart(latticeKinds())],
};

/**
 * Definitions of Lattice's own kinds.
 *
 * @returns the definitions
 */
export function latticeKinds(): KubeObject[] {
  return [
    latticeClusterCrd(),
    cloudProviderCrd(),
    secretsProviderCrd(),
    latticeServiceCrd(),
    latticeExternalServiceCrd(),
    latticeServicePolicyCrd(),
  ];
}
