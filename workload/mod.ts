/**
 * The workload of a LatticeService: what Kubernetes needs to run it.
 *
 * Pure: nothing here does I/O, reads a clock or needs a permission.
 *
 * ```ts ignore
 * import { renderWorkload, serviceOutputs } from "@lattice/workload";
 *
 * const { objects, problems } = renderWorkload(service, {
 *   resolve: ({ name, namespace }) => outputsByKey.get(`${namespace}/${name}`),
 * });
 * ```
 *
 * @module
 */
export { renderWorkload } from "./render.ts";
export {
  renderSecretStore,
  SECRET_STORE,
  secretsProvidersOf,
  type SecretStoreKind,
} from "./secret_store.ts";
export { externalOutputs, serviceOutputs } from "./targets.ts";
export type { ResourceOutputs, ResourceTarget, WorkloadContext, WorkloadResult } from "./types.ts";
