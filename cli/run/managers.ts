/**
 * The managers of a provider as processes of a local bootstrap cluster: where their programs and files
 * are, how they are started, what they need in the API server.
 *
 * @module
 */

import type { ManagerInstallation } from "@lattice/addons";
import type { Bootstrap, CloudType } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { managerFlags, type ManagerRecipe, managersOf } from "@lattice/providers";
import {
  type ClusterRecord,
  type ManagerCommand,
  managerEndpoint,
  type ManagerId,
} from "@lattice/providers/local/host";
import { locateSet, type SetName, type ToolSet } from "../../tools/locate.ts";

/** The managers of one cluster's providers. */
export class Managers {
  readonly #recipes: readonly ManagerRecipe[];
  readonly #sets: ReadonlyMap<SetName, ToolSet>;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    recipes: readonly ManagerRecipe[],
    sets: ReadonlyMap<SetName, ToolSet>,
    env: Readonly<Record<string, string>>,
  ) {
    this.#recipes = recipes;
    this.#sets = sets;
    this.#env = env;
  }

  /**
   * Finds everything; builds nothing.
   *
   * @param type Provider of the machines.
   * @param bootstrap What turns machines into nodes.
   * @param env Further environment of their processes; no secrets.
   * @throws {LatticeError} `prerequisite` naming the set that is not built, and how to build it.
   */
  static async locate(
    type: CloudType,
    bootstrap: Bootstrap,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Managers> {
    const recipes = managersOf(type, bootstrap);
    const names = [...new Set(recipes.map(({ set }) => set))];
    const sets = await Promise.all(
      names.map(async (name) => [name, await locateSet(name)] as const),
    );
    return new Managers(recipes, new Map(sets), env);
  }

  /** Names of their processes. */
  get ids(): ManagerId[] {
    return this.#recipes.map(idOf);
  }

  /** How they are started. */
  commands(): ManagerCommand[] {
    return this.#recipes.map((recipe) => ({
      name: idOf(recipe),
      program: this.#setOf(recipe).bin(recipe.program),
      args: (place) => managerFlags(recipe, place),
      env: { ...recipe.env, ...this.#env },
      startsWith: recipe.crd,
    }));
  }

  /**
   * What they need in the API server.
   *
   * @param record The bootstrap cluster that was planned with {@linkcode Managers.commands}.
   */
  async installations(record: ClusterRecord): Promise<ManagerInstallation[]> {
    const caPem = await Deno.readTextFile(record.caFile);
    return await Promise.all(this.#recipes.map(async (recipe, position) => {
      const set = this.#setOf(recipe);
      const objects = (kind: string): Promise<KubeObject[]> =>
        set.objects(`${recipe.name}-${kind}.yaml`);
      return {
        user: idOf(recipe),
        crds: await objects("crds"),
        webhooks: await objects("webhooks"),
        roles: await objects("rbac"),
        server: { url: managerEndpoint(record, position).webhook.url, caPem },
      };
    }));
  }

  #setOf({ set }: ManagerRecipe): ToolSet {
    const found = this.#sets.get(set);
    if (found === undefined) throw new RangeError(`Cannot use set '${set}': it was not located`);
    return found;
  }
}

function idOf({ name }: ManagerRecipe): ManagerId {
  return `manager-${name}`;
}
