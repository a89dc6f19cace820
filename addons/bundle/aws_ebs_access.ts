/**
 * Accounts and rights of Amazon's volume driver.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import type { PolicyRule } from "../rules.ts";
import { type Account, clusterRole, clusterRoleBinding, rule, serviceAccount } from "./objects.ts";

/** Namespace of the driver. */
export const EBS_NAMESPACE = "kube-system";
/** Account of the controller. */
export const EBS_CONTROLLER: Account = { name: "ebs-csi-controller-sa", namespace: EBS_NAMESPACE };
/** Account of the part on each node. */
export const EBS_NODE: Account = { name: "ebs-csi-node-sa", namespace: EBS_NAMESPACE };

const READ = "get list watch";
const STORAGE = "storage.k8s.io";
const SNAPSHOT = "snapshot.storage.k8s.io";
const EVENTS = rule("", "events", "list watch create update patch");

interface Grant {
  readonly role: string;
  readonly binding: string;
  readonly account: Account;
  readonly rules: readonly PolicyRule[];
}

const GRANTS: readonly Grant[] = [
  {
    role: "ebs-external-attacher-role",
    binding: "ebs-csi-attacher-binding",
    account: EBS_CONTROLLER,
    rules: [
      rule("", "persistentvolumes", "get list watch update patch"),
      rule("", "nodes", READ),
      rule(STORAGE, "csinodes", READ),
      rule("csi.storage.k8s.io", "csinodeinfos", READ),
      rule(STORAGE, "volumeattachments", "get list watch update patch"),
      rule(STORAGE, "volumeattachments/status", "patch"),
    ],
  },
  {
    role: "ebs-csi-node",
    binding: "ebs-csi-node-binding",
    account: EBS_NODE,
    rules: [
      rule("", "pods", "get patch"),
      rule("", "nodes", "get"),
      rule(STORAGE, "csinodes", "get"),
    ],
  },
  {
    role: "ebs-external-provisioner-role",
    binding: "ebs-csi-provisioner-binding",
    account: EBS_CONTROLLER,
    rules: [
      rule("", "persistentvolumes", "get list watch create patch delete"),
      rule("", "persistentvolumeclaims", "get list watch update"),
      rule(STORAGE, "storageclasses csinodes volumeattachments", READ),
      rule("", "nodes", READ),
      EVENTS,
      rule(SNAPSHOT, "volumesnapshots volumesnapshotcontents", "get list"),
      rule("coordination.k8s.io", "leases", "get watch list delete update create"),
    ],
  },
  {
    role: "ebs-external-resizer-role",
    binding: "ebs-csi-resizer-binding",
    account: EBS_CONTROLLER,
    rules: [
      rule("", "persistentvolumes", "get list watch update patch"),
      rule("", "persistentvolumeclaims", READ),
      rule("", "persistentvolumeclaims/status", "update patch"),
      rule(STORAGE, "storageclasses", READ),
      rule("", "pods", READ),
      EVENTS,
    ],
  },
  {
    role: "ebs-external-snapshotter-role",
    binding: "ebs-csi-snapshotter-binding",
    account: EBS_CONTROLLER,
    rules: [
      EVENTS,
      rule("", "secrets", "get list"),
      rule(SNAPSHOT, "volumesnapshotclasses", READ),
      rule(SNAPSHOT, "volumesnapshotcontents", "create get list watch update patch delete"),
      rule(SNAPSHOT, "volumesnapshotcontents/status", "update patch"),
    ],
  },
];

/**
 * Accounts, roles and bindings.
 *
 * @returns the objects, in order
 */
export function ebsAccess(): KubeObject[] {
  return [
    serviceAccount(EBS_CONTROLLER),
    serviceAccount(EBS_NODE),
    ...GRANTS.map(({ role, rules }) => clusterRole(role, rules)),
    ...GRANTS.map(({ binding, role, account }) => clusterRoleBinding(binding, role, account)),
  ];
}
