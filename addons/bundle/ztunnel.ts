/**
 * Istio's proxy on each node.
 *
 * @module
 */
import { ISTIO_NAMESPACE } from "./istio_base.ts";
import { chartPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** Mutual TLS between nodes, and policies at layer 4. */
export const ztunnel: Addon = {
  name: "ztunnel",
  namespace: ISTIO_NAMESPACE,
  parts: ({ options }) => [chartPart("ztunnel", options.versions.istio)],
};
