/**
 * The pod template of a service.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { renderContainer, type RenderedContainer } from "./container.ts";
import { labelsOf, selectorOf } from "./objects.ts";
import { podSecurity } from "./security.ts";
import { compact, fingerprint, sortedEntries } from "./text.ts";
import type { Rendering } from "./types.ts";
import { ownerAffinity, ownerLabels, type Volume } from "./volumes.ts";

/** Annotation of pods with a fingerprint of their configuration: a change of it rolls them out. */
export const CONFIG_HASH = "lattice.dev/config-hash";
/** Annotation of a LatticeService whose pods get a token for the API server. */
export const TOKEN_ANNOTATION = "lattice.dev/automount-token";

/** A pod template and what has to be there for it. */
export interface Pod {
  /** `spec.template` of a Deployment or StatefulSet. */
  readonly template: Record<string, unknown>;
  /** ConfigMaps and the like. */
  readonly objects: readonly KubeObject[];
}

/**
 * Renders the pod template.
 *
 * @param rendering the service
 * @param volumes all volumes of the service
 * @param perPod those among them that a StatefulSet makes for each pod
 */
export function renderPod(
  rendering: Rendering,
  volumes: readonly Volume[],
  perPod: readonly Volume[],
): Pod {
  const { main, init } = renderContainers(rendering, volumes);
  const rendered = [...main, ...init];
  const objects = rendered.flatMap((each) => each.objects);
  const claims = volumes.filter((volume) => !perPod.includes(volume)).map((volume) => ({
    name: volume.name,
    persistentVolumeClaim: { claimName: volume.claim },
  }));
  const podVolumes = [...claims, ...rendered.flatMap((each) => each.volumes)];
  const template = {
    metadata: {
      labels: { ...labelsOf(rendering), ...ownerLabels(volumes) },
      ...(objects.length > 0 && { annotations: { [CONFIG_HASH]: configHash(objects) } }),
    },
    spec: compact({
      serviceAccountName: rendering.name,
      automountServiceAccountToken: rendering.annotations[TOKEN_ANNOTATION] === "true",
      // Variables with the addresses of every Service would name peers that nobody declared.
      enableServiceLinks: false,
      containers: main.map(({ container }) => container),
      initContainers: init.length === 0 ? undefined : init.map(({ container }) => container),
      volumes: podVolumes.length === 0 ? undefined : podVolumes,
      ...placement(rendering, volumes),
      hostNetwork: rendering.spec.hostNetwork,
      shareProcessNamespace: rendering.spec.shareProcessNamespace,
      securityContext: podSecurity(rendering),
    }),
  };
  return { template, objects };
}

function renderContainers(
  rendering: Rendering,
  volumes: readonly Volume[],
): { main: RenderedContainer[]; init: RenderedContainer[] } {
  const { containers, sidecars } = rendering.spec;
  // Nobody says which container listens; by convention it is `main`.
  const serving = Object.hasOwn(containers, "main") ? "main" : sortedEntries(containers)[0]?.[0];
  const main = sortedEntries(containers).map(([name, container]) => {
    const field = `spec.containers.${name}`;
    const role = { name, field, serves: name === serving, init: false };
    return renderContainer(rendering, container, role, volumes);
  });
  const helpers = sortedEntries(sidecars).map(([name, sidecar]) => {
    const field = `spec.sidecars.${name}`;
    if (Object.hasOwn(containers, name)) {
      rendering.findings.block(field, "is also the name of a container", "choose another name");
    }
    const init = sidecar.init === true;
    const role = { name, field, serves: false, init };
    return { init, rendered: renderContainer(rendering, sidecar, role, volumes) };
  });
  const withInit = (init: boolean): RenderedContainer[] =>
    helpers.filter((each) => each.init === init).map(({ rendered }) => rendered);
  return { main: [...main, ...withInit(false)], init: withInit(true) };
}

function placement(rendering: Rendering, volumes: readonly Volume[]): Record<string, unknown> {
  const terms = ownerAffinity(rendering, volumes);
  const required = { requiredDuringSchedulingIgnoredDuringExecution: terms };
  return {
    ...(terms.length > 0 && { affinity: { podAffinity: required } }),
    topologySpreadConstraints: [{
      maxSkew: 1,
      topologyKey: rendering.context.topologyKey ?? "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: selectorOf(rendering) },
    }],
  };
}

function configHash(objects: readonly KubeObject[]): string {
  const content = objects.map(({ kind, metadata, data, binaryData, spec }) =>
    JSON.stringify([kind, metadata.name, data, binaryData, spec])
  );
  return fingerprint(content.sort().join("\n"));
}
