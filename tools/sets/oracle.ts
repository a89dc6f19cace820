/**
 * Recipe of set `oracle`: a program around Cilium's own policy engine.
 *
 * @module
 */
import engine from "../../tests/oracle/cilium/engine.go" with { type: "text" };
import goMod from "../../tests/oracle/cilium/go.mod" with { type: "text" };
import goSum from "../../tests/oracle/cilium/go.sum" with { type: "text" };
import main from "../../tests/oracle/cilium/main.go" with { type: "text" };
import { requiredVersion } from "../recipe.ts";
import type { SetRecipe } from "./recipe.ts";

/** What tells tests whether a policy lets a connection pass. */
export const ORACLE: SetRecipe = {
  name: "oracle",
  versions: { cilium: requiredVersion(goMod, "github.com/cilium/cilium") },
  sources: {
    oracle: { "go.mod": goMod, "go.sum": goSum, "main.go": main, "engine.go": engine },
  },
  modules: [],
  sums: "",
  programs: [
    { name: "cilium-oracle", module: "oracle", package: ".", variables: {}, patches: [] },
  ],
  files: [],
};
