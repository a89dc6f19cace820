/**
 * Where the projects publish their charts.
 *
 * @module
 */
import type { ChartName, ManifestName } from "../bundle/types.ts";

/** A repository: `https:` with an index, or the chart itself with `oci:`. */
export const CHART_REPOSITORIES: Readonly<Record<ChartName, string>> = {
  base: "https://istio-release.storage.googleapis.com/charts",
  "cert-manager": "https://charts.jetstack.io",
  cilium: "https://helm.cilium.io",
  cni: "https://istio-release.storage.googleapis.com/charts",
  "external-secrets": "https://charts.external-secrets.io",
  istiod: "https://istio-release.storage.googleapis.com/charts",
  "openstack-cinder-csi": "https://kubernetes.github.io/cloud-provider-openstack",
  "openstack-cloud-controller-manager": "https://kubernetes.github.io/cloud-provider-openstack",
  "proxmox-cloud-controller-manager":
    "oci://ghcr.io/sergelogvinov/charts/proxmox-cloud-controller-manager",
  "proxmox-csi-plugin": "oci://ghcr.io/sergelogvinov/charts/proxmox-csi-plugin",
  ztunnel: "https://istio-release.storage.googleapis.com/charts",
};

/** Files of plain objects; `VERSION` stands for the version without `v`. */
export const MANIFEST_URLS: Readonly<Record<ManifestName, string>> = {
  "gateway-api-crds":
    "https://github.com/kubernetes-sigs/gateway-api/releases/download/vVERSION/standard-install.yaml",
};
