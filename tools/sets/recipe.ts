/**
 * What a set is: components beside the product set that some tests, or an install with a certain
 * provider, need. Each set has a cache folder of its own and is built when somebody asks for it.
 *
 * A recipe is plain data: it is hashed whole, so whatever changes what ends up in the folder has to
 * stand in it.
 *
 * @module
 */
import { fingerprint, platform, type SourcePatch } from "../recipe.ts";

/** Names of the sets, in the order in which `deno task setup all` makes them. */
export const SET_NAMES = [
  "crds",
  "charts",
  "helm",
  "kubeadm",
  "oracle",
  "rke2",
  "openstack",
  "proxmox",
  "aws",
] as const;

/** Name of a set. */
export type SetName = typeof SET_NAMES[number];

/** What each set is for, one line each. */
export const SET_SUMMARIES: Readonly<Record<SetName, string>> = {
  crds: "CRDs of third parties: clouds, Cilium, Istio, Gateway API, cert-manager, External Secrets",
  charts: "Helm charts of what a new cluster gets, as far as Go modules carry them",
  helm: "helm, which renders the charts",
  kubeadm: "Cluster API's kubeadm bootstrap and control-plane managers, and CAPD",
  oracle: "Cilium's policy engine, which tests ask what a policy allows",
  rke2: "the RKE2 bootstrap and control-plane managers",
  openstack: "Cluster API's OpenStack manager",
  proxmox: "Cluster API's Proxmox manager",
  aws: "Cluster API's AWS manager",
};

/** A Go module that is fetched as it is published, without the modules that it requires. */
export interface PinnedModule {
  /** Module path, e.g. `istio.io/api`. */
  readonly module: string;
  /** Version with its leading `v`. */
  readonly version: string;
}

/** One program of a set. */
export interface SetProgram {
  /** File name of the program. */
  readonly name: string;
  /**
   * Where it is compiled: a key of {@linkcode SetRecipe.sources}, or the path of a pinned module,
   * which then is compiled with its own go.mod, that is with the versions of its release.
   */
  readonly module: string;
  /** Import path of its `main` package; relative (`./cmd/helm`) inside a pinned module. */
  readonly package: string;
  /** String variables to set at link time, by import path and name. */
  readonly variables: Readonly<Record<string, string>>;
  /** Replacements in source files, where the program lacks a flag that we need. */
  readonly patches: readonly SourcePatch[];
}

/** CRDs out of a module. */
export interface CrdsFile {
  /** What to make. */
  readonly make: "crds";
  /** Name of the file. */
  readonly file: string;
  /** Module that holds them. */
  readonly module: string;
  /** YAML files, folders whose YAML files are meant, or a `kustomization.yaml`. */
  readonly from: readonly string[];
  /** Labels for each of them, on top of those of the kustomization. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a conversion webhook stays: without its manager there is nothing to call. */
  readonly conversion: boolean;
  /** Drops a CEL rule that a field has twice: server-side apply refuses the CRD because of it. */
  readonly dropRepeatedRules?: boolean;
}

/** Objects out of files of a module, e.g. webhook configurations and roles. */
export interface ObjectsFile {
  /** What to make. */
  readonly make: "objects";
  /** Name of the file. */
  readonly file: string;
  /** Module that holds them. */
  readonly module: string;
  /** YAML files. */
  readonly from: readonly string[];
  /** What goes before their names, e.g. `capd-`. */
  readonly prefix: string;
}

/** A chart out of a folder of a module. */
export interface ChartFolder {
  /** What to make. */
  readonly make: "chart";
  /** Name of the folder below `charts/`. */
  readonly file: string;
  /** Module that holds it. */
  readonly module: string;
  /** Folder of the chart inside the module. */
  readonly from: string;
  /** Version to write into Chart.yaml in place of the placeholder that the release tool replaces. */
  readonly version?: string;
  /** Folder of CRDs that join the templates, as the project's release does it. */
  readonly crds?: {
    /** The folder inside the module. */
    readonly from: string;
    /** Value of the chart that turns them on, e.g. `.Values.installCRDs`. */
    readonly when: string;
  };
}

/** A file or folder of a set that is no program. */
export type SetFile = CrdsFile | ObjectsFile | ChartFolder;

/** Everything that decides what is in a set. */
export interface SetRecipe {
  /** Name of the set. */
  readonly name: SetName;
  /** Versions of what is in it, without a leading `v`, by the names of providers/versions.json. */
  readonly versions: Readonly<Record<string, string>>;
  /** Folders to compile in: content by file name, by a name of our own. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Modules fetched as they are. */
  readonly modules: readonly PinnedModule[];
  /** Lines of a go.sum for {@linkcode modules}: what their content must hash to. */
  readonly sums: string;
  /** Programs, small ones first. */
  readonly programs: readonly SetProgram[];
  /** Manifests and charts. */
  readonly files: readonly SetFile[];
}

/** Raise this when code of this folder changes what ends up in a set. */
const RECIPE_REVISION = 1;

/**
 * Names the folder of the cache that belongs to a recipe.
 *
 * @param recipe the set
 * @param forPlatform the platform, for tests
 * @returns 16 hexadecimal digits
 */
export function setKey(recipe: SetRecipe, forPlatform: string = platform()): string {
  const text = JSON.stringify([RECIPE_REVISION, forPlatform, recipe]);
  return fingerprint(text.replaceAll("\\r\\n", "\\n"));
}

/**
 * Tells whether a word is the name of a set.
 *
 * @param word the word
 * @returns whether it is one of {@linkcode SET_NAMES}
 */
export function isSetName(word: string): word is SetName {
  return (SET_NAMES as readonly string[]).includes(word);
}
