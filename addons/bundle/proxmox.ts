/**
 * What both addons of Proxmox share: how they log in.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { meta } from "./objects.ts";
import { encoded } from "./openstack.ts";
import type { AddonInput } from "./types.ts";

/** Namespace of both. */
export const PROXMOX_NAMESPACE = "kube-system";
/** Secret with the configuration. */
export const PROXMOX_CONFIG = "proxmox-cloud-config";
/** Key in that Secret. */
export const PROXMOX_CONFIG_KEY = "config.yaml";

/**
 * Whether a cluster gets Proxmox's own controller and volumes: its storage has to be named.
 *
 * @param input the cluster
 * @returns whether it does
 */
export function usesProxmoxVolumes({ provider, options }: AddonInput): boolean {
  return provider === "proxmox" && options.proxmoxStorage !== undefined;
}

/**
 * The Secret that both mount, in JSON, which is YAML.
 *
 * @param input the cluster, with credentials `url`, `token` and `secret`
 * @returns the Secret; nothing without credentials
 */
export function proxmoxConfig({ name, options: { credentials } }: AddonInput): KubeObject[] {
  const { url, token, secret } = credentials ?? {};
  if (url === undefined || token === undefined || secret === undefined) return [];
  const base = url.replace(/\/+$/, "");
  const config = {
    // Nodes carry the identifiers that Cluster API's provider gave them.
    features: { provider: "capmox" },
    clusters: [{
      url: base.endsWith("/api2/json") ? base : `${base}/api2/json`,
      token_id: token,
      token_secret: secret,
      region: name,
    }],
  };
  return [{
    apiVersion: "v1",
    kind: "Secret",
    metadata: meta(PROXMOX_CONFIG, PROXMOX_NAMESPACE),
    type: "Opaque",
    data: encoded({ [PROXMOX_CONFIG_KEY]: JSON.stringify(config) }),
  }];
}
