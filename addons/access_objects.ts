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

interface Grant {
  /** Name of the role and its binding. */
  readonly name: string;
  /** User, by common name of the certificate. */
  readonly user: string;
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
      name: "lattice-operator",
      user: options.operatorUser,
      rules: OPERATOR_RULES,
      namespace: SYSTEM_NAMESPACE,
      namespaceRules: OPERATOR_NAMESPACE_RULES,
    },
    {
      name: "lattice-capi-manager",
      user: options.capiUser,
      rules: CAPI_RULES,
      namespace: CAPI_NAMESPACE,
      namespaceRules: CAPI_NAMESPACE_RULES,
    },
    {
      name: "lattice-kwok-controller",
      user: options.kwokUser,
      rules: KWOK_RULES,
      namespace: NODE_LEASE_NAMESPACE,
      namespaceRules: KWOK_NAMESPACE_RULES,
    },
  ];
  return [
    ...[SYSTEM_NAMESPACE, CAPI_NAMESPACE, NODE_LEASE_NAMESPACE].map(namespace),
    ...grants.flatMap(grantObjects),
  ];
}

function namespace(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: metadata(name) };
}

function grantObjects(grant: Grant): KubeObject[] {
  const subjects = [{ kind: "User", apiGroup: RBAC_GROUP, name: grant.user }];
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
