/**
 * Installs the kinds, webhooks and rights of Cluster API managers that run as processes beside an API
 * server: those of providers other than Lattice's own.
 *
 * @module
 */
import type { KubeClient, KubeObject } from "@lattice/kube";
import { applyAll } from "./apply.ts";
import { waitEstablished } from "./established.ts";
import { pointAt, type WebhookServer } from "./webhooks.ts";

/** One manager. */
export interface ManagerInstallation {
  /** Common name of its client certificate. */
  readonly user: string;
  /** Its CRDs. */
  readonly crds: readonly KubeObject[];
  /** Its webhook configurations. */
  readonly webhooks: readonly KubeObject[];
  /** Its roles, as its release has them; those of namespaces are for leader election and are left out. */
  readonly roles: readonly KubeObject[];
  /** Where it will answer conversion, defaulting and validation. */
  readonly server: WebhookServer;
}

/** How to install them. */
export interface ManagersOptions {
  /** Longest wait for the kinds to be served, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** Role of all managers. */
const READ_KINDS = "lattice-read-kinds";
const RBAC_GROUP = "rbac.authorization.k8s.io";

/**
 * Applies CRDs and webhook configurations, waits until every kind is served, and grants the rights last: a
 * manager starts when it may read its CRD, and gives up where its kinds are not served. Needs
 * administrator's rights: nobody can grant more than they hold. Idempotent.
 *
 * @param admin a client with administrator's rights
 * @param managers the managers
 * @param options deadline and signal
 * @throws {ApiError} when the server refuses an object
 * @throws {DeadlineError} when a kind is not served in time
 */
export async function installManagers(
  admin: KubeClient,
  managers: readonly ManagerInstallation[],
  options: ManagersOptions,
): Promise<void> {
  const { timeoutMs, signal } = options;
  const crds = managers.flatMap(({ crds, server }) => crds.map((crd) => pointAt(crd, server)));
  const webhooks = managers.flatMap(({ webhooks, server }) =>
    webhooks.map((each) => pointAt(each, server))
  );
  const [applied] = await Promise.all([
    applyAll(admin, crds, { signal }),
    applyAll(admin, webhooks, { signal }),
  ]);
  await waitEstablished(admin, applied, { timeoutMs, signal });
  const access = [...managers.flatMap(accessOf), ...readingKinds(managers.map(({ user }) => user))];
  await applyAll(admin, access, { signal });
}

/** Not every manager's own role lets it see whether its kinds are there. */
function readingKinds(users: readonly string[]): KubeObject[] {
  const metadata = { name: READ_KINDS };
  const rules = [{
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    verbs: ["get"],
  }];
  return [
    { apiVersion: `${RBAC_GROUP}/v1`, kind: "ClusterRole", metadata, rules },
    binding(READ_KINDS, users),
  ];
}

function binding(role: string, users: readonly string[]): KubeObject {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: role },
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: role },
    subjects: users.map((name) => ({ kind: "User", apiGroup: RBAC_GROUP, name })),
  };
}

/** Cluster roles and a binding of each to the manager's user. */
function accessOf({ user, roles }: ManagerInstallation): KubeObject[] {
  return roles.filter(({ kind }) => kind === "ClusterRole")
    .flatMap((role) => [role, binding(role.metadata.name, [user])]);
}
