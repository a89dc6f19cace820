/**
 * Copies Helm charts out of the folders of Go modules, in the form that a release would have.
 *
 * @module
 */
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { readYamlDocuments, readYamlFolder } from "../manifest_source.ts";
import { copyFolder } from "../patch.ts";
import type { ChartFolder } from "./recipe.ts";

/** The part of a Chart.yaml that a release changes. */
const chartSchema = z.looseObject({
  version: z.string(),
  dependencies: z.array(z.looseObject({ name: z.string() })).optional(),
});

/**
 * Writes a chart.
 *
 * @param chart which one
 * @param folder folder of its module
 * @param target where the chart goes
 * @param signal stops it
 * @throws {Error} when the module does not contain the chart
 */
export async function writeChart(
  chart: ChartFolder,
  folder: string,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  await copyFolder(join(folder, chart.from), target, signal);
  if (chart.crds) await addCrds(join(folder, chart.crds.from), chart.crds.when, target);
  await release(target, chart.version);
}

/** Text of a CRD may hold braces that are meant for its reader, not for Helm. */
async function addCrds(from: string, when: string, target: string): Promise<void> {
  const crds = (await readYamlFolder(from)).filter((o) => o.kind === "CustomResourceDefinition");
  const folder = join(target, "templates", "crds");
  await Deno.mkdir(folder, { recursive: true });
  for (const crd of crds) {
    const text = stringify(crd).replaceAll("{{", '{{ "{{" }}');
    const file = join(folder, `${crd.metadata.name}.yaml`);
    await Deno.writeTextFile(file, `{{- if ${when} }}\n${text}{{- end }}\n`);
  }
}

/**
 * Writes the version where the source has a placeholder, as the project's release tool does.
 * Dependencies that the source does not hold are optional ones: Helm would refuse the chart.
 */
async function release(target: string, version: string | undefined): Promise<void> {
  const path = join(target, "Chart.yaml");
  const template = join(target, "Chart.template.yaml");
  if (await exists(template)) await Deno.rename(template, path);
  const { dependencies = [], ...chart } = chartSchema.parse((await readYamlDocuments(path))[0]);
  const present = [];
  for (const dependency of dependencies) {
    if (await exists(join(target, "charts", dependency.name))) present.push(dependency);
  }
  const versions = version === undefined ? {} : { version, appVersion: version };
  const dependent = present.length === 0 ? {} : { dependencies: present };
  await Deno.writeTextFile(path, stringify({ ...chart, ...versions, ...dependent }));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
