/**
 * The recipe of each set. They are loaded one at a time: a recipe carries its go.sum as text.
 *
 * @module
 */
import type { SetName, SetRecipe } from "./recipe.ts";

const LOADERS: Readonly<Record<SetName, () => Promise<SetRecipe>>> = {
  crds: async () => (await import("./crds.ts")).CRDS,
  charts: async () => (await import("./chart_recipe.ts")).CHARTS,
  helm: async () => (await import("./helm.ts")).HELM,
  kubeadm: async () => (await import("./kubeadm.ts")).KUBEADM,
  oracle: async () => (await import("./oracle.ts")).ORACLE,
  rke2: async () => (await import("./clouds.ts")).RKE2,
  openstack: async () => (await import("./clouds.ts")).OPENSTACK,
  proxmox: async () => (await import("./clouds.ts")).PROXMOX,
  aws: async () => (await import("./clouds.ts")).AWS,
};

/**
 * Loads the recipe of a set.
 *
 * @param name the set
 * @returns what is in it and how it is made
 */
export async function loadRecipe(name: SetName): Promise<SetRecipe> {
  return await LOADERS[name]();
}
