/**
 * References of container images, and what they become behind a mirror.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";

/** A reference, taken apart. */
export interface ImageReference {
  /** Registry with optional port; Docker Hub when the reference names none. */
  readonly registry: string;
  /** Path in the registry, without tag. */
  readonly repository: string;
  /** Tag, if any. */
  readonly tag?: string | undefined;
  /** Digest, e.g. `sha256:…`, if any. */
  readonly digest?: string | undefined;
}

/** The registry of references that name none. */
export const DOCKER_HUB = "docker.io";
/** Where Docker Hub keeps repositories without an owner. */
const OFFICIAL = "library";

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = `${COMPONENT}(?:/${COMPONENT})*`;
const HOST_PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const HOST = `(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`;
const REFERENCE = new RegExp(
  `^(?:(?<host>${HOST})/)?(?<path>${PATH})(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][A-Za-z0-9+._-]*:[0-9a-fA-F]{32,}))?$`,
);
const MIRROR = new RegExp(`^${HOST}(?:/${PATH})?$`);

/**
 * Reads a reference as container runtimes do: the first part is a registry when it has a dot or a port, is
 * `localhost`, or has upper-case letters; without one it is Docker Hub's, and a single word is an official image.
 *
 * @param text e.g. `busybox`, `quay.example/cilium/cilium:v1@sha256:…`
 * @returns its parts, or undefined when it is not a reference
 */
export function parseImage(text: string): ImageReference | undefined {
  const { host, path, tag, digest } = REFERENCE.exec(text)?.groups ?? {};
  if (path === undefined) return undefined;
  const isRegistry = host !== undefined &&
    (/[.:]/.test(host) || host === "localhost" || host !== host.toLowerCase());
  if (isRegistry) {
    const registry = host === `index.${DOCKER_HUB}` ? DOCKER_HUB : host;
    return { registry, repository: official(registry, path), tag, digest };
  }
  const full = host === undefined ? path : `${host}/${path}`;
  return { registry: DOCKER_HUB, repository: official(DOCKER_HUB, full), tag, digest };
}

function official(registry: string, path: string): string {
  return registry === DOCKER_HUB && !path.includes("/") ? `${OFFICIAL}/${path}` : path;
}

/**
 * Writes a reference in full.
 *
 * @param image its parts
 * @returns the text
 */
export function formatImage({ registry, repository, tag, digest }: ImageReference): string {
  const named = tag === undefined ? "" : `:${tag}`;
  const fixed = digest === undefined ? "" : `@${digest}`;
  return `${registry}/${repository}${named}${fixed}`;
}

/**
 * The same image behind a mirror: the mirror takes the place of the registry, path, tag and digest stay.
 *
 * @param text a reference
 * @param mirror a checked mirror ({@linkcode checkMirror})
 * @returns the reference at the mirror; the text itself when it is there already or is no reference
 */
export function mirrorImage(text: string, mirror: string): string {
  if (text.startsWith(`${mirror}/`)) return text;
  const image = parseImage(text);
  return image === undefined ? text : formatImage({ ...image, registry: mirror });
}

/**
 * Checks the address of a mirror.
 *
 * @param mirror registry with optional port and path
 * @returns the same, without slashes at the end
 * @throws {LatticeError} `validation` when it is a URL or otherwise no registry
 */
export function checkMirror(mirror: string): string {
  const bare = mirror.replace(/\/+$/, "");
  if (MIRROR.test(bare)) return bare;
  throw new LatticeError("validation", `"${mirror}" is not the address of a registry`, {
    field: "registry mirror",
    remedy: "write host, optional port and optional path, such as mirror.example.com:5000/k8s",
  });
}
