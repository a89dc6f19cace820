/**
 * OpenStack's volumes.
 *
 * @module
 */
import { CLOUD_CONFIG, OPENSTACK_NAMESPACE } from "./openstack.ts";
import { chartVersion } from "./openstack_cloud_controller.ts";
import { chartPart, CONTROL_PLANE_NODE } from "./objects.ts";
import type { Addon } from "./types.ts";

/** What Lattice sets of the chart `openstack-cinder-csi`. */
interface CinderValues {
  readonly clusterID: string;
  readonly secret: { enabled: true; create: false; name: string; filename: string };
  readonly storageClass: { enabled: true; delete: { isDefault: true; allowVolumeExpansion: true } };
  readonly csi: { plugin: { controllerPlugin: { tolerations: readonly unknown[] } } };
  readonly priorityClassName: string;
}

/** The volume driver and the default storage class. */
export const openstackCinder: Addon = {
  name: "openstack-cinder-csi",
  namespace: OPENSTACK_NAMESPACE,
  isWanted: ({ provider }) => provider === "openstack",
  parts: (input) => [chartPart("openstack-cinder-csi", chartVersion(input), valuesOf(input.name))],
};

function valuesOf(name: string): CinderValues {
  return {
    clusterID: name,
    secret: { enabled: true, create: false, name: CLOUD_CONFIG, filename: "cloud.conf" },
    storageClass: { enabled: true, delete: { isDefault: true, allowVolumeExpansion: true } },
    csi: {
      plugin: {
        controllerPlugin: {
          tolerations: [{ key: CONTROL_PLANE_NODE, operator: "Exists", effect: "NoSchedule" }],
        },
      },
    },
    priorityClassName: "system-cluster-critical",
  };
}
