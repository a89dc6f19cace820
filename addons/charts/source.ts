/**
 * Where charts come from.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { PrerequisiteError } from "@lattice/api/errors";
import { parse } from "yaml";
import { z } from "zod";
import type { ChartName, ManifestName } from "../bundle/types.ts";

/** Something that a source has to have: a chart, or a file of plain objects. */
export interface Wanted {
  /** Which of the two. */
  readonly part: "chart" | "manifest";
  /** Its name. */
  readonly name: ChartName | ManifestName;
  /** Its version. */
  readonly version: string;
}

/** Where charts and files of objects come from. */
export interface ChartSource {
  /**
   * Finds one of them.
   *
   * @param wanted what is looked for
   * @param options signal
   * @returns path of a chart's folder or archive, or of a YAML file
   * @throws {MissingChartError} when it is not there; the error names it, its version and where it was looked for
   */
  locate(wanted: Wanted, options?: { readonly signal?: AbortSignal | undefined }): Promise<string>;
}

const chartFile = z.looseObject({ name: z.string(), version: z.string() });

/**
 * Charts in a folder, for machines without a way out: `NAME/` or `NAME-VERSION.tgz` for a chart,
 * `NAME-vVERSION.yaml` for a file of objects.
 *
 * @param dir the folder
 * @returns the source
 */
export function folderSource(dir: string): ChartSource {
  return {
    locate: async (wanted) => {
      // Helm runs elsewhere, where a relative path would lead elsewhere.
      const root = resolve(dir);
      for (const name of fileNames(wanted)) {
        const path = join(root, name);
        const info = await stat(path);
        if (info?.isDirectory) return await checkedChart(path, wanted);
        if (info?.isFile) return path;
      }
      const bare = wanted.version.replace(/^v/, "");
      const names = wanted.part === "chart"
        ? `${wanted.name}/ or ${wanted.name}-${bare}.tgz`
        : `${wanted.name}-v${bare}.yaml`;
      throw new MissingChartError(wanted, `in "${root}" (${names})`);
    },
  };
}

// Some charts write their version with a `v`, and files are named either way.
function fileNames({ part, name, version }: Wanted): string[] {
  const bare = version.replace(/^v/, "");
  return part === "manifest"
    ? [`${name}-v${bare}.yaml`, `${name}-${bare}.yaml`]
    : [name, `${name}-${bare}.tgz`, `${name}-v${bare}.tgz`];
}

async function stat(path: string): Promise<Deno.FileInfo | undefined> {
  return await Deno.stat(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  });
}

// Nothing in the name of a folder says which version it holds.
async function checkedChart(path: string, wanted: Wanted): Promise<string> {
  const text = await Deno.readTextFile(join(path, "Chart.yaml")).catch(() => undefined);
  if (text === undefined) {
    throw new MissingChartError(wanted, `in "${path}", which has no Chart.yaml`);
  }
  const chart = chartFile.safeParse(parse(text, { version: "1.1" }));
  const version = chart.success ? chart.data.version : "none";
  if (version.replace(/^v/, "") === wanted.version.replace(/^v/, "")) return path;
  throw new MissingChartError(wanted, `in "${path}", which has version ${version}`);
}

/** A source does not have something. */
export class MissingChartError extends PrerequisiteError {
  /** Class name, for logs. */
  override readonly name: string = "MissingChartError";
  /** What is missing and where it was looked for, e.g. `chart "cilium" 1.18.5 in "/charts" (…)`. */
  readonly what: string;

  /**
   * Makes the error.
   *
   * @param wanted what was looked for
   * @param where where, and why it is not there
   * @param cause the error that caused this one
   */
  constructor({ part, name, version }: Wanted, where: string, cause?: unknown) {
    const what = `${part === "chart" ? "chart" : "file"} "${name}" ${version} ${where}`;
    super(`There is no ${what}`, { remedy: MISSING_REMEDY, cause });
    this.what = what;
  }
}

/** What to do about missing charts. */
export const MISSING_REMEDY =
  "put it there, or name a folder of charts by LATTICE_CHARTS_DIR (docs/addons.md)";
