/**
 * Istio's control plane.
 *
 * @module
 */
import { PULL_SECRET } from "../charts/pull_secret.ts";
import { ISTIO_NAMESPACE } from "./istio_base.ts";
import { chartPart } from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";

/** What Lattice sets of the chart `istiod`. */
interface IstiodValues {
  readonly profile: "ambient";
  readonly meshConfig: { trustDomain: string };
  readonly resources: { requests: { cpu: string; memory: string } };
  readonly global?: { imagePullSecrets: string[] };
}

/** Certificates and configuration of the mesh. */
export const istiod: Addon = {
  name: "istiod",
  namespace: ISTIO_NAMESPACE,
  parts: (input) => [chartPart("istiod", input.options.versions.istio, valuesOf(input))],
};

function valuesOf({ name, options }: AddonInput): IstiodValues {
  return {
    profile: "ambient",
    // The policies that Lattice compiles name principals of this domain.
    meshConfig: { trustDomain: `lattice.${name}.local` },
    resources: { requests: { cpu: "100m", memory: "128Mi" } },
    // Waypoints and gateways are made by istiod later, so that only the chart can tell it.
    ...(options.registry?.pullSecret ? { global: { imagePullSecrets: [PULL_SECRET] } } : {}),
  };
}
