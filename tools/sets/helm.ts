/**
 * Recipe of set `helm`.
 *
 * @module
 */
import { pinnedVersions } from "../recipe.ts";
import { pinned, PINS } from "./pins.ts";
import type { SetRecipe } from "./recipe.ts";

const [MAJOR = "", MINOR = ""] = pinnedVersions().kubernetes.split(".");

/** The program that renders charts. */
export const HELM: SetRecipe = {
  name: "helm",
  ...pinned(["helm"]),
  sources: {},
  programs: [{
    name: "helm",
    module: PINS.helm.module,
    package: "./cmd/helm",
    variables: {
      "helm.sh/helm/v4/internal/version.version": PINS.helm.version,
      // Without them Helm takes the cluster for Kubernetes 1.20, and most charts refuse that.
      "helm.sh/helm/v4/pkg/chart/common.k8sVersionMajor": MAJOR,
      "helm.sh/helm/v4/pkg/chart/common.k8sVersionMinor": MINOR,
    },
    patches: [],
  }],
  files: [],
};
