/**
 * Small objects that several addons need.
 *
 * @module
 */
import { type KubeObject, MANAGED_BY, MANAGED_BY_LABEL, type ObjectMeta } from "@lattice/api";
import type { PolicyRule } from "../rules.ts";
import type { AddonPart, ChartName, ChartPart, ChartValues } from "./types.ts";

/** Group of RBAC kinds. */
export const RBAC_GROUP = "rbac.authorization.k8s.io";
/** Annotation of the storage class that claims without a class get. */
export const DEFAULT_CLASS = { "storageclass.kubernetes.io/is-default-class": "true" };
/** Label of control-plane nodes. Its value is empty with kubeadm and `true` with RKE2: match the key only. */
export const CONTROL_PLANE_NODE = "node-role.kubernetes.io/control-plane";

/**
 * Metadata of an object that Lattice makes.
 *
 * @param name its name
 * @param namespace its namespace; absent for cluster-scoped kinds
 * @param labels further labels
 * @returns metadata with the label that says who made it
 */
export function meta(
  name: string,
  namespace?: string,
  labels: Readonly<Record<string, string>> = {},
): ObjectMeta {
  return {
    name,
    ...(namespace ? { namespace } : {}),
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, ...labels },
  };
}

/**
 * A part that is just objects.
 *
 * @param objects the objects, in order
 * @returns the part
 */
export function objectsPart(objects: readonly KubeObject[]): AddonPart {
  return { part: "objects", objects };
}

/**
 * A part that is a chart.
 *
 * @param chart the chart
 * @param version its version, as the chart itself writes it
 * @param values what is set; default: nothing
 * @param release name of the release; default: that of the chart
 * @returns the part
 */
export function chartPart<V extends object>(
  chart: ChartName,
  version: string,
  values?: V,
  release: string = chart,
): ChartPart {
  // An interface has no index signature, which values need; a copy of one does.
  const copy: ChartValues = { ...values };
  return { part: "chart", chart, version, release, values: copy };
}

/**
 * A namespace.
 *
 * @param name its name
 * @returns the object
 */
export function namespaceObject(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: meta(name) };
}

/** An account and the cluster-wide rights that it has. */
export interface Account {
  /** Name of the service account. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
}

/**
 * A service account.
 *
 * @param account name and namespace
 * @returns the object
 */
export function serviceAccount({ name, namespace }: Account): KubeObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(name, namespace) };
}

/**
 * Cluster-wide rights.
 *
 * @param name name of the role
 * @param rules what it allows
 * @returns the object
 */
export function clusterRole(name: string, rules: readonly PolicyRule[]): KubeObject {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRole",
    metadata: meta(name),
    rules: [...rules],
  };
}

/**
 * Gives a role to an account.
 *
 * @param name name of the binding
 * @param role name of the cluster role
 * @param account who gets it
 * @returns the object
 */
export function clusterRoleBinding(name: string, role: string, account: Account): KubeObject {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRoleBinding",
    metadata: meta(name),
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", name: account.name, namespace: account.namespace }],
  };
}

/**
 * Rights in one namespace, given to an account.
 *
 * @param name name of role and binding
 * @param rules what it allows
 * @param account who gets it, and where
 * @returns role and binding
 */
export function roleAndBinding(
  name: string,
  rules: readonly PolicyRule[],
  account: Account,
): KubeObject[] {
  const { namespace } = account;
  return [
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: "Role",
      metadata: meta(name, namespace),
      rules: [...rules],
    },
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: "RoleBinding",
      metadata: meta(name, namespace),
      roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: account.name, namespace }],
    },
  ];
}

/**
 * One RBAC rule.
 *
 * @param group API group; the core group is empty
 * @param resources resources and subresources, separated by blanks
 * @param verbs verbs, separated by blanks
 * @returns the rule
 */
export function rule(group: string, resources: string, verbs: string): PolicyRule {
  return { apiGroups: [group], resources: resources.split(" "), verbs: verbs.split(" ") };
}

/** Lets pods run on nodes of the control plane only, whatever bootstrapped them. */
export const ON_CONTROL_PLANE = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{
        matchExpressions: [{ key: CONTROL_PLANE_NODE, operator: "Exists" }],
      }],
    },
  },
};

/** Lets pods run on the control plane, too, and before a cloud controller has seen the node. */
export const TOLERATE_NEW_NODES = [
  {
    key: "node.cloudprovider.kubernetes.io/uninitialized",
    value: "true",
    effect: "NoSchedule",
  },
  { key: CONTROL_PLANE_NODE, operator: "Exists", effect: "NoSchedule" },
];
