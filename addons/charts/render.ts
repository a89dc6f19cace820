/**
 * Renders a bundle.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { LatticeError, PrerequisiteError } from "@lattice/api/errors";
import { meta, namespaceObject } from "../bundle/objects.ts";
import type { AddonPart, Bundle, BundleItem, RegistryOptions } from "../bundle/types.ts";
import { checkMirror } from "./images.ts";
import { mirrorObjects, podSpecOf, withPullSecret } from "./mirror.ts";
import { PULL_SECRET } from "./pull_secret.ts";
import { type ChartSource, MISSING_REMEDY, MissingChartError, type Wanted } from "./source.ts";
import { parseObjects, renderChart } from "./template.ts";

/** How a bundle is rendered. */
export interface RenderBundleOptions {
  /** Where charts come from. */
  readonly source: ChartSource;
  /** Finds helm; asked only when a chart is to be rendered. */
  readonly helm: () => Promise<string>;
  /** Milliseconds for each chart. Default: 120,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** One addon, rendered. */
export interface RenderedItem {
  /** Name of the addon. */
  readonly name: string;
  /** Its objects, in the order in which they are applied. */
  readonly objects: readonly KubeObject[];
}

/** A bundle, rendered. */
export interface RenderedBundle {
  /** Name of the cluster. */
  readonly cluster: string;
  /** The addons, in the order in which they are applied. */
  readonly items: readonly RenderedItem[];
}

/** Namespaces that every cluster has. */
const PRESENT: ReadonlySet<string> = new Set(["default", "kube-public", "kube-system"]);

/**
 * Renders every chart of a bundle and sends all images to the mirror. The same bundle always renders to the same
 * objects.
 *
 * @param bundle what to render
 * @param options charts, helm, deadline
 * @returns the objects of each addon
 * @throws {PrerequisiteError} when charts or helm are missing; it names all of them
 * @throws {LatticeError} when a chart cannot be rendered, or two addons bring the same object
 */
export async function renderBundle(
  bundle: Bundle,
  options: RenderBundleOptions,
): Promise<RenderedBundle> {
  const paths = await locateAll(bundle, options);
  const helm = needsHelm(bundle) ? await options.helm() : "";
  const items: RenderedItem[] = [];
  for (const item of bundle.items) {
    const objects: KubeObject[] = [];
    for (const part of item.parts) {
      objects.push(...await renderPart(part, item, bundle, { ...options, paths, helm }));
    }
    items.push({ name: item.name, objects: withNamespace(objects, item.namespace) });
  }
  const rendered = throughRegistry(items, bundle.registry);
  refuseTwice(rendered);
  return { cluster: bundle.cluster, items: rendered };
}

function needsHelm(bundle: Bundle): boolean {
  return bundle.items.some(({ parts }) => parts.some(({ part }) => part === "chart"));
}

function wantedOf(part: AddonPart): Wanted | undefined {
  if (part.part === "objects") return undefined;
  const name = part.part === "chart" ? part.chart : part.manifest;
  return { part: part.part, name, version: part.version };
}

// All of them are looked for before any is rendered, so that one message tells everything that is missing.
async function locateAll(
  bundle: Bundle,
  { source, signal }: RenderBundleOptions,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  const missing: MissingChartError[] = [];
  for (const part of bundle.items.flatMap(({ parts }) => parts)) {
    const wanted = wantedOf(part);
    if (wanted === undefined || paths.has(wanted.name)) continue;
    try {
      paths.set(wanted.name, await source.locate(wanted, { signal }));
    } catch (error) {
      if (!(error instanceof MissingChartError)) throw error;
      missing.push(error);
    }
  }
  const [first] = missing;
  if (first === undefined) return paths;
  if (missing.length === 1) throw first;
  throw new PrerequisiteError(`There is no ${missing.map(({ what }) => what).join(", no ")}`, {
    remedy: MISSING_REMEDY,
    cause: first,
  });
}

interface PartOptions extends Pick<RenderBundleOptions, "timeoutMs" | "signal"> {
  readonly paths: ReadonlyMap<string, string>;
  readonly helm: string;
}

async function renderPart(
  part: AddonPart,
  item: BundleItem,
  bundle: Bundle,
  { paths, helm, timeoutMs, signal }: PartOptions,
): Promise<KubeObject[]> {
  if (part.part === "objects") return [...part.objects];
  const path = paths.get(wantedOf(part)?.name ?? "") ?? "";
  if (part.part === "manifest") {
    return parseObjects(await Deno.readTextFile(path), `"${path}"`);
  }
  const { namespace } = item;
  const { kubernetes } = bundle;
  return await renderChart(part, { helm, path, namespace, kubernetes, timeoutMs, signal });
}

// The first addon of a namespace brings it, unless its objects do.
function withNamespace(objects: readonly KubeObject[], name: string): KubeObject[] {
  const isThere = PRESENT.has(name) ||
    objects.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === name) ||
    !objects.some(({ metadata }) => metadata.namespace === name);
  return isThere ? [...objects] : [namespaceObject(name), ...objects];
}

function throughRegistry(
  items: readonly RenderedItem[],
  { mirror, pullSecret }: RegistryOptions,
): RenderedItem[] {
  const checked = mirror === undefined ? undefined : checkMirror(mirror);
  const namespaces = new Set<string>();
  const secrets = new Set<string>();
  return items.map(({ name, objects }) => {
    let result = objects.filter((object) => isNew(object, namespaces));
    if (checked !== undefined) result = mirrorObjects(result, checked);
    if (pullSecret) result = withPullSecret(result);
    const config = pullSecret?.dockerConfigJson;
    if (config !== undefined) result = withSecrets(result, secrets, config);
    return { name, objects: result };
  });
}

// Several addons may share a namespace.
function isNew({ kind, metadata }: KubeObject, namespaces: Set<string>): boolean {
  if (kind !== "Namespace") return true;
  const isKnown = namespaces.has(metadata.name);
  namespaces.add(metadata.name);
  return !isKnown;
}

function withSecrets(
  objects: readonly KubeObject[],
  present: Set<string>,
  dockerConfigJson: string,
): KubeObject[] {
  const wanted = new Set(
    objects.filter((object) => podSpecOf(object)).map(({ metadata }) => metadata.namespace ?? ""),
  );
  const secrets = [...wanted].filter((namespace) => !present.has(namespace)).map((namespace) => {
    present.add(namespace);
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: meta(PULL_SECRET, namespace),
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": new TextEncoder().encode(dockerConfigJson).toBase64() },
    };
  });
  const isNamespace = ({ kind }: KubeObject): boolean => kind === "Namespace";
  return [
    ...objects.filter(isNamespace),
    ...secrets,
    ...objects.filter((object) => !isNamespace(object)),
  ];
}

// Two addons that write one object would undo each other's work forever.
function refuseTwice(items: readonly RenderedItem[]): void {
  const owners = new Map<string, string>();
  for (const { name, objects } of items) {
    for (const { apiVersion, kind, metadata } of objects) {
      const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
      const key = [group, kind, metadata.namespace, metadata.name].join("/");
      const owner = owners.get(key);
      if (owner !== undefined) {
        throw new LatticeError(
          "internal",
          `Both "${owner}" and "${name}" bring ${kind} ${metadata.name}`,
        );
      }
      owners.set(key, name);
    }
  }
}
