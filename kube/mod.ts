/**
 * Access to Kubernetes API servers: a client, watches, informers, a work queue, controllers, leases, conditions,
 * events and kubeconfig files.
 *
 * ```ts ignore
 * using client = await connect();
 * const nodes = await client.list({ apiVersion: "v1", kind: "Node" });
 * ```
 *
 * A *client* speaks to one server. A *watch* follows the objects of a kind and survives lost connections. An *informer*
 * keeps a local copy by a watch. A *controller* turns changes into requests (names), a keyed queue makes sure
 * that one name is reconciled at a time, and a *lease* makes sure that one process does it.
 *
 * @module
 */
export * from "./types.ts";
export * from "./conditions.ts";
export * from "./controller.ts";
export * from "./events.ts";
export * from "./informer.ts";
export * from "./kubeconfig_file.ts";
export * from "./lease.ts";
export * from "./queue.ts";
export { ApiError, type ApiErrorInit, isApiError } from "./errors.ts";
export { backoffMs, type BackoffOptions, sleep } from "./backoff.ts";
export { connect, KubeClient } from "./client.ts";
export { randomFraction } from "./random.ts";
export { type ErrorCode, type ErrorDetails, LatticeError } from "@lattice/api/errors";
