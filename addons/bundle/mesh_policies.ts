/**
 * The policies of the cluster itself: nothing may talk, and the exceptions without which nothing works.
 *
 * @module
 */
import { infrastructurePolicies } from "@lattice/policy";
import { ISTIO_NAMESPACE } from "./istio_base.ts";
import { objectsPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** Default deny at both layers. */
export const meshPolicies: Addon = {
  name: "mesh-policies",
  namespace: ISTIO_NAMESPACE,
  parts: ({ name, options: { parent } }) => [
    objectsPart(infrastructurePolicies({
      cluster: name,
      ...(parent ? { operator: { parent } } : {}),
    })),
  ],
};
