/**
 * Charts from the repositories of their projects.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import type { ChartName, ManifestName } from "../bundle/types.ts";
import { HELM_TIMEOUT_MS, runHelm } from "./helm.ts";
import { CHART_REPOSITORIES, MANIFEST_URLS } from "./repositories.ts";
import { type ChartSource, MissingChartError, type Wanted } from "./source.ts";

/** How charts are fetched. */
export interface RepositoryOptions {
  /** Path of helm. */
  readonly helm: string;
  /** Folder that keeps what was fetched; made when it is absent. */
  readonly cacheDir: string;
  /** Environment for helm: proxies and certificate authorities. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Where else charts are published: a mirror. Default: where their projects publish them. */
  readonly repositories?: Readonly<Partial<Record<ChartName, string>>> | undefined;
  /** Milliseconds for each. Default: 120,000. */
  readonly timeoutMs?: number | undefined;
}

/** Largest file of objects, in bytes. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * Charts from their projects, each fetched once.
 *
 * @param options helm, cache, environment
 * @returns the source
 */
export function repositorySource(options: RepositoryOptions): ChartSource {
  return {
    locate: async (wanted, { signal } = {}) => {
      const cacheDir = resolve(options.cacheDir);
      const target = join(cacheDir, fileName(wanted));
      if (await exists(target)) return target;
      await Deno.mkdir(cacheDir, { recursive: true });
      // Fetched beside its place and renamed: nobody ever sees half of one.
      const staging = await Deno.makeTempDir({ dir: cacheDir, prefix: ".fetch-" });
      try {
        const fetched = wanted.part === "chart"
          ? await pull(wanted, staging, options, signal)
          : await download(wanted, staging, options, signal);
        await Deno.rename(fetched, target);
        return target;
      } finally {
        await Deno.remove(staging, { recursive: true });
      }
    },
  };
}

function fileName({ part, name, version }: Wanted): string {
  return part === "chart" ? `${name}-${version}.tgz` : `${name}-v${version}.yaml`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * The command line that fetches a chart.
 *
 * @param name the chart
 * @param version its version
 * @param repository where it is published, as in {@linkcode CHART_REPOSITORIES}
 * @param destination folder for the archive
 * @returns arguments of helm
 */
export function pullArgs(
  name: ChartName,
  version: string,
  repository: string,
  destination: string,
): string[] {
  const from = repository.startsWith("oci:") ? [repository] : [name, "--repo", repository];
  return ["pull", ...from, "--version", version, "--destination", destination];
}

async function pull(
  wanted: Wanted,
  staging: string,
  options: RepositoryOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = wanted.name as ChartName;
  const repository = options.repositories?.[name] ?? CHART_REPOSITORIES[name];
  try {
    await runHelm({
      helm: options.helm,
      args: pullArgs(name, wanted.version, repository, staging),
      env: options.env,
      what: `fetch the chart "${name}" ${wanted.version}`,
      timeoutMs: options.timeoutMs,
      signal,
    });
  } catch (cause) {
    if (isOurs(cause)) throw cause;
    throw absent(wanted, repository, cause);
  }
  for await (const entry of Deno.readDir(staging)) {
    if (entry.name.endsWith(".tgz")) return join(staging, basename(entry.name));
  }
  throw absent(wanted, repository);
}

function absent(wanted: Wanted, place: string, cause?: unknown): MissingChartError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new MissingChartError(wanted, `at ${place}${why}`, cause);
}

// An interruption, or no helm at all, says nothing about the chart.
function isOurs(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "interrupted" || code === "prerequisite";
}

async function download(
  wanted: Wanted,
  staging: string,
  options: RepositoryOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const url = MANIFEST_URLS[wanted.name as ManifestName].replace("VERSION", wanted.version);
  const deadline = AbortSignal.timeout(options.timeoutMs ?? HELM_TIMEOUT_MS);
  const path = join(staging, "manifest.yaml");
  try {
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const text = await response.text();
    if (text.length > MAX_MANIFEST_BYTES) throw new Error("the file is too large");
    await Deno.writeTextFile(path, text);
    return path;
  } catch (cause) {
    signal?.throwIfAborted();
    throw absent(wanted, url, cause);
  }
}
