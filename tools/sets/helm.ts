/**
 * Recipe of set `helm`.
 *
 * @module
 */
import { pinned, PINS } from "./pins.ts";
import type { SetRecipe } from "./recipe.ts";

/** The program that renders charts. */
export const HELM: SetRecipe = {
  name: "helm",
  ...pinned(["helm"]),
  sources: {},
  programs: [{
    name: "helm",
    module: PINS.helm.module,
    package: "./cmd/helm",
    variables: { "helm.sh/helm/v4/internal/version.version": PINS.helm.version },
    patches: [],
  }],
  files: [],
};
