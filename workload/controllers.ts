/**
 * What keeps the pods of a service running: a Deployment, or a StatefulSet where each pod has a volume of its own; and
 * what scales and protects them.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { makeObject, selectorOf } from "./objects.ts";
import { renderPod } from "./pod.ts";
import { compact } from "./text.ts";
import type { Rendering } from "./types.ts";
import {
  claimSpec,
  isExclusive,
  renderClaims,
  type Volume,
  volumesOf,
  volumesPerPod,
} from "./volumes.ts";

/** Share of the requested CPU, in percent, that the autoscaler aims at. */
const CPU_TARGET = 80;

/**
 * Renders the controller of the pods, its claims and configuration, the autoscaler and the disruption budget.
 *
 * @param rendering the service
 */
export function renderControllers(rendering: Rendering): KubeObject[] {
  const { min, max } = rendering.spec.replicas;
  const volumes = volumesOf(rendering);
  const perPod = volumesPerPod(volumes, max ?? min);
  const kind = perPod.length > 0 ? "StatefulSet" : "Deployment";
  const pod = renderPod(rendering, volumes, perPod);
  const controller = makeObject(rendering, {
    apiVersion: "apps/v1",
    kind,
    name: rendering.name,
    body: {
      spec: compact({
        // With an autoscaler the number of pods is the autoscaler's.
        replicas: max === undefined ? min : undefined,
        selector: { matchLabels: selectorOf(rendering) },
        template: pod.template,
        ...(kind === "StatefulSet"
          ? statefulFields(rendering, perPod)
          : { strategy: strategyOf(rendering, volumes) }),
      }),
    },
  });
  return [
    controller,
    ...pod.objects,
    ...renderClaims(rendering, volumes.filter((volume) => !perPod.includes(volume))),
    ...(max === undefined ? [] : [renderAutoscaler(rendering, kind, max)]),
    ...(min > 1 ? [renderBudget(rendering)] : []),
  ];
}

function statefulFields(
  rendering: Rendering,
  perPod: readonly Volume[],
): Record<string, unknown> {
  const { deploy } = rendering.spec;
  if (deploy.strategy === "canary") {
    rendering.findings.warn(
      "spec.deploy.strategy",
      "has no effect: pods with volumes of their own are replaced one by one",
      "write rolling, or share one ReadWriteMany volume",
    );
  }
  return {
    serviceName: rendering.name,
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "RollingUpdate" },
    volumeClaimTemplates: perPod.map((volume) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: volume.name },
      spec: claimSpec(volume),
    })),
  };
}

function strategyOf(rendering: Rendering, volumes: readonly Volume[]): Record<string, unknown> {
  const { deploy, replicas } = rendering.spec;
  const canary = deploy.strategy === "canary";
  if (deploy.canary !== undefined && Object.keys(deploy.canary).length > 0) {
    rendering.findings.warn(
      "spec.deploy.canary",
      "is not supported: new pods get their share of the traffic at once",
      "leave the steps out; strategy: canary alone starts all new pods before old ones end",
    );
  }
  const exclusive = volumes.filter((volume) => volume.owned && isExclusive(volume));
  if (exclusive.length === 0) {
    return {
      type: "RollingUpdate",
      rollingUpdate: canary
        ? { maxSurge: "100%", maxUnavailable: 0 }
        : { maxSurge: "25%", maxUnavailable: "25%" },
    };
  }
  if (canary) {
    rendering.findings.warn(
      "spec.deploy.strategy",
      "has no effect: two generations of pods cannot share a volume of one node",
      "write rolling, or params.accessMode: ReadWriteMany",
    );
  }
  if ((replicas.max ?? replicas.min) > 1) {
    for (const { key } of exclusive) {
      rendering.findings.block(
        `spec.resources.${key}.params.accessMode`,
        "lets one node mount a volume that several pods share",
        "write ReadWriteMany, or one replica; without an id each pod gets a volume of its own",
      );
    }
  }
  // A new pod on another node would wait for the volume of the old one for ever.
  return { type: "Recreate" };
}

function renderAutoscaler(rendering: Rendering, kind: string, max: number): KubeObject {
  const { spec, name, findings } = rendering;
  if (spec.replicas.min < 1) {
    findings.warn(
      "spec.replicas.min",
      "is 0, but an autoscaler on CPU keeps at least one pod",
      "write min: 1, or leave max out to switch the service off",
    );
  }
  const containers = Object.entries(spec.containers).map(([key, each]) =>
    [`spec.containers.${key}`, each] as const
  );
  const sidecars = Object.entries(spec.sidecars).filter(([, each]) => each.init !== true)
    .map(([key, each]) => [`spec.sidecars.${key}`, each] as const);
  for (const [field, { resources }] of [...containers, ...sidecars]) {
    if ((resources?.requests?.cpu ?? resources?.limits?.cpu) !== undefined) continue;
    const reason = "is missing: the autoscaler measures CPU in shares of it";
    findings.warn(`${field}.resources.requests.cpu`, reason, "write how much CPU it needs");
  }
  return makeObject(rendering, {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    name,
    body: {
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind, name },
        minReplicas: Math.max(1, spec.replicas.min),
        maxReplicas: max,
        metrics: [{
          type: "Resource",
          resource: {
            name: "cpu",
            target: { type: "Utilization", averageUtilization: CPU_TARGET },
          },
        }],
      },
    },
  });
}

function renderBudget(rendering: Rendering): KubeObject {
  return makeObject(rendering, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    name: rendering.name,
    body: {
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: selectorOf(rendering) },
        // Pods that do not work are no reason to keep a node.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
  });
}
