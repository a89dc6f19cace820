/**
 * Containers of a pod.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { renderEnvironment } from "./environment.ts";
import { renderFiles } from "./files.ts";
import { securityOf } from "./security.ts";
import { compact, sortedEntries } from "./text.ts";
import type { Container, Rendering } from "./types.ts";
import { mountsOf, type Volume } from "./volumes.ts";

/** A rendered container and what has to be there for it. */
export interface RenderedContainer {
  /** The container, as pods have it. */
  readonly container: Record<string, unknown>;
  /** ConfigMaps and the like. */
  readonly objects: readonly KubeObject[];
  /** Volumes of the pod. */
  readonly volumes: readonly Record<string, unknown>[];
}

/** What a container is besides its own fields. */
export interface ContainerRole {
  /** Name of the container. */
  readonly name: string;
  /** Path of the container. */
  readonly field: string;
  /** Whether it serves the ports of the service. */
  readonly serves: boolean;
  /** Whether it runs to its end before the others start; probes make no sense then. */
  readonly init: boolean;
}

/**
 * Renders a container.
 *
 * @param rendering the service
 * @param source the container as it was written
 * @param role what it is
 * @param volumes volumes of the service
 */
export function renderContainer(
  rendering: Rendering,
  source: Container,
  role: ContainerRole,
  volumes: readonly Volume[],
): RenderedContainer {
  const { name, field } = role;
  const environment = renderEnvironment(rendering, name, source, field);
  const files = renderFiles(rendering, name, source, field);
  const mounts = [...mountsOf(rendering, source, field, volumes), ...files.mounts];
  const config = environment.config?.metadata.name;
  const container = compact({
    name,
    image: imageOf(rendering, source, role),
    command: source.command,
    args: source.args,
    ports: role.serves ? portsOf(rendering) : undefined,
    envFrom: config === undefined ? undefined : [{ configMapRef: { name: config } }],
    env: nonEmpty(environment.env),
    resources: source.resources,
    volumeMounts: nonEmpty(mounts),
    ...probesOf(rendering, source, role),
    securityContext: securityOf(rendering, source, field),
  });
  return {
    container,
    objects: [...(environment.config ? [environment.config] : []), ...files.objects],
    volumes: files.volumes,
  };
}

function imageOf(
  { context, findings }: Rendering,
  { image }: Container,
  { name, field }: ContainerRole,
): string {
  if (image !== ".") return image;
  const supplied = context.config?.[`image.${name}`] ?? context.config?.["image"];
  if (supplied === undefined) {
    findings.block(`${field}.image`, "is supplied by nobody", "write the image in place of .");
  }
  return supplied ?? image;
}

// Of two ports of the Service with one target the container has one.
function portsOf({ spec }: Rendering): Record<string, unknown>[] | undefined {
  const ports = new Map<string, Record<string, unknown>>();
  for (const [name, { port, targetPort = port, protocol }] of sortedEntries(spec.service?.ports)) {
    const key = `${targetPort}/${protocol}`;
    if (!ports.has(key)) ports.set(key, { name, containerPort: targetPort, protocol });
  }
  return nonEmpty([...ports.values()]);
}

function probesOf(
  { findings }: Rendering,
  source: Container,
  { field, init }: ContainerRole,
): Record<string, unknown> {
  const { livenessProbe, readinessProbe, startupProbe } = source;
  const probes = compact({ livenessProbe, readinessProbe, startupProbe });
  if (!init) return probes;
  for (const probe of Object.keys(probes)) {
    const reason = "has no effect: an init container is not probed";
    findings.warn(`${field}.${probe}`, reason, "leave it out, or write init: false");
  }
  return {};
}

function nonEmpty<T>(list: readonly T[]): T[] | undefined {
  return list.length === 0 ? undefined : [...list];
}
