/**
 * The API of Lattice: what people write, what it means, and what is wrong with it.
 *
 * Pure: nothing here does I/O, reads a clock or needs a permission.
 *
 * ```ts
 * import { parseCluster } from "@lattice/api";
 *
 * const cluster = parseCluster(text, { file: "cluster.yaml" });
 * ```
 *
 * @module
 */
export * from "./constants.ts";
export * from "./objects.ts";
export * from "./cluster_types.ts";
export * from "./provider_types.ts";
export * from "./service_types.ts";
export * from "./external_types.ts";
export * from "./service_policy_types.ts";
export * from "./cloud_provider_types.ts";
export * from "./secrets_provider_types.ts";
export { type LatticeObject, type ParsedObject, parseDocuments } from "./documents.ts";
export {
  type MeshObject,
  type NamespacedObject,
  objectKey,
  type ReadObject,
  readObject,
} from "./service_document.ts";
export type { LocatedProblem } from "./problems.ts";
export {
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
} from "./service_crds.ts";
export {
  endpointsOf,
  validateExternalService,
  validateService,
  validateServicePolicy,
} from "./service_validate.ts";
export { parseEndpoint } from "./external_endpoint.ts";
export { requestersField } from "./external_schema.ts";
export { editDistance, nearestName } from "./suggest.ts";
export { parseQuantity } from "./service_quantity.ts";
export * from "./schemas.ts";
export { kubernetesTags } from "./yaml_tags.ts";
export type { Schema } from "./schema.ts";
export { cel, type CelRule } from "./schema_parts.ts";
export { crdManifest, type CrdOptions, type SchemaNode, structuralSchema } from "./openapi.ts";
export { cloudProviderCrd, validateCloudProvider } from "./cloud_provider.ts";
export { secretsProviderCrd, validateSecretsProvider } from "./secrets_provider.ts";
export { latticeClusterCrd } from "./cluster_crd.ts";
export { defaultCluster, parseCluster, type ParseOptions } from "./parse.ts";
export { bareVersion, SUPPORTED_MINORS } from "./cluster_version.ts";
export { providerOf, PROVIDERS, validateCluster, type ValidationContext } from "./validate.ts";
export { isMachineSyncedLabel } from "./validate_pool.ts";
export { type MachineSize, parseMachineSize } from "./validate_provider.ts";
export {
  type AddressBlock,
  type AddressRange,
  blockOf,
  formatAddress,
  overlaps,
  parseAddress,
  parseCidr,
  parseRange,
} from "./address.ts";
export * from "./errors.ts";
