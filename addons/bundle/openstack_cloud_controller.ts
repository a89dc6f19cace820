/**
 * OpenStack's cloud controller manager: zones of nodes, and load balancers.
 *
 * @module
 */
import { CLOUD_CONFIG, cloudConfig, OPENSTACK_NAMESPACE } from "./openstack.ts";
import { chartPart, CONTROL_PLANE_NODE, objectsPart, TOLERATE_NEW_NODES } from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";

/** What Lattice sets of the chart `openstack-cloud-controller-manager`. */
interface OpenStackCloudControllerValues {
  readonly cluster: { name: string };
  readonly secret: { enabled: true; create: false; name: string };
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly unknown[];
  readonly enabledControllers: readonly string[];
  readonly priorityClassName: string;
}

/** Nodes and load balancers of OpenStack. */
export const openstackCloudController: Addon = {
  name: "openstack-cloud-controller-manager",
  namespace: OPENSTACK_NAMESPACE,
  isWanted: ({ provider }) => provider === "openstack",
  parts: (input) => [
    objectsPart(cloudConfig(input)),
    chartPart("openstack-cloud-controller-manager", chartVersion(input), valuesOf(input)),
  ],
};

/**
 * Version of the charts of cloud-provider-openstack: its own minor and patch, under another major.
 *
 * @param input the cluster and the versions
 * @returns e.g. `2.35.0`
 */
export function chartVersion({ options: { versions } }: AddonInput): string {
  return versions.cloudProviderOpenstack.replace(/^1\./, "2.");
}

function valuesOf({ name, bootstrap }: AddonInput): OpenStackCloudControllerValues {
  return {
    // Load balancers of two clusters in one project are told apart by it.
    cluster: { name },
    secret: { enabled: true, create: false, name: CLOUD_CONFIG },
    nodeSelector: { [CONTROL_PLANE_NODE]: bootstrap === "rke2" ? "true" : "" },
    tolerations: TOLERATE_NEW_NODES,
    // No routes: Cilium tunnels.
    enabledControllers: ["cloud-node", "cloud-node-lifecycle", "service"],
    priorityClassName: "system-cluster-critical",
  };
}
