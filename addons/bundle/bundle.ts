/**
 * What a new cluster gets, in order.
 *
 * @module
 */
import { type LatticeCluster, providerOf } from "@lattice/api";
import { awsCloudController } from "./aws_cloud_controller.ts";
import { awsEbs } from "./aws_ebs.ts";
import { certManager } from "./cert_manager.ts";
import { cilium } from "./cilium.ts";
import { clusterAutoscaler } from "./cluster_autoscaler.ts";
import { externalSecrets } from "./external_secrets.ts";
import { gatewayApi } from "./gateway_api.ts";
import { istioBase } from "./istio_base.ts";
import { istioCni } from "./istio_cni.ts";
import { istiod } from "./istiod.ts";
import { latticeCrds } from "./lattice_crds.ts";
import { latticeOperator } from "./lattice_operator.ts";
import { loadBalancerPool } from "./load_balancer_pool.ts";
import { localPath } from "./local_path.ts";
import { meshPolicies } from "./mesh_policies.ts";
import { openstackCinder } from "./openstack_cinder.ts";
import { openstackCloudController } from "./openstack_cloud_controller.ts";
import { proxmoxCloudController } from "./proxmox_cloud_controller.ts";
import { proxmoxCsi } from "./proxmox_csi.ts";
import type { Addon, AddonInput, Bundle, BundleOptions } from "./types.ts";
import { kubernetesVersion } from "./versions.ts";
import { ztunnel } from "./ztunnel.ts";

/** Every addon, in the order in which they are applied. */
const ADDONS: readonly Addon[] = [
  cilium,
  latticeCrds,
  latticeOperator,
  loadBalancerPool,
  awsCloudController,
  openstackCloudController,
  proxmoxCloudController,
  awsEbs,
  openstackCinder,
  proxmoxCsi,
  localPath,
  clusterAutoscaler,
  certManager,
  gatewayApi,
  istioBase,
  istioCni,
  istiod,
  ztunnel,
  meshPolicies,
  externalSecrets,
];

/** The nodes of a local cluster are simulated: nothing of a bundle could run there, but kinds can be served. */
const LOCAL: readonly Addon[] = [latticeCrds];

/**
 * Describes what a cluster gets. Pure: charts are named here and rendered by `renderBundle`.
 *
 * @param cluster a valid cluster, with defaults
 * @param options versions, image, registry, credentials
 * @returns the addons that the cluster gets, in the order in which they are applied
 * @throws {RangeError} when the cluster has no name
 */
export function describeBundle(cluster: LatticeCluster, options: BundleOptions): Bundle {
  const { name } = cluster.metadata;
  if (!name) throw new RangeError("Cannot describe the addons of a cluster without metadata.name");
  const { version, bootstrap } = cluster.spec.provider.kubernetes;
  const input: AddonInput = {
    cluster,
    name,
    provider: providerOf(cluster),
    bootstrap,
    kubernetes: kubernetesVersion(version),
    options,
  };
  const wanted = (input.provider === "local" ? LOCAL : ADDONS).filter((addon) =>
    addon.isWanted?.(input) ?? true
  );
  return {
    cluster: name,
    kubernetes: input.kubernetes,
    registry: options.registry ?? {},
    items: wanted.map((addon) => ({
      name: addon.name,
      namespace: addon.namespace,
      parts: addon.parts(input),
    })),
  };
}

/** Names of all addons, in the order in which they are applied. */
export const ADDON_NAMES: readonly string[] = ADDONS.map(({ name }) => name);
