/**
 * Istio's kinds and the accounts that its other charts share.
 *
 * @module
 */
import { chartPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** Namespace of all of Istio. */
export const ISTIO_NAMESPACE = "istio-system";

/** Istio's kinds. */
export const istioBase: Addon = {
  name: "istio-base",
  namespace: ISTIO_NAMESPACE,
  parts: ({ options }) => [chartPart("base", options.versions.istio, {}, "istio-base")],
};
