/**
 * In which order the objects of one addon are applied.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";

/** What others need comes first; kinds that are not named come last. */
const TIERS: readonly (readonly string[])[] = [
  ["Namespace", "CustomResourceDefinition"],
  ["ServiceAccount", "PriorityClass", "ConfigMap", "Secret"],
  ["ClusterRole", "Role"],
  ["ClusterRoleBinding", "RoleBinding"],
  ["Service", "StorageClass", "CSIDriver"],
  ["Deployment", "DaemonSet", "StatefulSet"],
];

/**
 * Sorts objects into groups, each of which can be applied at once when the one before it is there.
 *
 * @param objects objects of one addon
 * @returns groups without empty ones; the order within a group is kept
 */
export function tiersOf(objects: readonly KubeObject[]): KubeObject[][] {
  const groups = Array.from({ length: TIERS.length + 1 }, (): KubeObject[] => []);
  for (const object of objects) {
    const found = TIERS.findIndex((kinds) => kinds.includes(object.kind));
    groups[found < 0 ? TIERS.length : found]?.push(object);
  }
  return groups.filter((group) => group.length > 0);
}
