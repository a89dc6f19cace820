/**
 * Recipe of set `charts`: what a new cluster gets, as far as Go modules carry the charts.
 *
 * @module
 */
import { type PinName, pinned, PINS } from "./pins.ts";
import type { ChartFolder, SetRecipe } from "./recipe.ts";

const USED = [
  "cilium",
  "certManager",
  "externalSecrets",
  "istioCharts",
  "awsCloudProvider",
  "openstackCloudProvider",
] as const satisfies readonly PinName[];

function chart(file: string, pin: PinName, from: string): ChartFolder {
  return { make: "chart", file, module: PINS[pin].module, from };
}

/** The sources have placeholders for the version; the commit is one before release 1.31. */
function istio(file: string, folder: string): ChartFolder {
  const from = `manifests/charts/${folder}`;
  return { ...chart(file, "istioCharts", from), version: "1.31.0-alpha.eed52ebb66ad" };
}

/** Charts by the names that they have in their projects' repositories. */
export const CHARTS: SetRecipe = {
  name: "charts",
  ...pinned(USED),
  sources: {},
  programs: [],
  files: [
    chart("cilium", "cilium", "install/kubernetes/cilium"),
    {
      ...chart("cert-manager", "certManager", "deploy/charts/cert-manager"),
      version: PINS.certManager.version,
    },
    {
      ...chart("external-secrets", "externalSecrets", "deploy/charts/external-secrets"),
      crds: { from: "config/crds/bases", when: ".Values.installCRDs" },
    },
    istio("istio-base", "base"),
    istio("istiod", "istio-control/istio-discovery"),
    istio("istio-cni", "istio-cni"),
    istio("ztunnel", "ztunnel"),
    chart(
      "aws-cloud-controller-manager",
      "awsCloudProvider",
      "charts/aws-cloud-controller-manager",
    ),
    chart("openstack-cinder-csi", "openstackCloudProvider", "charts/cinder-csi-plugin"),
    {
      // The chart needs a library chart that no module carries; these are the same objects.
      make: "objects",
      file: "openstack-cloud-controller-manager.yaml",
      module: PINS.openstackCloudProvider.module,
      from: [
        "manifests/controller-manager/cloud-controller-manager-roles.yaml",
        "manifests/controller-manager/cloud-controller-manager-role-bindings.yaml",
        "manifests/controller-manager/openstack-cloud-controller-manager-ds.yaml",
      ],
      prefix: "",
    },
  ],
};
