/**
 * The recipe of each set. They are loaded one at a time: together their pins have a megabyte.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { SetName, SetRecipe } from "./recipe.ts";

const LOADERS: Readonly<Partial<Record<SetName, () => Promise<SetRecipe>>>> = {
  crds: async () => (await import("./crds.ts")).CRDS,
  charts: async () => (await import("./chart_recipe.ts")).CHARTS,
  helm: async () => (await import("./helm.ts")).HELM,
  kubeadm: async () => (await import("./kubeadm.ts")).KUBEADM,
};

/**
 * Loads the recipe of a set.
 *
 * @param name the set
 * @returns what is in it and how it is made
 */
export async function loadRecipe(name: SetName): Promise<SetRecipe> {
  const load = LOADERS[name];
  if (load === undefined) throw new LatticeError("prerequisite", `No recipe for "${name}" yet`);
  return await load();
}
