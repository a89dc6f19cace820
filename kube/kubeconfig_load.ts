/**
 * Finds, reads and merges kubeconfigs as kubectl does, and resolves one context of the result.
 *
 * Of two entries with one name the first wins, and so does the first `current-context`; files of a list that do
 * not exist are skipped. Relative paths count from the file that they stand in.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import {
  type Kubeconfig,
  type KubeconfigCluster,
  type KubeconfigUser,
  type Named,
  parseKubeconfig,
} from "./kubeconfig_schema.ts";

/** One context, with the cluster and the user that it names. */
export interface ResolvedContext {
  /** Name of the context. */
  readonly name: string;
  /** Name of its cluster entry. */
  readonly clusterName: string;
  /** Its cluster. */
  readonly cluster: KubeconfigCluster;
  /** Name of its user entry; empty without one. */
  readonly userName: string;
  /** Its user; empty when it names none. */
  readonly user: KubeconfigUser;
  /** Its default namespace. */
  readonly namespace: string | undefined;
}

/**
 * Loads the kubeconfig that a command should use.
 *
 * @param list One path or several joined with the platform's separator; default `KUBECONFIG`, then `~/.kube/config`.
 * A single given path must exist; a list may have gaps.
 * @returns The merged kubeconfig, or undefined when there is none anywhere.
 * @throws {LatticeError} `not-found` for a given path that does not exist, `validation` for a malformed one,
 * `forbidden` for an unreadable one.
 */
export async function loadKubeconfig(list?: string): Promise<Kubeconfig | undefined> {
  const paths = (list ?? defaultPaths()).split(delimiter).filter((path) => path !== "");
  const files = await Promise.all([...new Set(paths)].map(readOne));
  const present = files.filter((file) => file !== undefined);
  if (present.length > 0) return mergeKubeconfigs(present);
  if (list === undefined) return undefined;
  throw new LatticeError("not-found", `Cannot find kubeconfig '${list}'`, {
    file: list,
    remedy: "give the path of an existing kubeconfig",
  });
}

/**
 * Merges kubeconfigs; earlier ones win.
 *
 * @param configs Kubeconfigs whose relative paths were made absolute.
 */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const currents = configs.map((config) => config["current-context"]);
  return {
    clusters: firstOfEach(configs.flatMap((config) => config.clusters)),
    users: firstOfEach(configs.flatMap((config) => config.users)),
    contexts: firstOfEach(configs.flatMap((config) => config.contexts)),
    "current-context": currents.find((name) => name !== undefined && name !== ""),
  };
}

/**
 * Makes the paths of a kubeconfig absolute.
 *
 * @param config The kubeconfig; it is not changed.
 * @param directory Absolute directory of its file.
 */
export function withAbsolutePaths(config: Kubeconfig, directory: string): Kubeconfig {
  const absolute = (path: string | undefined) =>
    path === undefined || path === "" || isAbsolute(path) ? path : join(directory, path);
  return {
    ...config,
    clusters: config.clusters.map((entry) => ({
      ...entry,
      cluster: {
        ...entry.cluster,
        "certificate-authority": absolute(entry.cluster["certificate-authority"]),
      },
    })),
    users: config.users.map((entry) => ({
      ...entry,
      user: {
        ...entry.user,
        "client-certificate": absolute(entry.user["client-certificate"]),
        "client-key": absolute(entry.user["client-key"]),
        tokenFile: absolute(entry.user.tokenFile),
        exec: entry.user.exec && {
          ...entry.user.exec,
          // A bare name is looked up in PATH; only a path is relative to the file.
          command: entry.user.exec.command.includes("/")
            ? absolute(entry.user.exec.command) ?? entry.user.exec.command
            : entry.user.exec.command,
        },
      },
    })),
  };
}

/**
 * Looks up a context with its cluster and user.
 *
 * @param config The kubeconfig.
 * @param wanted Name of the context; default `current-context`.
 * @throws {LatticeError} `not-found` when context, cluster or user is missing; the remedy lists the contexts.
 */
export function resolveContext(config: Kubeconfig, wanted?: string): ResolvedContext {
  const name = wanted ?? config["current-context"] ?? "";
  const remedy = `choose one of the contexts: ${
    config.contexts.map((entry) => entry.name).join(", ") || "(none)"
  }`;
  const missing = (what: string) =>
    new LatticeError("not-found", `Cannot use kubeconfig: ${what}`, { remedy });
  const entry = config.contexts.find((candidate) => candidate.name === name);
  if (!entry) throw missing(name ? `it has no context '${name}'` : "it has no current context");
  const { cluster: clusterName, user: userName = "", namespace } = entry.context;
  const cluster = config.clusters.find((candidate) => candidate.name === clusterName)?.cluster;
  if (!cluster) throw missing(`context '${name}' names the absent cluster '${clusterName}'`);
  const user = config.users.find((candidate) => candidate.name === userName)?.user;
  if (!user && userName) throw missing(`context '${name}' names the absent user '${userName}'`);
  return { name, clusterName, cluster, userName, user: user ?? {}, namespace };
}

function defaultPaths(): string {
  const list = Deno.env.get("KUBECONFIG");
  if (list) return list;
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  return home ? join(home, ".kube", "config") : "";
}

async function readOne(path: string): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new LatticeError("forbidden", `Cannot read kubeconfig '${path}'`, {
      file: path,
      remedy: "make the file readable or choose another one with --kubeconfig",
      cause: error,
    });
  }
  const directory = isAbsolute(path) ? dirname(path) : dirname(join(Deno.cwd(), path));
  return withAbsolutePaths(parseKubeconfig(text, path), directory);
}

function firstOfEach<T extends Named>(entries: readonly T[]): T[] {
  const seen = new Map<string, T>();
  for (const entry of entries) if (!seen.has(entry.name)) seen.set(entry.name, entry);
  return [...seen.values()];
}
