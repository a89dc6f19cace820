/**
 * Proxmox's volumes.
 *
 * @module
 */
import { chartPart, CONTROL_PLANE_NODE, DEFAULT_CLASS } from "./objects.ts";
import {
  PROXMOX_CONFIG,
  PROXMOX_CONFIG_KEY,
  PROXMOX_NAMESPACE,
  usesProxmoxVolumes,
} from "./proxmox.ts";
import type { Addon } from "./types.ts";

/** What Lattice sets of the chart `proxmox-csi-plugin`. */
interface ProxmoxCsiValues {
  readonly existingConfigSecret: string;
  readonly existingConfigSecretKey: string;
  readonly tolerations: readonly unknown[];
  readonly node: { tolerations: readonly unknown[] };
  readonly storageClass: readonly {
    name: string;
    storage: string;
    reclaimPolicy: "Delete";
    fstype: "ext4";
    annotations: Readonly<Record<string, string>>;
  }[];
}

/** The volume driver and the default storage class. */
export const proxmoxCsi: Addon = {
  name: "proxmox-csi-plugin",
  namespace: PROXMOX_NAMESPACE,
  isWanted: usesProxmoxVolumes,
  parts: (
    { options },
  ) => [
    chartPart(
      "proxmox-csi-plugin",
      options.versions.proxmoxCsiPlugin,
      valuesOf(options.proxmoxStorage ?? ""),
    ),
  ],
};

function valuesOf(storage: string): ProxmoxCsiValues {
  return {
    existingConfigSecret: PROXMOX_CONFIG,
    existingConfigSecretKey: PROXMOX_CONFIG_KEY,
    tolerations: [{ key: CONTROL_PLANE_NODE, operator: "Exists", effect: "NoSchedule" }],
    node: { tolerations: [{ operator: "Exists" }] },
    storageClass: [{
      name: "standard",
      storage,
      reclaimPolicy: "Delete",
      fstype: "ext4",
      annotations: DEFAULT_CLASS,
    }],
  };
}
