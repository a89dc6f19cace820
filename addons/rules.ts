/**
 * What each program may do, as RBAC rules.
 *
 * The rules are as narrow as Kubernetes' RBAC can say it. Two rights are wider than one would wish:
 * namespaces `capi-NAME` appear while the operator runs and a rule cannot match a prefix, so Secrets
 * and ConfigMaps are granted in all namespaces; and a `create` cannot be limited to names.
 *
 * @module
 */

/** One RBAC rule. */
export interface PolicyRule {
  /** API groups; the core group is the empty string. */
  readonly apiGroups: readonly string[];
  /** Resources and subresources. */
  readonly resources: readonly string[];
  /** Verbs. */
  readonly verbs: readonly string[];
  /** Names that the rule is limited to. */
  readonly resourceNames?: readonly string[];
}

const CORE = "";
const READ = ["get", "list", "watch"];
const MODIFY = ["patch", "update"];
const WRITE = ["create", ...MODIFY];
const ALL = [...READ, ...WRITE, "delete"];

const CAPI_PROVIDER_GROUPS = [
  "addons.cluster.x-k8s.io",
  "bootstrap.cluster.x-k8s.io",
  "controlplane.cluster.x-k8s.io",
  "infrastructure.cluster.x-k8s.io",
];
const LOCAL_GROUPS = ["infrastructure.lattice.dev", "controlplane.lattice.dev"];

function rule(
  apiGroups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
): PolicyRule {
  return { apiGroups, resources, verbs };
}

/** What the controllers of the mesh do with what they write: server-side apply, which is never an update, and pruning. */
const APPLY = [...READ, "create", "patch", "delete"];

/** The operator, cluster-wide: the objects of services, and those of their policies. */
const MESH_RULES: readonly PolicyRule[] = [
  rule([CORE], ["services", "serviceaccounts"], APPLY),
  // Claims hold data: no service takes them with it.
  rule([CORE], ["persistentvolumeclaims"], [...READ, "create", "patch"]),
  rule(["apps"], ["deployments", "statefulsets"], APPLY),
  rule(["autoscaling"], ["horizontalpodautoscalers"], APPLY),
  rule(["policy"], ["poddisruptionbudgets"], APPLY),
  rule(["cilium.io"], ["ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies"], APPLY),
  rule(["security.istio.io"], ["authorizationpolicies", "peerauthentications"], APPLY),
  rule(["networking.istio.io"], ["serviceentries"], APPLY),
  rule(["gateway.networking.k8s.io"], ["gateways", "httproutes"], APPLY),
  rule(["external-secrets.io"], ["externalsecrets"], APPLY),
  rule(["cert-manager.io"], ["certificates"], APPLY),
];

/** The operator, cluster-wide: the stores of SecretsProviders. */
const STORE_RULES: readonly PolicyRule[] = [
  rule(["external-secrets.io"], ["clustersecretstores"], APPLY),
];

/** The operator, cluster-wide: Lattice's kinds, every CAPI object, what holds them, the mesh, and stores of secrets. */
export const OPERATOR_RULES: readonly PolicyRule[] = [
  rule(["lattice.dev"], ["*"], ALL),
  rule([...LOCAL_GROUPS, ...CAPI_PROVIDER_GROUPS], ["*"], ALL),
  rule(["cluster.x-k8s.io", "ipam.cluster.x-k8s.io"], ["*"], ALL),
  rule([CORE], ["secrets", "configmaps", "namespaces", "nodes"], ALL),
  rule([CORE], ["nodes/status"], MODIFY),
  rule([CORE], ["pods"], READ),
  rule([CORE, "events.k8s.io"], ["events"], ["create", "patch", "update"]),
  rule(["apiextensions.k8s.io"], ["customresourcedefinitions"], [...READ, ...WRITE]),
  rule(
    ["admissionregistration.k8s.io"],
    ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
    [...READ, ...WRITE],
  ),
  ...MESH_RULES,
  ...STORE_RULES,
];

/** The operator, in its own namespace: leader election. */
export const OPERATOR_NAMESPACE_RULES: readonly PolicyRule[] = [
  rule(["coordination.k8s.io"], ["leases"], ALL),
];

const CAPI_CRDS = [
  "clusterclasses.cluster.x-k8s.io",
  "clusterresourcesetbindings.addons.cluster.x-k8s.io",
  "clusterresourcesets.addons.cluster.x-k8s.io",
  "clusters.cluster.x-k8s.io",
  "extensionconfigs.runtime.cluster.x-k8s.io",
  "ipaddressclaims.ipam.cluster.x-k8s.io",
  "ipaddresses.ipam.cluster.x-k8s.io",
  "machinedeployments.cluster.x-k8s.io",
  "machinedrainrules.cluster.x-k8s.io",
  "machinehealthchecks.cluster.x-k8s.io",
  "machinepools.cluster.x-k8s.io",
  "machines.cluster.x-k8s.io",
  "machinesets.cluster.x-k8s.io",
];
const CAPI_WORKLOADS = ["machinedeployments", "machinepools", "machines", "machinesets"];

/**
 * The CAPI manager, cluster-wide. A test holds this against the role in the pinned module: it must
 * cover that, plus the local provider's kinds (which the release would add by aggregation).
 */
export const CAPI_RULES: readonly PolicyRule[] = [
  rule([CORE], ["secrets"], ALL),
  rule([CORE], ["configmaps"], [...READ, ...MODIFY, "delete"]),
  rule([CORE], ["namespaces"], READ),
  rule([CORE], ["events"], ["create", "patch"]),
  rule([...CAPI_PROVIDER_GROUPS, ...LOCAL_GROUPS], ["*"], ALL),
  rule(
    ["cluster.x-k8s.io"],
    [...CAPI_WORKLOADS.flatMap(withSubresources), "machinehealthchecks"],
    ALL,
  ),
  rule(
    ["cluster.x-k8s.io"],
    [
      ...withSubresources("clusters"),
      "clusterclasses",
      "clusterclasses/status",
      "machinedrainrules",
      "machinehealthchecks/status",
      "machinehealthchecks/finalizers",
    ],
    [...READ, ...MODIFY],
  ),
  rule(["ipam.cluster.x-k8s.io"], ["ipaddressclaims", "ipaddresses"], [...READ, ...MODIFY]),
  rule(["ipam.cluster.x-k8s.io"], ["ipaddressclaims/status"], MODIFY),
  rule(
    ["runtime.cluster.x-k8s.io"],
    ["extensionconfigs", "extensionconfigs/status"],
    [...READ, ...MODIFY],
  ),
  rule(["apiextensions.k8s.io"], ["customresourcedefinitions"], READ),
  {
    ...rule(
      ["apiextensions.k8s.io"],
      ["customresourcedefinitions", "customresourcedefinitions/status"],
      MODIFY,
    ),
    resourceNames: CAPI_CRDS,
  },
  rule(["authentication.k8s.io"], ["tokenreviews"], ["create"]),
  rule(["authorization.k8s.io"], ["subjectaccessreviews"], ["create"]),
];

/** The CAPI manager, in its own namespace: leader election. */
export const CAPI_NAMESPACE_RULES: readonly PolicyRule[] = [
  rule(["coordination.k8s.io"], ["leases"], ALL),
];

/** kwok, cluster-wide: it plays kubelet for the nodes. Its stages come from a file, not the API. */
export const KWOK_RULES: readonly PolicyRule[] = [
  rule([CORE], ["nodes"], READ),
  rule([CORE], ["nodes/status", "pods/status"], MODIFY),
  rule([CORE], ["pods"], [...READ, ...MODIFY, "delete"]),
  rule([CORE, "events.k8s.io"], ["events"], ["create", "patch", "update"]),
];

/** kwok, in the namespace of node leases. */
export const KWOK_NAMESPACE_RULES: readonly PolicyRule[] = [
  rule(["coordination.k8s.io"], ["leases"], [...READ, ...WRITE]),
];

function withSubresources(resource: string): string[] {
  return [resource, `${resource}/status`, `${resource}/finalizers`];
}
