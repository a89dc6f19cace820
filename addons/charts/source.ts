/**
 * Where charts come from.
 *
 * @module
 */
import { join } from "node:path";
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
   * @throws {PrerequisiteError} when it is not there; the error names it, its version and where it was looked for
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
      const names = fileNames(wanted);
      for (const name of names) {
        const path = join(dir, name);
        const info = await stat(path);
        if (info?.isDirectory) return await checkedChart(path, wanted);
        if (info?.isFile) return path;
      }
      throw missing(wanted, names.map((name) => join(dir, name)));
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
  const file = join(path, "Chart.yaml");
  const text = await Deno.readTextFile(file).catch(() => undefined);
  if (text === undefined) throw missing(wanted, [file]);
  const chart = chartFile.safeParse(parse(text, { version: "1.1" }));
  const version = chart.success ? chart.data.version : "no version";
  if (version.replace(/^v/, "") === wanted.version.replace(/^v/, "")) return path;
  throw new PrerequisiteError(
    `The chart "${wanted.name}" in "${path}" has version ${version}, wanted is ${wanted.version}`,
    { remedy: `put version ${wanted.version} there, or name another folder by LATTICE_CHARTS_DIR` },
  );
}

/**
 * The error for something that a source does not have.
 *
 * @param wanted what was looked for
 * @param places where
 * @param cause why not
 * @returns the error
 */
export function missing(
  { part, name, version }: Wanted,
  places: readonly string[],
  cause?: unknown,
): PrerequisiteError {
  const what = part === "chart" ? "chart" : "file of objects";
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new PrerequisiteError(
    `There is no ${what} "${name}" of version ${version}; looked for ${places.join(", ")}${why}`,
    { remedy: "put it there, or name a folder that has it by LATTICE_CHARTS_DIR", cause },
  );
}
