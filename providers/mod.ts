/**
 * Providers: from a LatticeCluster to the objects of Cluster API.
 *
 * Pure: nothing here does I/O, reads a clock or needs a permission. The processes and controllers of the local
 * provider are `@lattice/providers/local/host` and `@lattice/providers/local/controllers`.
 *
 * @module
 */
export { renderCluster } from "./render.ts";
export { type BootstrapInfo, capiVersion, type RenderContext } from "./rendering.ts";
export { type ClusterNames, clusterNames, type PoolNames } from "./names.ts";
export { isAutoscaled } from "./pools.ts";
export { RKE2_CIPHER_SUITES } from "./bootstrap/rke2.ts";
export { contentHash, isTemplate, settleTemplates } from "./templates.ts";
export * from "./credentials.ts";
export * from "./managers.ts";
export * from "./diagnosis.ts";
export {
  compareVersions,
  KUBELET_SKEW,
  nextVersion,
  type PresentVersions,
  type VersionStep,
} from "./upgrade.ts";
export { type Component, versions } from "./versions.ts";
export { localCrds } from "./local/crds.ts";
export * from "./local/schemas.ts";
export * from "./local/types.ts";
