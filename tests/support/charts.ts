/**
 * The charts that Go modules carry, laid out as a folder for `LATTICE_CHARTS_DIR`, and what is needed to apply them.
 *
 * @module
 */
import { join } from "node:path";
import type { LatticeCluster } from "@lattice/api";
import {
  type AddonVersions,
  type Bundle,
  type BundleOptions,
  type ChartName,
  type ChartSource,
  describeBundle,
  folderSource,
  renderBundle,
  type RenderedBundle,
} from "@lattice/addons";
import { type Component, versions } from "@lattice/providers";
import { parse } from "yaml";
import { locateSet } from "../../tools/locate.ts";

/** Folder of each chart in the set; those that no module carries are absent. */
const SERVED: Readonly<Partial<Record<ChartName, string>>> = {
  base: "istio-base",
  "cert-manager": "cert-manager",
  cilium: "cilium",
  cni: "istio-cni",
  "external-secrets": "external-secrets",
  istiod: "istiod",
  "openstack-cinder-csi": "openstack-cinder-csi",
  ztunnel: "ztunnel",
};

/** Which version a chart's folder decides. */
const DECIDES: Readonly<Partial<Record<ChartName, Component>>> = {
  "cert-manager": "certManager",
  cilium: "cilium",
  "external-secrets": "externalSecrets",
  istiod: "istio",
};

/** Image of the operator in tests. */
export const OPERATOR_IMAGE = "images.example.com/lattice/operator:1.2.3";

/** A folder of charts, helm, and the versions that fit the folder. */
export interface ServedCharts extends AsyncDisposable {
  /** The folder. */
  readonly dir: string;
  /** Path of helm. */
  readonly helm: string;
  /** Versions as pinned, but those of the charts in the folder. */
  readonly versions: AddonVersions;
  /** Charts in the folder. */
  readonly names: readonly ChartName[];
  /** Where the charts come from. */
  readonly source: ChartSource;
  /** Describes a bundle and keeps what can be rendered from the folder. */
  describe(cluster: LatticeCluster, options?: Partial<BundleOptions>): Bundle;
  /** Renders a bundle. */
  render(bundle: Bundle): Promise<RenderedBundle>;
}

/**
 * Lays the charts out in a temporary folder.
 *
 * @returns the folder; dispose it. `LATTICE_HELM` may name another helm than that of the set
 * @throws {LatticeError} `prerequisite` when the sets are not built
 */
export async function servedCharts(): Promise<ServedCharts> {
  const [charts, crds] = await Promise.all([locateSet("charts"), locateSet("crds")]);
  const program = Deno.env.get("LATTICE_HELM") || (await locateSet("helm")).bin("helm");
  const dir = await Deno.makeTempDir({ prefix: "lattice-test-charts-" });
  const names = Object.keys(SERVED) as ChartName[];
  const found: Record<string, string> = {};
  for (const name of names) {
    const folder = charts.file(SERVED[name] ?? "");
    await Deno.symlink(folder, join(dir, name));
    const component = DECIDES[name];
    if (component) found[component] = await chartVersion(folder);
  }
  const gateway = join(dir, `gateway-api-crds-v${versions.gatewayApi}.yaml`);
  await Deno.symlink(crds.file("gateway-api-crds.yaml"), gateway);
  const all: AddonVersions = { ...versions, ...found };
  const source = folderSource(dir);
  return {
    dir,
    helm: program,
    versions: all,
    names,
    source,
    describe: (cluster, options = {}) =>
      onlyServed(describeBundle(cluster, { versions: all, image: OPERATOR_IMAGE, ...options })),
    render: (bundle) => renderBundle(bundle, { source, helm: () => Promise.resolve(program) }),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

async function chartVersion(folder: string): Promise<string> {
  const chart = parse(await Deno.readTextFile(join(folder, "Chart.yaml")), { version: "1.1" });
  return String((chart as { version: unknown }).version).replace(/^v/, "");
}

/** Leaves out the charts that no module carries, and nothing else. */
function onlyServed(bundle: Bundle): Bundle {
  const items = bundle.items.map((item) => ({
    ...item,
    parts: item.parts.filter((part) => part.part !== "chart" || part.chart in SERVED),
  }));
  return { ...bundle, items: items.filter(({ parts }) => parts.length > 0) };
}
