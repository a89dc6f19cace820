/**
 * The programs of Amazon's volume driver.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { EBS_CONTROLLER, EBS_NAMESPACE, EBS_NODE } from "./aws_ebs_access.ts";
import { CONTROL_PLANE_NODE, meta, ON_CONTROL_PLANE } from "./objects.ts";

/** Labels of the driver's pods. */
export const EBS_LABELS = { "app.kubernetes.io/name": "aws-ebs-csi-driver" };

const CONTROLLER = "ebs-csi-controller";
const NODE = "ebs-csi-node";
const SIDECARS = "registry.k8s.io/sig-storage";
const SOCKETS = "/var/lib/csi/sockets/pluginproxy/";
const SOCKET = `${SOCKETS}csi.sock`;
const NODE_SOCKETS = "/var/lib/kubelet/plugins/ebs.csi.aws.com/";
const HEALTH_PORT = 9808;

type Container = Readonly<Record<string, unknown>>;

/**
 * The controller: two of them, on the control plane, where the machines may manage volumes.
 *
 * @param image image of the driver
 * @returns Deployment and disruption budget
 */
export function ebsController(image: string): KubeObject[] {
  const labels = { ...EBS_LABELS, app: CONTROLLER };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: meta(CONTROLLER, EBS_NAMESPACE, EBS_LABELS),
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: EBS_CONTROLLER.name,
            priorityClassName: "system-cluster-critical",
            nodeSelector: { "kubernetes.io/os": "linux" },
            affinity: ON_CONTROL_PLANE,
            tolerations: [
              { key: "CriticalAddonsOnly", operator: "Exists" },
              { operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
              { key: "node-role.kubernetes.io/master", operator: "Exists", effect: "NoSchedule" },
              { key: CONTROL_PLANE_NODE, operator: "Exists", effect: "NoSchedule" },
            ],
            containers: controllerContainers(image),
            volumes: [{ name: "socket-dir", emptyDir: {} }],
          },
        },
      },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: meta(CONTROLLER, EBS_NAMESPACE, EBS_LABELS),
      spec: { selector: { matchLabels: labels }, maxUnavailable: 1 },
    },
  ];
}

function controllerContainers(image: string): Container[] {
  const credential = (name: string, key: string): unknown => ({
    name,
    valueFrom: { secretKeyRef: { name: "aws-secret", key, optional: true } },
  });
  const sidecar = (name: string, version: string, args: readonly string[]): Container => ({
    name,
    image: `${SIDECARS}/${name}:v${version}`,
    args: ["--csi-address=$(ADDRESS)", "--v=2", ...args],
    env: [{ name: "ADDRESS", value: SOCKET }],
    volumeMounts: [{ name: "socket-dir", mountPath: SOCKETS }],
  });
  return [
    {
      ...plugin(image, [
        "controller",
        "--endpoint=$(CSI_ENDPOINT)",
        "--logging-format=text",
        "--v=2",
      ]),
      env: [
        { name: "CSI_ENDPOINT", value: `unix://${SOCKET}` },
        { name: "CSI_NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
        credential("AWS_ACCESS_KEY_ID", "key_id"),
        credential("AWS_SECRET_ACCESS_KEY", "access_key"),
      ],
      volumeMounts: [{ name: "socket-dir", mountPath: SOCKETS }],
    },
    sidecar("csi-provisioner", "3.6.2", [
      "--feature-gates=Topology=true",
      "--extra-create-metadata",
      "--leader-election=true",
      "--default-fstype=ext4",
    ]),
    sidecar("csi-attacher", "4.4.2", ["--leader-election=true"]),
    sidecar("csi-snapshotter", "6.3.2", ["--leader-election=true", "--extra-create-metadata"]),
    sidecar("csi-resizer", "1.9.2", [
      "--leader-election=true",
      "--handle-volume-inuse-error=false",
    ]),
    livenessProbe("/csi/csi.sock", "socket-dir"),
  ];
}

/**
 * The part on each node. Pools may have taints, and volumes have to be mounted there, too.
 *
 * @param image image of the driver
 * @returns the DaemonSet
 */
export function ebsNode(image: string): KubeObject {
  const labels = { ...EBS_LABELS, app: NODE };
  const host = (name: string, path: string, type: string): unknown => ({
    name,
    hostPath: { path, type },
  });
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: meta(NODE, EBS_NAMESPACE, EBS_LABELS),
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: EBS_NODE.name,
          priorityClassName: "system-node-critical",
          nodeSelector: { "kubernetes.io/os": "linux" },
          affinity: NOT_ON_FARGATE,
          tolerations: [{ operator: "Exists" }],
          containers: nodeContainers(image),
          volumes: [
            host("kubelet-dir", "/var/lib/kubelet", "Directory"),
            host("plugin-dir", NODE_SOCKETS, "DirectoryOrCreate"),
            host("registration-dir", "/var/lib/kubelet/plugins_registry/", "Directory"),
            host("device-dir", "/dev", "Directory"),
          ],
        },
      },
    },
  };
}

const NOT_ON_FARGATE = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{
        matchExpressions: [{
          key: "eks.amazonaws.com/compute-type",
          operator: "NotIn",
          values: ["fargate"],
        }],
      }],
    },
  },
};

function nodeContainers(image: string): Container[] {
  return [
    {
      ...plugin(image, ["node", "--endpoint=$(CSI_ENDPOINT)", "--logging-format=text", "--v=2"]),
      env: [
        { name: "CSI_ENDPOINT", value: "unix:///csi/csi.sock" },
        { name: "CSI_NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      ],
      securityContext: { privileged: true },
      volumeMounts: [
        { name: "kubelet-dir", mountPath: "/var/lib/kubelet", mountPropagation: "Bidirectional" },
        { name: "plugin-dir", mountPath: "/csi" },
        { name: "device-dir", mountPath: "/dev" },
      ],
    },
    {
      name: "node-driver-registrar",
      image: `${SIDECARS}/csi-node-driver-registrar:v2.9.2`,
      args: [
        "--csi-address=$(ADDRESS)",
        "--kubelet-registration-path=$(DRIVER_REG_SOCK_PATH)",
        "--v=2",
      ],
      env: [
        { name: "ADDRESS", value: "/csi/csi.sock" },
        { name: "DRIVER_REG_SOCK_PATH", value: `${NODE_SOCKETS}csi.sock` },
      ],
      volumeMounts: [
        { name: "plugin-dir", mountPath: "/csi" },
        { name: "registration-dir", mountPath: "/registration" },
      ],
    },
    livenessProbe("/csi/csi.sock", "plugin-dir"),
  ];
}

function plugin(image: string, args: readonly string[]): Container {
  return {
    name: "ebs-plugin",
    image,
    args,
    ports: [{ name: "healthz", containerPort: HEALTH_PORT, protocol: "TCP" }],
    livenessProbe: {
      httpGet: { path: "/healthz", port: "healthz" },
      initialDelaySeconds: 10,
      timeoutSeconds: 3,
      periodSeconds: 10,
      failureThreshold: 5,
    },
  };
}

function livenessProbe(socket: string, volume: string): Container {
  return {
    name: "liveness-probe",
    image: `${SIDECARS}/livenessprobe:v2.11.0`,
    args: [`--csi-address=${socket}`],
    volumeMounts: [{ name: volume, mountPath: "/csi" }],
  };
}
