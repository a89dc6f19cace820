/**
 * The command lines of a cluster's processes.
 *
 * @module
 */

import { join } from "node:path";
import { authenticationFile } from "./authentication.ts";
import { clusterPaths, kubeconfigOf, type PortName, portOf } from "./layout.ts";
import { type IdentityName, type MaterialPaths, materialPaths } from "./material.ts";
import { type ManagerCommand, managerComponent } from "./managers.ts";
import type {
  ClusterRecord,
  ComponentId,
  ComponentSpec,
  CoreComponentId,
  HttpProbe,
} from "./model.ts";
import type { OperatorCommand, PlanTools } from "./plan.ts";

const LOOPBACK = "127.0.0.1";
const SERVICE_RANGE = "10.128.0.0/12";
const POD_RANGE = "192.168.0.0/16";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Nodes with this annotation are kwok's. */
export const FAKE_NODE_SELECTOR = "kwok.x-k8s.io/node=fake";

/** Controllers that CAPI and the operator need in a cluster that runs no pods. */
const BOOTSTRAP_CONTROLLERS = [
  "clusterrole-aggregation-controller",
  "garbage-collector-controller",
  "namespace-controller",
  "root-ca-certificate-publisher-controller",
  "serviceaccount-controller",
];

/** What RKE2 allows its API server. */
const RKE2_CIPHERS = [
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
];

/** What the command lines are made from. */
export interface ComponentContext {
  /** State directory. */
  home: string;
  /** The cluster. */
  record: ClusterRecord;
  /** Where the binaries are. */
  tools: PlanTools;
  /** How the operator is started; without one there is no CAPI manager either. */
  operator?: OperatorCommand;
  /** Managers beside the core one; only bootstrap clusters have any. */
  managers?: readonly ManagerCommand[];
}

interface Setting extends ComponentContext {
  readonly files: MaterialPaths;
  readonly data: (component: string) => string;
  readonly port: (name: PortName) => number;
  readonly url: (name: PortName, path: string) => string;
  readonly kubeconfig: (identity: IdentityName) => string;
}

/**
 * The components of a cluster, each after those that it depends on.
 *
 * @param context cluster, binaries, operator
 */
export function componentsOf(context: ComponentContext): ComponentSpec[] {
  const setting = settingOf(context);
  const workload = context.record.role === "workload";
  return [
    etcd(setting),
    apiServer(setting),
    controllerManager(setting),
    ...(workload ? [scheduler(setting), kwok(setting)] : []),
    ...(context.operator ? [operator(setting, context.operator), capiManager(setting)] : []),
    ...(context.managers ?? []).map((manager, position) =>
      managerComponent(context.home, context.record, manager, position)
    ),
  ];
}

/** Directories that the components write their data to. */
export function dataDirectories(record: ClusterRecord): ComponentId[] {
  return record.role === "workload" ? ["etcd", "kwok"] : ["etcd"];
}

function settingOf(context: ComponentContext): Setting {
  const paths = clusterPaths(context.home, context.record.name);
  const port = (name: PortName): number => portOf(context.record.portBase, name);
  return {
    ...context,
    files: materialPaths(paths.pki),
    data: (component) => join(paths.data, component),
    port,
    url: (name, path) => `https://${LOOPBACK}:${port(name)}${path}`,
    kubeconfig: (identity) =>
      identity === "admin" ? paths.kubeconfig : kubeconfigOf(paths, identity),
  };
}

function etcd(setting: Setting): ComponentSpec {
  const { files, record } = setting;
  const [client, peer] = [setting.url("etcdClient", ""), setting.url("etcdPeer", "")];
  return component(setting, "etcd", [], {
    url: setting.url("etcdClient", "/readyz"),
    caFile: files.etcdCa.cert,
    certFile: files.etcdClient.cert,
    keyFile: files.etcdClient.key,
  }, [
    "--name=local",
    `--data-dir=${setting.data("etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=local=${peer}`,
    `--cert-file=${files.etcd.cert}`,
    `--key-file=${files.etcd.key}`,
    `--trusted-ca-file=${files.etcdCa.cert}`,
    "--client-cert-auth",
    `--peer-cert-file=${files.etcd.cert}`,
    `--peer-key-file=${files.etcd.key}`,
    `--peer-trusted-ca-file=${files.etcdCa.cert}`,
    "--peer-client-cert-auth",
    // There is nobody to hold an election with; short times only make the start quicker.
    "--heartbeat-interval=50",
    "--election-timeout=250",
    "--log-level=warn",
    // A bootstrap cluster does not outlive an install: a power cut costs it nothing that matters.
    ...(record.role === "bootstrap" ? ["--unsafe-no-fsync"] : []),
  ]);
}

function apiServer(setting: Setting): ComponentSpec {
  const { files, record } = setting;
  return component(setting, "kube-apiserver", ["etcd"], {
    url: setting.url("apiServer", "/readyz"),
    caFile: files.ca.cert,
  }, [
    `--bind-address=${LOOPBACK}`,
    `--advertise-address=${LOOPBACK}`,
    `--secure-port=${setting.port("apiServer")}`,
    // Endpoints of the Service "kubernetes" may not be loopback addresses; no pod could use them anyway.
    "--endpoint-reconciler-type=none",
    `--etcd-servers=${setting.url("etcdClient", "")}`,
    `--etcd-cafile=${files.etcdCa.cert}`,
    `--etcd-certfile=${files.etcdClient.cert}`,
    `--etcd-keyfile=${files.etcdClient.key}`,
    `--tls-cert-file=${files.apiServer.cert}`,
    `--tls-private-key-file=${files.apiServer.key}`,
    `--client-ca-file=${files.ca.cert}`,
    `--authentication-config=${authenticationFile(record.directory)}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-signing-key-file=${files.serviceAccount.key}`,
    `--service-account-key-file=${files.serviceAccount.publicKey}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    `--kubelet-certificate-authority=${files.ca.cert}`,
    `--kubelet-client-certificate=${files.kubeletClient.cert}`,
    `--kubelet-client-key=${files.kubeletClient.key}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--allow-privileged=true",
    "--profiling=false",
    ...(record.flavour === "rke2" ? [`--tls-cipher-suites=${RKE2_CIPHERS.join(",")}`] : []),
  ], {
    stopGraceMs: 10_000,
    // Collecting garbage less often starts it a fifth sooner, for memory that is soon free again.
    ...(record.role === "bootstrap" ? { env: { GOGC: "400" } } : {}),
  });
}

function controllerManager(setting: Setting): ComponentSpec {
  const { files, record } = setting;
  return component(setting, "kube-controller-manager", ["kube-apiserver"], {
    url: setting.url("controllerManager", "/healthz"),
    caFile: files.ca.cert,
  }, [
    `--kubeconfig=${setting.kubeconfig("kube-controller-manager")}`,
    ...serving(setting, "controllerManager", files.controllerManager),
    `--service-account-private-key-file=${files.serviceAccount.key}`,
    `--root-ca-file=${files.ca.cert}`,
    "--use-service-account-credentials=true",
    `--cluster-name=${record.name}`,
    ...(record.role === "bootstrap" ? [`--controllers=${BOOTSTRAP_CONTROLLERS.join(",")}`] : [
      "--allocate-node-cidrs=true",
      `--cluster-cidr=${POD_RANGE}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      "--node-monitor-period=2s",
    ]),
    "--kube-api-qps=100",
    "--kube-api-burst=200",
  ]);
}

function scheduler(setting: Setting): ComponentSpec {
  const { files } = setting;
  return component(setting, "kube-scheduler", ["kube-apiserver"], {
    url: setting.url("scheduler", "/readyz"),
    caFile: files.ca.cert,
  }, [
    `--kubeconfig=${setting.kubeconfig("kube-scheduler")}`,
    ...serving(setting, "scheduler", files.scheduler),
    "--kube-api-qps=100",
    "--kube-api-burst=200",
  ]);
}

/**
 * Flags that controller-manager and scheduler share. They elect no leader: the supervisor never
 * runs two, and were there a second, it could not listen on the port and would end.
 */
function serving(
  setting: Setting,
  name: PortName,
  files: MaterialPaths["scheduler"],
): string[] {
  return [
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${setting.port(name)}`,
    `--tls-cert-file=${files.cert}`,
    `--tls-private-key-file=${files.key}`,
    "--leader-elect=false",
    "--profiling=false",
  ];
}

function kwok(setting: Setting): ComponentSpec {
  const { files, tools } = setting;
  return component(setting, "kwok", ["kube-apiserver"], {
    url: setting.url("kwok", "/healthz"),
    caFile: files.ca.cert,
  }, [
    `--kubeconfig=${setting.kubeconfig("kwok")}`,
    `--config=${tools.manifest("kwok-stages.yaml")}`,
    "--manage-all-nodes=false",
    `--manage-nodes-with-annotation-selector=${FAKE_NODE_SELECTOR}`,
    `--node-ip=${LOOPBACK}`,
    `--node-port=${setting.port("kwok")}`,
    `--server-address=${LOOPBACK}:${setting.port("kwok")}`,
    `--tls-cert-file=${files.kwok.cert}`,
    `--tls-private-key-file=${files.kwok.key}`,
    "--node-lease-duration-seconds=40",
  ], {
    env: { KWOK_WORKDIR: setting.data("kwok") },
    startWhen: mayGet(setting, "kwok", "/api/v1/nodes?limit=1"),
  });
}

function operator(setting: Setting, command: OperatorCommand): ComponentSpec {
  const { home, record } = setting;
  const port = setting.port("operatorHealth");
  return {
    name: "operator",
    // The directory tells one cluster's operator from another's in a list of processes.
    argv: [...command.argv, record.directory],
    env: {
      ...command.env,
      LATTICE_CLUSTER_NAME: record.name,
      KUBECONFIG: setting.kubeconfig("operator"),
      LATTICE_HOME: home,
      LATTICE_TOOLS_DIR: record.toolsDir,
      LATTICE_HEALTH_PORT: String(port),
    },
    cwd: record.directory,
    dependsOn: ["kube-apiserver"],
    startWhen: mayGet(setting, "operator", `${CRDS}?limit=1`),
    readiness: { url: `http://${LOOPBACK}:${port}/readyz` },
    stopGraceMs: 5_000,
  };
}

/**
 * The CAPI core manager. It cannot elect a leader outside a cluster (it takes the namespace of its Lease
 * from its pod), and need not: a second one could not listen on the webhook port.
 */
function capiManager(setting: Setting): ComponentSpec {
  return component(setting, "capi-manager", ["operator"], {
    url: `http://${LOOPBACK}:${setting.port("capiHealth")}/readyz`,
  }, [
    `--kubeconfig=${setting.kubeconfig("capi")}`,
    `--webhook-cert-dir=${join(setting.files.webhook.cert, "..")}`,
    `--webhook-port=${setting.port("capiWebhooks")}`,
    `--health-addr=${LOOPBACK}:${setting.port("capiHealth")}`,
    `--diagnostics-address=${LOOPBACK}:${setting.port("capiDiagnostics")}`,
    "--leader-elect=false",
    "--feature-gates=MachineTaintPropagation=true",
    "--v=1",
  ]);
}

/** Answered 200 once an identity has been given its access rights. */
function mayGet(setting: Setting, identity: IdentityName, path: string): HttpProbe {
  const { cert: certFile, key: keyFile } = setting.files.clients[identity];
  return { url: setting.url("apiServer", path), caFile: setting.files.ca.cert, certFile, keyFile };
}

function component(
  { tools, record }: Setting,
  name: Exclude<CoreComponentId, "operator">,
  dependsOn: ComponentId[],
  readiness: HttpProbe,
  flags: string[],
  { env = {}, stopGraceMs = 5_000, startWhen }:
    & { env?: Record<string, string> }
    & Partial<Pick<ComponentSpec, "startWhen" | "stopGraceMs">> = {},
): ComponentSpec {
  return {
    name,
    argv: [tools.bin(name), ...flags],
    env,
    cwd: record.directory,
    dependsOn,
    ...(startWhen === undefined ? {} : { startWhen }),
    readiness,
    stopGraceMs,
  };
}
