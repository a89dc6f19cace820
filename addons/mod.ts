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
export { installManagers, type ManagerInstallation, type ManagersOptions } from "./managers.ts";
export { MANAGER } from "./apply.ts";
export { ADDON_NAMES, describeBundle } from "./bundle/bundle.ts";
export type {
  Addon,
  AddonComponent,
  AddonInput,
  AddonPart,
  AddonVersions,
  Bundle,
  BundleItem,
  BundleOptions,
  ChartName,
  ChartPart,
  ChartValues,
  KubernetesVersion,
  ManifestName,
  ManifestPart,
  ObjectsPart,
  RegistryOptions,
} from "./bundle/types.ts";
export { type ChartSource, folderSource, MissingChartError, type Wanted } from "./charts/source.ts";
export { type RepositoryOptions, repositorySource } from "./charts/repository.ts";
export {
  renderBundle,
  type RenderBundleOptions,
  type RenderedBundle,
  type RenderedItem,
} from "./charts/render.ts";
export { noHelm } from "./charts/helm.ts";
export { PULL_SECRET } from "./charts/pull_secret.ts";
export {
  applyBundle,
  type ApplyBundleOptions,
  type BundleProgress,
  type BundleReport,
} from "./installer/apply_bundle.ts";
export { ADDON_LABEL, INVENTORY_NAME, type Pruned } from "./installer/inventory.ts";
export { type ReadyOptions, waitBundleReady } from "./installer/ready.ts";
export { type EstablishedOptions, isEstablished, waitEstablished } from "./established.ts";
export { pointAt } from "./webhooks.ts";
