/**
 * Volumes on the disks of the nodes, where there is no cloud to make them.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { PULL_SECRET } from "../charts/pull_secret.ts";
import type { PolicyRule } from "../rules.ts";
import {
  clusterRole,
  clusterRoleBinding,
  DEFAULT_CLASS,
  meta,
  namespaceObject,
  objectsPart,
  rule,
  serviceAccount,
} from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";

const NAMESPACE = "local-path-storage";
const ACCOUNT = { name: "local-path-provisioner-service-account", namespace: NAMESPACE };
const ROLE = "local-path-provisioner-role";
const PROVISIONER = "local-path-provisioner";
const CONFIG = "local-path-config";
const LABELS = { app: PROVISIONER };
const HELPER_IMAGE = "docker.io/library/busybox:1.37.0";

const RULES: readonly PolicyRule[] = [
  rule("", "nodes persistentvolumeclaims configmaps", "get list watch"),
  rule("", "pods pods/log", "get list watch create delete"),
  rule("", "persistentvolumes", "get list watch create patch update delete"),
  rule("", "events", "create patch"),
  rule("storage.k8s.io", "storageclasses", "get list watch"),
];

/** The default storage class of clusters on containers, and of those on Proxmox that name no storage. */
export const localPath: Addon = {
  name: "local-path",
  namespace: NAMESPACE,
  isWanted: ({ provider, options }) =>
    provider === "docker" || (provider === "proxmox" && options.proxmoxStorage === undefined),
  parts: (input) => [
    objectsPart([
      namespaceObject(NAMESPACE),
      serviceAccount(ACCOUNT),
      clusterRole(ROLE, RULES),
      clusterRoleBinding("local-path-provisioner-bind", ROLE, ACCOUNT),
      configMap(input),
      deployment(input),
      storageClass(),
      networkPolicy(),
    ]),
  ],
};

function configMap(input: AddonInput): KubeObject {
  const paths = [{
    node: "DEFAULT_PATH_FOR_NON_LISTED_NODES",
    paths: ["/opt/local-path-provisioner"],
  }];
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(CONFIG, NAMESPACE),
    data: {
      "config.json": JSON.stringify({ nodePathMap: paths }),
      setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
      teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
      "helperPod.yaml": helperPod(input),
    },
  };
}

// The provisioner makes these pods itself, so that nothing but this text can give them the pull secret. JSON is YAML.
function helperPod({ options }: AddonInput): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: {
      priorityClassName: "system-node-critical",
      tolerations: [{
        key: "node.kubernetes.io/disk-pressure",
        operator: "Exists",
        effect: "NoSchedule",
      }],
      ...(options.registry?.pullSecret ? { imagePullSecrets: [{ name: PULL_SECRET }] } : {}),
      containers: [{
        name: "helper-pod",
        image: HELPER_IMAGE,
        imagePullPolicy: "IfNotPresent",
      }],
    },
  });
}

function deployment({ options: { versions } }: AddonInput): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(PROVISIONER, NAMESPACE),
    spec: {
      replicas: 1,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: ACCOUNT.name,
          containers: [{
            name: PROVISIONER,
            image: `docker.io/rancher/local-path-provisioner:v${versions.localPathProvisioner}`,
            imagePullPolicy: "IfNotPresent",
            command: [
              PROVISIONER,
              "--debug",
              "start",
              "--config",
              "/etc/config/config.json",
            ],
            env: [{
              name: "POD_NAMESPACE",
              valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
            }],
            volumeMounts: [{ name: "config", mountPath: "/etc/config/" }],
          }],
          volumes: [{ name: "config", configMap: { name: CONFIG } }],
        },
      },
    },
  };
}

function storageClass(): KubeObject {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { ...meta("standard"), annotations: DEFAULT_CLASS },
    provisioner: "rancher.io/local-path",
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
  };
}

// The cluster-wide default deny holds for this namespace, too.
function networkPolicy(): KubeObject {
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: meta(PROVISIONER, NAMESPACE),
    spec: {
      endpointSelector: { matchLabels: { "k8s:app": PROVISIONER } },
      egress: [{ toEntities: ["kube-apiserver"] }],
    },
  };
}
