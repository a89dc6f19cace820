/**
 * The objects that give the programs of a cluster their rights.
 *
 * @module
 */
import { MANAGED_BY, MANAGED_BY_LABEL, SYSTEM_NAMESPACE } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import type { AccessOptions } from "./access.ts";
import {
  CAPI_NAMESPACE_RULES,
  CAPI_RULES,
  KWOK_NAMESPACE_RULES,
  KWOK_RULES,
  OPERATOR_NAMESPACE_RULES,
  OPERATOR_RULES,
  type PolicyRule,
} from "./rules.ts";

/** Namespace of the CAPI manager, as in its release. */
const CAPI_NAMESPACE = "capi-system";
/** Namespace in which the node controllers look for the leases of nodes. */
const NODE_LEASE_NAMESPACE = "kube-node-lease";
const RBAC_GROUP = "rbac.authorization.k8s.io";
const RBAC_VERSION = `${RBAC_GROUP}/v1`;

/** Who gets rights. */
export type Subject =
  | { readonly kind: "User"; readonly apiGroup: string; readonly name: string }
  | { readonly kind: "ServiceAccount"; readonly namespace: string; readonly name: string };

interface Grant {
  /** Name of the role and its binding. */
  readonly name: string;
  readonly subject: Subject;
  readonly rules: readonly PolicyRule[];
  readonly namespace: string;
  readonly namespaceRules: readonly PolicyRule[];
}

/**
 * Lists the namespaces, roles and bindings. Namespaces come first.
 *
 * @param options who gets which role
 * @returns the objects, in the order they are to be applied
 */
export function accessObjects(options: AccessOptions): KubeObject[] {
  const grants: Grant[] = [
    {
      name: "lattice-capi-manager",
      subject: user(options.capiUser),
      rules: CAPI_RULES,
      namespace: CAPI_NAMESPACE,
      namespaceRules: CAPI_NAMESPACE_RULES,
    },
    {
      name: "lattice-kwok-controller",
      subject: user(options.kwokUser),
      rules: KWOK_RULES,
      namespace: NODE_LEASE_NAMESPACE,
      namespaceRules: KWOK_NAMESPACE_RULES,
    },
  ];
  return [
    ...[SYSTEM_NAMESPACE, CAPI_NAMESPACE, NODE_LEASE_NAMESPACE].map(namespace),
    ...operatorGrant(user(options.operatorUser)),
    ...grants.flatMap(grantObjects),
  ];
}

/**
 * The rights of the operator, the same wherever it runs.
 *
 * @param subject who it is: a user outside of the cluster, a service account in it
 * @returns roles and bindings
 */
export function operatorGrant(subject: Subject): KubeObject[] {
  return grantObjects({
    name: "lattice-operator",
    subject,
    rules: OPERATOR_RULES,
    namespace: SYSTEM_NAMESPACE,
    namespaceRules: OPERATOR_NAMESPACE_RULES,
  });
}

// By common name of the certificate.
function user(name: string): Subject {
  return { kind: "User", apiGroup: RBAC_GROUP, name };
}

function namespace(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: metadata(name) };
}

function grantObjects(grant: Grant): KubeObject[] {
  const subjects = [grant.subject];
  return [
    {
      apiVersion: RBAC_VERSION,
      kind: "ClusterRole",
      metadata: metadata(grant.name),
      rules: grant.rules,
    },
    {
      apiVersion: RBAC_VERSION,
      kind: "ClusterRoleBinding",
      metadata: metadata(grant.name),
      roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: grant.name },
      subjects,
    },
    {
      apiVersion: RBAC_VERSION,
      kind: "Role",
      metadata: { ...metadata(grant.name), namespace: grant.namespace },
      rules: grant.namespaceRules,
    },
    {
      apiVersion: RBAC_VERSION,
      kind: "RoleBinding",
      metadata: { ...metadata(grant.name), namespace: grant.namespace },
      roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: grant.name },
      subjects,
    },
  ];
}

function metadata(name: string): { name: string; labels: Record<string, string> } {
  return { name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
}
