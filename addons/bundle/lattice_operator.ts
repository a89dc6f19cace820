/**
 * The Lattice operator with its rights.
 *
 * @module
 */
import { type KubeObject, SYSTEM_NAMESPACE } from "@lattice/api";
import { operatorGrant } from "../access_objects.ts";
import { PULL_SECRET } from "../charts/pull_secret.ts";
import {
  type Account,
  CONTROL_PLANE_NODE,
  meta,
  namespaceObject,
  objectsPart,
  serviceAccount,
} from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";

const NAME = "lattice-operator";
const ACCOUNT: Account = { name: NAME, namespace: SYSTEM_NAMESPACE };
const LABELS = { app: NAME };
const HEALTH_PORT = 8080;
const HOME = "/var/lib/lattice";
const REGISTRY_DIR = "/etc/lattice/registry";
/** User of the image. */
const UID = 1000;

/** The operator. Two of them; the one with the lease works. */
export const latticeOperator: Addon = {
  name: NAME,
  namespace: SYSTEM_NAMESPACE,
  parts: (input) => [
    objectsPart([
      namespaceObject(SYSTEM_NAMESPACE),
      serviceAccount(ACCOUNT),
      ...operatorGrant({ kind: "ServiceAccount", ...ACCOUNT }),
      deployment(input),
    ]),
  ],
};

function deployment(input: AddonInput): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(NAME, SYSTEM_NAMESPACE, LABELS),
    spec: {
      replicas: 2,
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: podSpec(input) },
    },
  };
}

function podSpec(input: AddonInput): Record<string, unknown> {
  const hasPullSecret = input.options.registry?.pullSecret !== undefined;
  return {
    serviceAccountName: NAME,
    priorityClassName: "system-cluster-critical",
    tolerations: [{ key: CONTROL_PLANE_NODE, operator: "Exists", effect: "NoSchedule" }],
    topologySpreadConstraints: [{
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: LABELS },
    }],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      fsGroup: UID,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [{
      name: "operator",
      image: input.options.image,
      imagePullPolicy: "Always",
      env: environment(input, hasPullSecret),
      ports: [
        { name: "bootstrap", containerPort: 8443, protocol: "TCP" },
        { name: "grpc", containerPort: 50051, protocol: "TCP" },
        { name: "health", containerPort: HEALTH_PORT, protocol: "TCP" },
      ],
      livenessProbe: probe("/healthz", 10),
      readinessProbe: probe("/readyz", 5),
      resources: { requests: { cpu: "100m", memory: "256Mi" } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      volumeMounts: [
        { name: "home", mountPath: HOME },
        ...(hasPullSecret
          ? [{ name: "registry-creds", mountPath: REGISTRY_DIR, readOnly: true }]
          : []),
      ],
    }],
    volumes: [
      { name: "home", emptyDir: {} },
      ...(hasPullSecret ? [{ name: "registry-creds", secret: { secretName: PULL_SECRET } }] : []),
    ],
  };
}

// A child is installed with the image of its parent, which therefore has to know it.
function environment(input: AddonInput, hasPullSecret: boolean): unknown[] {
  const fromField = (name: string, fieldPath: string): unknown => ({
    name,
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
  });
  return [
    { name: "LATTICE_CLUSTER_NAME", value: input.name },
    { name: "LATTICE_PROVIDER", value: input.provider },
    { name: "LATTICE_IMAGE", value: input.options.image },
    { name: "LATTICE_HOME", value: HOME },
    { name: "LATTICE_HEALTH_PORT", value: String(HEALTH_PORT) },
    fromField("POD_NAME", "metadata.name"),
    fromField("POD_NAMESPACE", "metadata.namespace"),
    ...(hasPullSecret
      ? [{ name: "REGISTRY_CREDENTIALS_FILE", value: `${REGISTRY_DIR}/.dockerconfigjson` }]
      : []),
  ];
}

function probe(path: string, periodSeconds: number): Record<string, unknown> {
  return { httpGet: { path, port: "health" }, initialDelaySeconds: 5, periodSeconds };
}
