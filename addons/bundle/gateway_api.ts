/**
 * The kinds of the Gateway API.
 *
 * @module
 */
import type { Addon } from "./types.ts";

/** Gateways and routes. Before Istio, which looks for the kinds when it starts. */
export const gatewayApi: Addon = {
  name: "gateway-api",
  namespace: "kube-system",
  parts: ({ options }) => [{
    part: "manifest",
    manifest: "gateway-api-crds",
    version: options.versions.gatewayApi,
  }],
};
