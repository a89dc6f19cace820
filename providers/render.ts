/**
 * From a LatticeCluster to the CAPI objects that make it.
 *
 * @module
 */
import { type KubeObject, type LatticeCluster, type ProviderName, providerOf } from "@lattice/api";
import { aws } from "./aws.ts";
import { docker } from "./docker.ts";
import { renderLocal } from "./local/render.ts";
import { machineRenderer } from "./machines.ts";
import { openstack } from "./openstack.ts";
import { proxmox } from "./proxmox.ts";
import { newRendering, type RenderContext, type Rendering } from "./rendering.ts";
import { settleTemplates } from "./templates.ts";

/** Renders a cluster for one provider. */
export type Renderer = (rendering: Rendering) => KubeObject[];

const RENDERERS: Readonly<Record<ProviderName, Renderer>> = {
  aws: machineRenderer(aws),
  docker: machineRenderer(docker),
  openstack: machineRenderer(openstack),
  proxmox: machineRenderer(proxmox),
  local: renderLocal,
};

/**
 * Renders all CAPI objects of a cluster.
 *
 * Objects carry their namespace `capi-NAME`; the namespace itself is not among them. MachineDeployments carry
 * `spec.replicas`; whoever applies them leaves it out where the autoscaler owns the number.
 *
 * @param cluster a valid cluster
 * @param context what else rendering depends on
 * @returns objects in the order in which they are applied: Cluster, infrastructure, control plane, its machine
 *   template, then MachineDeployment and templates a pool, sorted by the pool's id
 * @throws {RangeError} when the cluster has no name or no provider
 */
export function renderCluster(cluster: LatticeCluster, context: RenderContext = {}): KubeObject[] {
  const rendered = RENDERERS[providerOf(cluster)](newRendering(cluster, context));
  return settleTemplates(rendered, context.existing ?? []);
}
