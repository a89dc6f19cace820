/**
 * Access to Kubernetes API servers: a client, watches, informers, a work queue, controllers, leases, conditions,
 * events and kubeconfig files.
 *
 * @module
 */
export * from "./types.ts";
export { ApiError, type ApiErrorInit, isApiError, unreachable } from "./errors.ts";
export { connect, KubeClient } from "./client.ts";
export * from "./controller.ts";
export * from "./lease.ts";
export * from "./conditions.ts";
export * from "./events.ts";
export * from "./kubeconfig_file.ts";
