/**
 * What the recipes of Cluster API providers have in common.
 *
 * @module
 */
import type { SourcePatch } from "../recipe.ts";
import type { CrdsFile, ObjectsFile, SetFile } from "./recipe.ts";

/** A provider of Cluster API as its module lays it out. */
export interface ProviderLayout {
  /** Start of the names of its files, e.g. `capd` for `capd-crds.yaml`. */
  readonly name: string;
  /** Module that holds it. */
  readonly module: string;
  /** Its `config` folder inside the module. */
  readonly config: string;
  /** Value of its label, e.g. `infrastructure-docker`. */
  readonly label: string;
  /** What its release puts before the names of its objects; default: the name and a dash. */
  readonly prefix?: string;
  /** Files of roles in `config/rbac` beside those that every provider has. */
  readonly roles?: readonly string[];
  /** As in {@linkcode CrdsFile}. */
  readonly dropRepeatedRules?: boolean;
}

/**
 * The CRDs of a provider with the labels that `clusterctl init` and its release give them: by them
 * Cluster API finds the version of the contract, and `clusterctl move` finds the kinds.
 *
 * @param layout the provider
 * @param conversion whether conversion webhooks stay
 * @returns the file
 */
export function providerCrds(layout: ProviderLayout, conversion: boolean): CrdsFile {
  return {
    make: "crds",
    file: `${layout.name}-crds.yaml`,
    module: layout.module,
    from: [`${layout.config}/crd/kustomization.yaml`],
    labels: { "clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": layout.label },
    conversion,
    ...(layout.dropRepeatedRules ? { dropRepeatedRules: true } : {}),
  };
}

/**
 * The files that a running manager of a provider needs: CRDs, webhook configurations and roles.
 *
 * @param layout the provider
 * @returns `NAME-crds.yaml`, `NAME-webhooks.yaml` and `NAME-rbac.yaml`
 */
export function providerFiles(layout: ProviderLayout): SetFile[] {
  const objects = (kind: string, from: readonly string[]): ObjectsFile => ({
    make: "objects",
    file: `${layout.name}-${kind}.yaml`,
    module: layout.module,
    from: from.map((path) => `${layout.config}/${path}`),
    prefix: layout.prefix ?? `${layout.name}-`,
  });
  return [
    providerCrds(layout, true),
    objects("webhooks", ["webhook/manifests.yaml"]),
    objects("rbac", [
      "rbac/role.yaml",
      "rbac/leader_election_role.yaml",
      ...(layout.roles ?? []).map((role) => `rbac/${role}`),
    ]),
  ];
}

/**
 * Makes a manager's webhook server listen on loopback; the managers have a flag for its port and
 * none for its address (see docs/decisions/0007).
 *
 * @param module the manager's module
 * @param file the file that makes the server
 * @param find the line that sets the port, e.g. `Port:     webhookPort,`
 * @returns the patch
 */
export function onLoopback(module: string, file: string, find: string): SourcePatch {
  return { module, file, find, replace: `Host: "127.0.0.1", ${find}` };
}
