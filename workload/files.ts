/**
 * Files of a container: text and bytes in a ConfigMap, text with secrets in it in a Secret.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { makeObject } from "./objects.ts";
import { lookupIn } from "./outputs.ts";
import { renderSecretTexts } from "./secrets.ts";
import { type Part, renderTemplate, type TemplateMode } from "./template.ts";
import { derivedName, fingerprint, sortedEntries } from "./text.ts";
import type { Container, Rendering } from "./types.ts";

/** Most bytes that the files of one container may have: what an API server takes for an object, less some room. */
const MAX_BYTES = 1_000_000;

/** Files of a container. */
export interface Files {
  /** ConfigMap and ExternalSecret with their content. */
  readonly objects: readonly KubeObject[];
  /** `volumes` of the pod. */
  readonly volumes: readonly Record<string, unknown>[];
  /** `volumeMounts` of the container, one a file. */
  readonly mounts: readonly Record<string, unknown>[];
}

interface Content {
  readonly path: string;
  readonly key: string;
  readonly mode: number | undefined;
  readonly parts: readonly Part[];
  readonly binary?: string;
}

/**
 * Renders the files of a container.
 *
 * @param rendering the service
 * @param name name of the container
 * @param container the container
 * @param field path of the container
 */
export function renderFiles(
  rendering: Rendering,
  name: string,
  container: Container,
  field: string,
): Files {
  const all = sortedEntries(container.files).flatMap(([path]) =>
    contentOf(rendering, container, path, `${field}.files.${path}`)
  );
  checkSize(rendering, all, `${field}.files`);
  const secret = all.filter(({ parts }) => parts.some((part) => typeof part === "object"));
  const plain = all.filter((content) => !secret.includes(content));
  return merge([
    plain.length === 0 ? undefined : plainFiles(rendering, name, plain),
    secret.length === 0 ? undefined : secretFiles(rendering, name, secret),
  ]);
}

function contentOf(
  rendering: Rendering,
  container: Container,
  path: string,
  field: string,
): Content[] {
  const file = container.files[path];
  if (file === undefined) return [];
  const { findings } = rendering;
  if (file.content === undefined && file.binaryContent === undefined) {
    const remedy = "write the text as content, or the bytes as binaryContent in base64";
    findings.block(`${field}.source`, "is not supported: a cluster cannot read it", remedy);
    return [];
  }
  const mode: TemplateMode = file.noExpand ? "verbatim" : file.reverseExpand ? "reverse" : "expand";
  const text = renderTemplate(file.content ?? "", lookupIn(rendering), mode);
  text.problems.forEach(({ reason, remedy }) => findings.block(`${field}.content`, reason, remedy));
  return [{
    path,
    key: keyOf(path),
    mode: file.mode === undefined ? undefined : parseInt(file.mode, 8),
    parts: text.parts,
    ...(file.content === undefined && { binary: file.binaryContent ?? "" }),
  }];
}

function checkSize({ findings }: Rendering, all: readonly Content[], field: string): void {
  const encoder = new TextEncoder();
  const texts = all.flatMap(({ binary, parts }) =>
    binary ?? parts.filter((part) => typeof part === "string")
  );
  const bytes = texts.reduce((sum, text) => sum + encoder.encode(text).length, 0);
  if (bytes <= MAX_BYTES) return;
  const remedy = `keep them below ${MAX_BYTES}, or put them on a volume`;
  findings.block(field, `are ${bytes} bytes long together`, remedy);
}

function plainFiles(rendering: Rendering, container: string, all: readonly Content[]): Files {
  const name = derivedName(rendering.name, container, "files");
  const text = all.filter(({ binary }) => binary === undefined);
  const binary = all.filter((content) => content.binary !== undefined);
  const config = makeObject(rendering, {
    apiVersion: "v1",
    kind: "ConfigMap",
    name,
    body: {
      data: text.length === 0
        ? undefined
        : Object.fromEntries(text.map(({ key, parts }) => [key, parts.join("")])),
      binaryData: binary.length === 0
        ? undefined
        : Object.fromEntries(binary.map((content) => [content.key, content.binary])),
    },
  });
  const volume = `files-${fingerprint(container)}`;
  return {
    objects: [config],
    volumes: [{ name: volume, configMap: { name, items: items(all) } }],
    mounts: mounts(volume, all),
  };
}

function secretFiles(rendering: Rendering, container: string, all: readonly Content[]): Files {
  const name = derivedName(rendering.name, container, "secret-files");
  const texts = Object.fromEntries(all.map(({ key, parts }) => [key, parts]));
  const object = renderSecretTexts(rendering, name, texts);
  const volume = `secret-files-${fingerprint(container)}`;
  return {
    objects: object === undefined ? [] : [object],
    volumes: [{ name: volume, secret: { secretName: name, items: items(all) } }],
    mounts: mounts(volume, all),
  };
}

function items(all: readonly Content[]): Record<string, unknown>[] {
  return all.map(({ key, mode }) => ({ key, path: key, ...(mode !== undefined && { mode }) }));
}

function mounts(volume: string, all: readonly Content[]): Record<string, unknown>[] {
  return all.map(({ path, key }) => ({
    name: volume,
    mountPath: path,
    subPath: key,
    readOnly: true,
  }));
}

// Two paths may end alike, and ConfigMaps do not take every character.
function keyOf(path: string): string {
  const base = path.slice(path.lastIndexOf("/") + 1).replace(/[^A-Za-z0-9._-]/g, "-");
  return `${fingerprint(path)}-${base.slice(0, 100)}`;
}

function merge(all: readonly (Files | undefined)[]): Files {
  const there = all.filter((each) => each !== undefined);
  return {
    objects: there.flatMap(({ objects }) => objects),
    volumes: there.flatMap(({ volumes }) => volumes),
    mounts: there.flatMap((each) => each.mounts),
  };
}
