/**
 * Recipe of set `crds`: definitions of third parties, to hold rendered objects against. None of
 * their programs runs, so conversion webhooks are left out.
 *
 * @module
 */
import { providerCrds } from "./parts.ts";
import { type PinName, pinned, PINS } from "./pins.ts";
import type { CrdsFile, SetRecipe } from "./recipe.ts";

const USED = [
  "capa",
  "capmox",
  "capo",
  "caprke2",
  "ipamInCluster",
  "cilium",
  "istio",
  "gatewayApi",
  "externalSecrets",
  "certManager",
] as const satisfies readonly PinName[];

function provider(name: string, pin: PinName, label: string): CrdsFile {
  return providerCrds({ name, module: PINS[pin].module, config: "config", label }, false);
}

function plain(name: string, pin: PinName, from: readonly string[]): CrdsFile {
  const { module } = PINS[pin];
  return { make: "crds", file: `${name}-crds.yaml`, module, from, labels: {}, conversion: false };
}

const CILIUM_CRDS = "pkg/k8s/apis/cilium.io/client/crds";

/** CRDs of everything that Lattice renders objects for. */
export const CRDS: SetRecipe = {
  name: "crds",
  ...pinned(USED),
  sources: {},
  programs: [],
  files: [
    provider("capa", "capa", "infrastructure-aws"),
    { ...provider("capmox", "capmox", "infrastructure-proxmox"), dropRepeatedRules: true },
    provider("capo", "capo", "infrastructure-openstack"),
    plain("caprke2", "caprke2", [
      "bootstrap/config/crd/kustomization.yaml",
      "controlplane/config/crd/kustomization.yaml",
    ]),
    provider("ipam", "ipamInCluster", "ipam-in-cluster"),
    plain("cilium", "cilium", [`${CILIUM_CRDS}/v2`, `${CILIUM_CRDS}/v2alpha1`]),
    plain("istio", "istio", ["kubernetes/customresourcedefinitions.gen.yaml"]),
    plain("gateway-api", "gatewayApi", ["config/crd/standard"]),
    plain("gateway-api-experimental", "gatewayApi", ["config/crd/experimental"]),
    plain("external-secrets", "externalSecrets", ["config/crds/bases"]),
    plain("cert-manager", "certManager", ["deploy/crds"]),
  ],
};
