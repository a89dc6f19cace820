/**
 * What both addons of OpenStack share: how they log in.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { meta } from "./objects.ts";
import { poolCidr } from "./load_balancer_pool.ts";
import type { AddonInput } from "./types.ts";

/** Namespace of both. */
export const OPENSTACK_NAMESPACE = "kube-system";
/** Secret with `cloud.conf`, mounted at `/etc/config`. */
export const CLOUD_CONFIG = "cloud-config";

const MOUNT = "/etc/config";

/**
 * The Secret that both mount. `cloud.conf` points to the clouds.yaml beside it, so that no password has to be quoted
 * in a second syntax.
 *
 * @param input the cluster, with credentials `clouds.yaml` and maybe `cloud` and `cacert`
 * @returns the Secret; nothing without credentials
 */
export function cloudConfig(input: AddonInput): KubeObject[] {
  const { credentials } = input.options;
  const clouds = credentials?.["clouds.yaml"];
  if (clouds === undefined) return [];
  const cacert = credentials?.["cacert"];
  const cloud = credentials?.["cloud"] ?? input.cluster.spec.provider.config.openstack?.cloudName;
  const lines = [
    "[Global]",
    "use-clouds = true",
    `clouds-file = ${MOUNT}/clouds.yaml`,
    `cloud = ${JSON.stringify(cloud ?? "openstack")}`,
    ...(cacert ? [`ca-file = ${MOUNT}/ca.crt`] : []),
    "[LoadBalancer]",
    // Cilium hands out the addresses when the cluster has a pool of its own.
    `enabled = ${poolCidr(input) === undefined}`,
  ];
  return [{
    apiVersion: "v1",
    kind: "Secret",
    metadata: meta(CLOUD_CONFIG, OPENSTACK_NAMESPACE),
    type: "Opaque",
    data: encoded({
      "cloud.conf": `${lines.join("\n")}\n`,
      "clouds.yaml": clouds,
      ...(cacert ? { "ca.crt": cacert } : {}),
    }),
  }];
}

/**
 * Texts as the `data` of a Secret.
 *
 * @param texts text by key
 * @returns Base64 by key
 */
export function encoded(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, new TextEncoder().encode(text).toBase64()]),
  );
}
