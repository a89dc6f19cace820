/**
 * Sends every image of every object to a mirror, and gives every pod the pull secret.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { mirrorImage, parseImage } from "./images.ts";
import { PULL_SECRET } from "./pull_secret.ts";

/** Registries that charts also name in arguments, environment variables and configuration files. */
const KNOWN_REGISTRIES: readonly string[] = [
  "docker.io",
  "gcr.io",
  "ghcr.io",
  "public.ecr.aws",
  "quay.io",
  "registry.istio.io",
  "registry.k8s.io",
];

/** Paths to the pod specs of a kind. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  ReplicationController: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
  PodTemplate: ["template", "spec"],
};

/** Kinds whose fields called `image` are data or a schema; only their texts are looked through. */
const DATA_KINDS: ReadonlySet<string> = new Set(["ConfigMap", "Secret"]);

type Tree = { [key: string]: unknown };

/**
 * Sends all images of some objects to a mirror: fields named `image` anywhere (containers of every sort, custom
 * resources), image volumes, and registries named in any text, such as arguments and the configuration of
 * Istio's injector.
 *
 * @param objects the objects; left as they are
 * @param mirror a checked mirror
 * @returns copies
 */
export function mirrorObjects(objects: readonly KubeObject[], mirror: string): KubeObject[] {
  const registries = new Set([...KNOWN_REGISTRIES, ...registriesOf(objects)]);
  const inText = textPattern(registries, mirror);
  return objects.map((object) => {
    // A definition's texts are its documentation; it runs nothing.
    if (object.kind === "CustomResourceDefinition") return object;
    const hasImages = !DATA_KINDS.has(object.kind);
    const rewrite = (key: string, text: string): string => {
      if (hasImages && isImageKey(key, text)) return mirrorImage(text, mirror);
      return text.replaceAll(inText, `${mirror}/`);
    };
    return mapTexts(object, rewrite) as KubeObject;
  });
}

/**
 * Names the registries that the images of some objects come from.
 *
 * @param objects the objects
 * @returns each registry once, sorted
 */
export function registriesOf(objects: readonly KubeObject[]): string[] {
  const found = new Set<string>();
  for (const object of objects) {
    if (object.kind === "CustomResourceDefinition" || DATA_KINDS.has(object.kind)) continue;
    mapTexts(object, (key, text) => {
      const image = isImageKey(key, text) ? parseImage(text) : undefined;
      if (image) found.add(image.registry);
      return text;
    });
  }
  return [...found].sort();
}

/**
 * The pod spec of an object that makes pods.
 *
 * @param object any object
 * @returns its pod spec, or undefined
 */
export function podSpecOf(object: KubeObject): Tree | undefined {
  const path = POD_SPECS[object.kind];
  if (path === undefined) return undefined;
  const found = path.reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], object);
  return typeof found === "object" && found !== null ? found as Tree : undefined;
}

/**
 * Gives every pod of some objects the pull secret.
 *
 * @param objects the objects; left as they are
 * @returns copies
 */
export function withPullSecret(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map((object) => {
    if (podSpecOf(object) === undefined) return object;
    const copy = structuredClone(object);
    const spec = podSpecOf(copy);
    const present = spec?.["imagePullSecrets"];
    const secrets = Array.isArray(present) ? present as Tree[] : [];
    if (spec && !secrets.some(({ name }) => name === PULL_SECRET)) {
      spec["imagePullSecrets"] = [...secrets, { name: PULL_SECRET }];
    }
    return copy;
  });
}

// `reference` is the image of an image volume; elsewhere the word means other things.
function isImageKey(key: string, text: string): boolean {
  return key === "image" || (key === "image.reference" && text !== "");
}

function mapTexts(
  value: unknown,
  rewrite: (key: string, text: string) => string,
  key = "",
  parent = "",
): unknown {
  if (typeof value === "string") {
    return rewrite(key === "reference" ? `${parent}.${key}` : key, value);
  }
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, rewrite, key, parent));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapTexts(item, rewrite, name, key)]),
  );
}

// A registry is only meant where nothing before it makes it part of a longer name or of a URL.
function textPattern(registries: Iterable<string>, mirror: string): RegExp {
  const hosts = [...registries].filter((host) => !mirror.startsWith(`${host}/`) && host !== mirror)
    .map((host) => host.replaceAll(/[.[\]]/g, "\\$&"));
  return new RegExp(`(?<![\\w.\\-/@:])(?:${hosts.join("|")})/(?=[a-z0-9])`, "g");
}
