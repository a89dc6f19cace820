/**
 * What the mesh controllers need of an API server.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";

/** What the mesh controllers need of a client; a part, so that tests can enumerate its faults. */
export type MeshClient = Pick<
  KubeClient,
  "apply" | "create" | "delete" | "find" | "patch" | "watch"
>;
