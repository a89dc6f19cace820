/**
 * Recipe of set `kubeadm`: the managers that make a cluster out of Machines without a cloud. Its
 * go.mod holds them to the versions that the core manager of the product set runs with, also where
 * CAPD's Docker client would pull in newer ones.
 *
 * @module
 */
import { requiredVersion, type SourcePatch, versionVariables } from "../recipe.ts";
import goMod from "./kubeadm/go.mod" with { type: "text" };
import goSum from "./kubeadm/go.sum" with { type: "text" };
import { onLoopback, providerFiles } from "./parts.ts";
import type { SetProgram, SetRecipe } from "./recipe.ts";

const CAPI = "sigs.k8s.io/cluster-api";
const CAPD = "sigs.k8s.io/cluster-api/test";
/** `cluster-api/test` is served in fewer versions than the core (docs/decisions/0008). */
const VERSIONS = { capi: requiredVersion(goMod, CAPI), capd: requiredVersion(goMod, CAPD) };

const VARIABLES = {
  ...versionVariables(requiredVersion(goMod, "k8s.io/client-go"), [
    "k8s.io/component-base/version",
    "k8s.io/client-go/pkg/version",
  ]),
  ...versionVariables(VERSIONS.capi, [`${CAPI}/version`]),
};

/** CAPD serves a page for its own developers on one fixed port, so that no two could run on a machine. */
const ANY_DEBUG_PORT: SourcePatch = {
  module: CAPD,
  file: "infrastructure/inmemory/pkg/server/mux.go",
  find: 'fmt.Sprintf(":%d", options.DebugPort)',
  replace: '"127.0.0.1:0"',
};

function manager(
  name: string,
  module: string,
  folder: string,
  patches: readonly SourcePatch[] = [],
): SetProgram {
  return {
    name,
    module: "kubeadm",
    package: `${module}/${folder}`,
    variables: VARIABLES,
    patches: [onLoopback(module, `${folder}/main.go`, "Port:     webhookPort,"), ...patches],
  };
}

/** Managers of kubeadm clusters, and CAPD with its in-memory machines. */
export const KUBEADM: SetRecipe = {
  name: "kubeadm",
  versions: VERSIONS,
  sources: { kubeadm: { "go.mod": goMod, "go.sum": goSum } },
  modules: [],
  sums: "",
  programs: [
    manager("kubeadm-bootstrap-manager", CAPI, "bootstrap/kubeadm"),
    manager("kubeadm-control-plane-manager", CAPI, "controlplane/kubeadm"),
    manager("capd-manager", CAPD, "infrastructure/docker", [ANY_DEBUG_PORT]),
  ],
  files: [
    ...providerFiles({
      name: "kubeadm-bootstrap",
      module: CAPI,
      config: "bootstrap/kubeadm/config",
      label: "bootstrap-kubeadm",
      prefix: "capi-kubeadm-bootstrap-",
    }),
    ...providerFiles({
      name: "kubeadm-control-plane",
      module: CAPI,
      config: "controlplane/kubeadm/config",
      label: "control-plane-kubeadm",
      prefix: "capi-kubeadm-control-plane-",
      roles: ["aggregated_role.yaml"],
    }),
    ...providerFiles({
      name: "capd",
      module: CAPD,
      config: "infrastructure/docker/config",
      label: "infrastructure-docker",
    }),
  ],
};
