/**
 * The cluster autoscaler, for clusters with a pool that has `min` and `max`.
 *
 * @module
 */
import { capiNamespace, type KubeObject, SYSTEM_NAMESPACE } from "@lattice/api";
import type { PolicyRule } from "../rules.ts";
import {
  clusterRole,
  clusterRoleBinding,
  meta,
  objectsPart,
  roleAndBinding,
  rule,
  serviceAccount,
  TOLERATE_NEW_NODES,
} from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";
import { releaseFor } from "./versions.ts";

const NAME = "cluster-autoscaler";
const ACCOUNT = { name: NAME, namespace: SYSTEM_NAMESPACE };
const LABELS = { app: NAME };
/** Where it writes how it is doing. */
const STATUS_CONFIG_MAP = "cluster-autoscaler-status";
/** Programs that do not know the rights of the current release log an error a second. */
const READ = "get list watch";

const RULES: readonly PolicyRule[] = [
  rule(
    "cluster.x-k8s.io",
    "machinedeployments machinedeployments/scale machinesets machinesets/scale machinepools machinepools/scale",
    "get list watch patch update",
  ),
  rule("cluster.x-k8s.io", "machines", "get list watch delete patch update"),
  // What a machine of a pool would look like, when none exists.
  rule("infrastructure.cluster.x-k8s.io", "*", READ),
  rule(
    "",
    "nodes pods services replicationcontrollers persistentvolumeclaims persistentvolumes namespaces",
    READ,
  ),
  rule("", "nodes", "delete patch update"),
  rule("", "pods/eviction", "create"),
  rule("", "pods/status", "update"),
  rule("", "events", "create patch"),
  rule("apps", "daemonsets replicasets statefulsets", READ),
  rule("batch", "jobs cronjobs", READ),
  rule("policy", "poddisruptionbudgets", READ),
  rule(
    "storage.k8s.io",
    "storageclasses csinodes csidrivers csistoragecapacities volumeattachments",
    READ,
  ),
  rule("resource.k8s.io", "resourceclaims resourceslices deviceclasses", READ),
];

const NAMESPACE_RULES: readonly PolicyRule[] = [
  rule("coordination.k8s.io", "leases", "create"),
  { ...rule("coordination.k8s.io", "leases", "get update"), resourceNames: [NAME] },
  rule("", "configmaps", "create list watch"),
  { ...rule("", "configmaps", "get update delete"), resourceNames: [STATUS_CONFIG_MAP] },
];

/** Makes pools larger and smaller. Until the pivot there is nothing it could scale, and it waits. */
export const clusterAutoscaler: Addon = {
  name: NAME,
  namespace: SYSTEM_NAMESPACE,
  isWanted: ({ cluster }) =>
    Object.values(cluster.spec.nodes.workerPools).some(({ min, max }) =>
      min !== undefined && max !== undefined
    ),
  parts: (input) => [
    objectsPart([
      serviceAccount(ACCOUNT),
      clusterRole(NAME, RULES),
      clusterRoleBinding(NAME, NAME, ACCOUNT),
      ...roleAndBinding(NAME, NAMESPACE_RULES, ACCOUNT),
      deployment(input),
    ]),
  ],
};

function deployment(input: AddonInput): KubeObject {
  const release = releaseFor(input, input.options.versions.clusterAutoscaler);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(NAME, SYSTEM_NAMESPACE, LABELS),
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          priorityClassName: "system-cluster-critical",
          tolerations: TOLERATE_NEW_NODES,
          containers: [{
            name: NAME,
            image: `registry.k8s.io/autoscaling/cluster-autoscaler:v${release}`,
            args: argumentsOf(input),
            // References of v1beta1 name the version of the provider's kind. From those of v1beta2 the
            // autoscaler guesses it, and never starts where a provider does not serve what it guessed.
            env: [{ name: "CAPI_VERSION", value: "v1beta1" }],
            resources: {
              requests: { cpu: "100m", memory: "300Mi" },
              limits: { memory: "600Mi" },
            },
          }],
        },
      },
    },
  };
}

function argumentsOf({ name }: AddonInput): string[] {
  return [
    "--cloud-provider=clusterapi",
    `--node-group-auto-discovery=clusterapi:namespace=${capiNamespace(name)},clusterName=${name}`,
    `--namespace=${SYSTEM_NAMESPACE}`,
    "--enforce-node-group-min-size=true",
    "--scale-down-delay-after-add=5m",
    "--scale-down-unneeded-time=5m",
    "--skip-nodes-with-local-storage=false",
    "--v=2",
  ];
}
