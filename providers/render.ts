/**
 * From a LatticeCluster to the CAPI objects that make it.
 *
 * @module
 */
import { type KubeObject, type LatticeCluster, type ProviderName, providerOf } from "@lattice/api";
import { renderLocal } from "./local/render.ts";
import { newRendering, type RenderContext, type Rendering } from "./rendering.ts";

/** Renders a cluster for one provider. */
export type Renderer = (rendering: Rendering) => KubeObject[];

const RENDERERS: Readonly<Partial<Record<ProviderName, Renderer>>> = {
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
  const render = RENDERERS[providerOf(cluster)];
  if (!render) throw new RangeError(`Cannot render a cluster of provider ${providerOf(cluster)}`);
  return render(newRendering(cluster, context));
}
