/**
 * What a new cluster gets beside its machines: the bundle of addons, rendered with the charts and the helm of this
 * machine.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import {
  ADDON_NAMES,
  type Bundle,
  type BundleOptions,
  type ChartSource,
  describeBundle,
  folderSource,
  noHelm,
  renderBundle,
  type RenderedBundle,
  repositorySource,
} from "@lattice/addons";
import { type LatticeCluster, nearestName } from "@lattice/api";
import { LatticeError, UsageError } from "@lattice/api/errors";
import { versions } from "@lattice/providers";
import { locateSet } from "../../tools/locate.ts";
import type { Io } from "../io.ts";

/** What is asked of the bundle. */
export interface AddonsRequest extends Omit<BundleOptions, "versions"> {
  /** Names of the only addons that are wanted. Default: all that the cluster gets. */
  readonly only?: readonly string[] | undefined;
}

/** Variables that helm needs to reach a repository. */
const NETWORK_VARIABLES = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
] as const;

/**
 * Renders the addons of a cluster. Charts come from the folder that `LATTICE_CHARTS_DIR` names, else from their
 * projects' repositories, images from the mirror `LATTICE_REGISTRY_MIRROR` unless the request names one; helm is the one that `LATTICE_HELM` names, else the one that the set-up built, else that of
 * the `PATH`.
 *
 * @param cluster A valid cluster.
 * @param request Image, registry, credentials, selection.
 * @param io The world.
 * @returns The objects of each addon, in the order in which they are applied.
 * @throws {UsageError} For a name in `only` that is no addon of the cluster.
 * @throws {LatticeError} `prerequisite` when helm or charts are missing.
 */
export async function renderAddons(
  cluster: LatticeCluster,
  request: AddonsRequest,
  io: Io,
): Promise<RenderedBundle> {
  const { only, ...options } = request;
  const mirror = options.registry?.mirror ?? io.env("LATTICE_REGISTRY_MIRROR");
  const registry = { ...options.registry, mirror };
  const bundle = describeBundle(cluster, { ...options, registry, versions });
  const selected = only === undefined ? bundle : select(bundle, only);
  const helm = (): Promise<string> => findHelm(io);
  return await renderBundle(selected, { source: chartSource(io, helm), helm, signal: io.signal });
}

function select(bundle: Bundle, only: readonly string[]): Bundle {
  const own = bundle.items.map(({ name }) => name);
  for (const name of only) {
    if (own.includes(name)) continue;
    const nearest = nearestName(name, ADDON_NAMES);
    throw new UsageError(
      ADDON_NAMES.includes(name)
        ? `The cluster "${bundle.cluster}" does not get the addon "${name}"`
        : `There is no addon "${name}"${nearest ? `; did you mean "${nearest}"` : ""}`,
      { field: "--only", remedy: `write one of ${own.join(", ")}` },
    );
  }
  return { ...bundle, items: bundle.items.filter(({ name }) => only.includes(name)) };
}

// Helm is only looked for when a chart has to be fetched.
function chartSource(io: Io, helm: () => Promise<string>): ChartSource {
  const dir = io.env("LATTICE_CHARTS_DIR");
  if (dir !== undefined) return folderSource(dir);
  const env = Object.fromEntries(
    NETWORK_VARIABLES.flatMap((name) => {
      const value = io.env(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return {
    locate: async (wanted, options) =>
      await repositorySource({ helm: await helm(), cacheDir: cacheDir(io), env })
        .locate(wanted, options),
  };
}

function cacheDir(io: Io): string {
  const home = io.env("HOME");
  const cache = io.env("XDG_CACHE_HOME") ?? (home === undefined ? undefined : join(home, ".cache"));
  if (cache !== undefined) return join(cache, "lattice", "charts");
  throw new LatticeError("prerequisite", "Cannot tell where fetched charts are kept", {
    remedy: "set XDG_CACHE_HOME or HOME, or name a folder of charts by LATTICE_CHARTS_DIR",
  });
}

/**
 * Finds helm: the one that `LATTICE_HELM` names, else the one that the set-up built, else that of the `PATH`.
 *
 * @param io The world.
 * @returns Its path.
 * @throws {PrerequisiteError} When there is none.
 */
export async function findHelm(io: Pick<Io, "env">): Promise<string> {
  const named = io.env("LATTICE_HELM");
  if (named !== undefined) return named;
  const built = await locateSet("helm").catch((error: unknown) => {
    if (error instanceof LatticeError && error.code === "prerequisite") return undefined;
    throw error;
  });
  if (built !== undefined) return built.bin("helm");
  for (const dir of (io.env("PATH") ?? "").split(delimiter).filter((one) => one !== "")) {
    const path = join(dir, "helm");
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile) return path;
  }
  throw noHelm("neither LATTICE_HELM, nor the components, nor PATH has one");
}
