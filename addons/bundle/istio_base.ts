/**
 * Istio's kinds and the accounts that its other charts share.
 *
 * @module
 */
import type { Addon } from "./types.ts";

/** Namespace of all of Istio. */
export const ISTIO_NAMESPACE = "istio-system";

/** Istio's kinds. */
export const istioBase: Addon = {
  name: "istio-base",
  namespace: ISTIO_NAMESPACE,
  parts: ({ options }) => [{
    part: "chart",
    chart: "base",
    version: options.versions.istio,
    release: "istio-base",
    values: {},
  }],
};
