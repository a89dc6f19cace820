/**
 * The kinds of Lattice.
 *
 * @module
 */
import {
  type KubeObject,
  latticeClusterCrd,
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
  SYSTEM_NAMESPACE,
} from "@lattice/api";
import { objectsPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** Every kind of Lattice that a cluster serves, whatever its provider. */
export const latticeCrds: Addon = {
  name: "lattice-crds",
  namespace: SYSTEM_NAMESPACE,
  parts: () => [objectsPart(crds())],
};

function crds(): KubeObject[] {
  return [
    latticeClusterCrd(),
    latticeServiceCrd(),
    latticeExternalServiceCrd(),
    latticeServicePolicyCrd(),
  ];
}
