/**
 * Proxmox's cloud controller manager: it says which host a node is on, which volumes depend on.
 *
 * @module
 */
import { chartPart, objectsPart, ON_CONTROL_PLANE } from "./objects.ts";
import {
  PROXMOX_CONFIG,
  PROXMOX_CONFIG_KEY,
  PROXMOX_NAMESPACE,
  proxmoxConfig,
  usesProxmoxVolumes,
} from "./proxmox.ts";
import type { Addon } from "./types.ts";

/** What Lattice sets of the chart `proxmox-cloud-controller-manager`. */
interface ProxmoxCloudControllerValues {
  readonly existingConfigSecret: string;
  readonly existingConfigSecretKey: string;
  readonly enabledControllers: readonly string[];
  readonly affinity: unknown;
}

const VALUES: ProxmoxCloudControllerValues = {
  existingConfigSecret: PROXMOX_CONFIG,
  existingConfigSecretKey: PROXMOX_CONFIG_KEY,
  enabledControllers: ["cloud-node", "cloud-node-lifecycle"],
  affinity: ON_CONTROL_PLANE,
};

/** Regions and zones of nodes. */
export const proxmoxCloudController: Addon = {
  name: "proxmox-cloud-controller-manager",
  namespace: PROXMOX_NAMESPACE,
  isWanted: usesProxmoxVolumes,
  parts: (input) => [
    objectsPart(proxmoxConfig(input)),
    chartPart(
      "proxmox-cloud-controller-manager",
      input.options.versions.proxmoxCloudControllerManager,
      VALUES,
    ),
  ],
};
