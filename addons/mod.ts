/**
 * What a cluster gets before it can manage itself or others: the rights of the programs that work
 * in it ({@linkcode applyAccess}), and the kinds and webhooks of Lattice and Cluster API
 * ({@linkcode installManagement}). Both are server-side applies: running them again is harmless and
 * repairs what was changed by hand.
 *
 * @module
 */
export { type AccessOptions, applyAccess } from "./access.ts";
export { accessObjects } from "./access_objects.ts";
export {
  installManagement,
  type ManagementOptions,
  type ManifestSource,
  type WebhookServer,
} from "./management.ts";
export { MANAGER } from "./apply.ts";
