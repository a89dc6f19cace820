/**
 * Modules of third parties that sets take files from, or compile with their own go.mod. Their
 * requirements conflict, so they are never in one build list: each is fetched by itself and held
 * against its hash in `pins.sum`.
 *
 * @module
 */
import sums from "./pins.sum" with { type: "text" };
import type { PinnedModule } from "./recipe.ts";

/** The modules, by the names of providers/versions.json where that has one. */
export const PINS = {
  capa: { module: "sigs.k8s.io/cluster-api-provider-aws/v2", version: "v2.10.0" },
  capmox: { module: "github.com/ionos-cloud/cluster-api-provider-proxmox", version: "v0.7.0" },
  capo: { module: "sigs.k8s.io/cluster-api-provider-openstack", version: "v0.13.0" },
  caprke2: { module: "github.com/rancher/cluster-api-provider-rke2", version: "v0.21.0" },
  ipamInCluster: {
    module: "sigs.k8s.io/cluster-api-ipam-provider-in-cluster",
    version: "v1.0.3",
  },
  cilium: { module: "github.com/cilium/cilium", version: "v1.18.5" },
  istio: { module: "istio.io/api", version: "v1.28.2" },
  istioCharts: { module: "istio.io/istio", version: "v0.0.0-20260827124520-eed52ebb66ad" },
  gatewayApi: { module: "sigs.k8s.io/gateway-api", version: "v1.2.1" },
  externalSecrets: { module: "github.com/external-secrets/external-secrets", version: "v1.3.2" },
  certManager: { module: "github.com/cert-manager/cert-manager", version: "v1.19.2" },
  helm: { module: "helm.sh/helm/v4", version: "v4.0.4" },
  awsCloudProvider: { module: "k8s.io/cloud-provider-aws", version: "v1.35.0" },
  openstackCloudProvider: { module: "k8s.io/cloud-provider-openstack", version: "v1.35.0" },
} as const satisfies Readonly<Record<string, PinnedModule>>;

/** Name of a pinned module. */
export type PinName = keyof typeof PINS;

/** The parts of a recipe that follow from the modules that it uses. */
export interface Pinned {
  /** The modules. */
  readonly modules: readonly PinnedModule[];
  /** Their lines of `pins.sum`. */
  readonly sums: string;
  /** Their versions, without a leading `v`. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Collects what a recipe says of its pinned modules. Only their own hashes go into it, so that
 * another set's new version leaves this one's cache alone.
 *
 * @param names the modules
 * @returns modules, hashes and versions
 * @throws {Error} when a module has no hash
 */
export function pinned(names: readonly PinName[]): Pinned {
  const modules: readonly PinnedModule[] = names.map((name) => PINS[name]);
  return {
    modules,
    sums: modules.flatMap(sumsOf).map((line) => `${line}\n`).join(""),
    versions: Object.fromEntries(names.map((name) => [name, PINS[name].version.slice(1)])),
  };
}

function sumsOf({ module, version }: PinnedModule): string[] {
  const lines = sums.split(/\r?\n/).filter((line) =>
    line.startsWith(`${module} ${version} `) || line.startsWith(`${module} ${version}/go.mod `)
  );
  if (lines.length !== 2) throw new Error(`Cannot find ${module}@${version} in pins.sum`);
  return lines;
}
